/**
 * From what was read in a lane to everything that is said about it: plates and tags to vehicles, these and the boxes
 * to planned work, from there to documents, and from all of them to proofs, holds and duties. A subject is read
 * once, and every row that was met counts for the stamp.
 */
import { isAboutBoxes } from '../../core/clearance/documents-in.ts';
import type { Fact, FactKind, FactsQuery, GatheredFacts, ProofFact } from '../../core/facts.ts';
import { normaliseContainerText } from '../../core/identifiers/container-number.ts';
import { normalisePlateText } from '../../core/identifiers/vehicle-plate.ts';
import { cardOf, subjectOf } from './fact-subjects.ts';
import { type UsesAsked, usesAsked } from './uses-asked.ts';

export interface FactRow {
  readonly kind: FactKind;
  readonly source: string;
  readonly id: string;
  readonly version: number;
  readonly asOfMs: number;
  readonly revision: number;
  readonly deleted: number;
  readonly body: string;
}

/** What the feed says about a subject cannot be used: a person must decide. */
export class FactsUnusable extends Error {}

export interface WalkedFacts extends UsesAsked {
  readonly facts: Omit<
    GatheredFacts,
    'query' | 'sources' | 'taints' | 'uses' | 'visits' | 'clockState' | 'stamp'
  >;
  /** Every plate that was asked for or that its vehicle has registered, normalised. */
  readonly plates: readonly string[];
  readonly containers: readonly string[];
  /** Documents of the cargo by their ids, also those that the cache does not have. */
  readonly documents: readonly string[];
  readonly versions: readonly string[];
}

type OfKind<K extends FactKind> = Extract<Fact, { readonly kind: K }>;

/** `read`: the rows of a subject that count. */
export function walkFacts(query: FactsQuery, read: (subject: string) => FactRow[]): WalkedFacts {
  const walk = new Walk(read);
  const asked = query.plates.map(subjectOf.plate);
  const tags = query.tags.map(subjectOf.tag);
  const vehicles = walk.facts('vehicle', [...asked, ...tags]);
  const trailers = walk.facts('trailer', [...asked, ...tags]);
  const plates = distinct([
    ...query.plates,
    ...vehicles.flatMap((v) => v.plates.map(normalisePlateText)),
  ]);
  const containers = distinct<string>(query.containers);
  const boxes = containers.map(subjectOf.container);
  const trucks = plates.map(subjectOf.plate);

  const transactions = walk.facts('transaction', [...trucks, ...boxes]);
  const bindings = walk.facts('binding', [...trucks, ...boxes]);
  const appointments = walk.facts('appointment', [...trucks, ...boxes]);
  const passOrders = walk.facts('pass-order', [...trucks, ...boxes]);
  const stuffings = walk.facts('stuffing', boxes);
  const planned = [
    ...[...transactions, ...bindings, ...passOrders].flatMap((f) => f.consignments),
    ...stuffings.flatMap((s) => s.consignments.map((c) => c.consignmentId)),
  ];
  const consignments = walk.facts('consignment', [...boxes, ...planned.map(subjectOf.consignment)]);

  const bills = walk.facts('bill', [
    ...boxes,
    ...consignments.flatMap((c) => (c.bills ?? []).map(subjectOf.bill)),
  ]);
  const drivers = walk.facts('driver', driverSubjects(query, bindings));
  const carriers = walk.facts(
    'carrier',
    [vehicles, drivers, consignments]
      .flatMap((facts) => named<{ readonly carrierId?: string }>(facts, 'carrierId'))
      .map(subjectOf.carrier),
  );
  // A proof of loose cargo names its document and no box.
  const loose = [...transactions, ...passOrders].filter((t) => t.containers.length === 0);
  const looseIds = distinct(loose.flatMap((t) => t.consignments));
  const proofs = walk.proofs([...boxes, ...looseIds.map(subjectOf.consignment)]);
  const ofPlans = walk.facts('proof', unboxed(planned, consignments).map(subjectOf.consignment));
  const documents = documentsNamed({ planned, consignments, bills, passOrders, proofs });
  const lineages = proofs.map((p) => subjectOf.lineage(p.lineage));
  const accounts = walk.facts('account', named(passOrders, 'accountId').map(subjectOf.account));
  return {
    facts: {
      vehicles,
      trailers,
      drivers,
      carriers,
      permits: walk.facts('permit', asked),
      transactions,
      bindings,
      appointments,
      consignments,
      bills,
      tallies: walk.facts('tally', [...boxes, ...bills.map(({ id }) => subjectOf.bill(id))]),
      stuffings,
      calendars: walk.facts('calendar', bills.map(subjectOf.voyage)),
      passOrders,
      accounts,
      proofs: distinctProofs([...proofs, ...ofPlans]),
      obligations: walk.facts('obligation', [...boxes, ...lineages]),
      monitoringDevices: walk.facts('monitoring-device', boxes),
      holds: walk.facts('hold', [...boxes, ...documents.map(subjectOf.consignment), ...trucks]),
    },
    plates,
    containers,
    documents,
    ...usesAsked({ containers, looseIds, consignments, proofs, passOrders, accounts }),
    versions: walk.versions(),
  };
}

/** A planned document that names no box may be of another box of its plan: its proofs tell. */
function unboxed(
  planned: readonly string[],
  consignments: readonly OfKind<'consignment'>[],
): readonly string[] {
  return distinct(planned).filter((id) => !isAboutBoxes(consignments, id));
}

function distinctProofs(proofs: readonly ProofFact[]): readonly ProofFact[] {
  return [...new Map(proofs.map((proof) => [`${proof.source}/${proof.id}`, proof])).values()];
}

/** A document may be held that the feed has not brought. */
function documentsNamed({
  planned,
  consignments,
  bills,
  passOrders,
  proofs,
}: Pick<WalkedFacts['facts'], 'consignments' | 'bills' | 'passOrders' | 'proofs'> & {
  readonly planned: readonly string[];
}): readonly string[] {
  return distinct([
    ...planned,
    ...consignments.flatMap(({ id, bills: own = [] }) => [id, ...own]),
    ...[...bills, ...passOrders].map(({ id }) => id),
    ...named<ProofFact>(proofs, 'consignmentId'),
  ]);
}

function driverSubjects(
  { cards = [] }: FactsQuery,
  bindings: readonly OfKind<'binding'>[],
): readonly string[] {
  return [...named(bindings, 'driverId').map(subjectOf.driver), ...cards.map(subjectOf.card)];
}

function distinct<T>(values: readonly T[]): readonly T[] {
  return [...new Set(values)];
}

function named<F extends object>(facts: readonly F[], member: keyof F): readonly string[] {
  return facts.flatMap((fact) => {
    const value: unknown = fact[member];
    return typeof value === 'string' ? [value] : [];
  });
}

class Walk {
  readonly #read: (subject: string) => FactRow[];
  readonly #rows = new Map<string, FactRow[]>();

  constructor(read: (subject: string) => FactRow[]) {
    this.#read = read;
  }

  facts<K extends FactKind>(kind: K, subjects: readonly string[]): OfKind<K>[] {
    const found = new Map<string, OfKind<K>>();
    for (const subject of new Set(subjects)) {
      for (const row of this.#rowsOf(subject)) {
        if (row.kind === kind && row.deleted === 0)
          found.set(`${row.source}/${row.id}`, factOf(row) as OfKind<K>);
      }
    }
    return [...found.values()].sort((a, b) =>
      `${a.source}/${a.id}` < `${b.source}/${b.id}` ? -1 : 1,
    );
  }

  /** A revocation may name no box: it is found by the lineage it revokes. */
  proofs(subjects: readonly string[]): readonly OfKind<'proof'>[] {
    const byName = this.facts('proof', subjects);
    const lineages = byName.map((proof) => subjectOf.lineage(proof.lineage));
    return distinctProofs([...byName, ...this.facts('proof', lineages)]);
  }

  versions(): string[] {
    return [...this.#rows].map(
      ([subject, rows]) =>
        `${subject}:${rows.map((r) => `${r.kind}/${r.source}/${r.id}/${r.revision}`).join(',')}`,
    );
  }

  #rowsOf(subject: string): FactRow[] {
    const known = this.#rows.get(subject);
    if (known) return known;
    const rows = this.#read(subject);
    this.#rows.set(subject, rows);
    return rows;
  }
}

/** Members that are times in the feed, and ms since 1970 in a fact. */
const timeMembers = new Set([
  'issuedAt',
  'validFrom',
  'validUntil',
  'tareValidUntil',
  'routeUntil',
  'windowFrom',
  'windowUntil',
  'from',
  'until',
  'opensAt',
  'cutOffAt',
  'dueAt',
  'reportedAt',
]);

export function factOf(row: FactRow): Fact {
  const body: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(JSON.parse(row.body) as Record<string, unknown>)) {
    if (timeMembers.has(key)) body[`${key}Ms`] = momentOf(row, value);
    else body[key] = value;
  }
  if (Array.isArray(body['containers'])) {
    body['containers'] = body['containers'].map((c) => normaliseContainerText(String(c)));
  }
  if (row.kind === 'driver') body['cards'] = [body['cards']].flat().map((c) => cardOf(String(c)));
  const { kind, source, id, version, asOfMs } = row;
  return { kind, id, source, version, asOfMs, ...body } as unknown as Fact;
}

/** A cache that an older version filled may hold times that do not exist. */
function momentOf({ kind, source, id }: FactRow, value: unknown): number {
  const ms = Date.parse(String(value));
  if (Number.isNaN(ms))
    throw new FactsUnusable(`${kind} ${id} of ${source} has a time that does not exist: ${value}`);
  return ms;
}
