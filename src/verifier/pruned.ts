/**
 * Bodies that are gone, held against the entries that tell of it. A log is read once for them alone: what tells of a body
 * stands behind it, and the first wrong place has to be named when it is met.
 */
import { createHash, type Hash } from 'node:crypto';
import { type JournalFault, Wrong } from './journal-fault.ts';
import { objectIn, type Row } from './journal-rows.ts';

const statementType = '"type":"cn.kakou.entries.pruned.v1"';

/** What a prune entry states; the same members stand in its signed note. */
export interface PruneStatement {
  readonly epoch: string;
  /** `2-15,17-270`, in rising order. */
  readonly ranges: string;
  readonly count: number;
  /** Base64 of SHA-256 over entry hash ‖ leaf hash of each, in order. */
  readonly digest: string;
}

export function pruneStatement(
  data: Readonly<Record<string, unknown>>,
): PruneStatement | undefined {
  const { epoch, ranges, count, digest } = data;
  const isWhole =
    typeof epoch === 'string' &&
    typeof ranges === 'string' &&
    typeof count === 'number' &&
    typeof digest === 'string';
  return isWhole ? { epoch, ranges, count, digest } : undefined;
}

class Group {
  readonly epoch: string;
  readonly first: number;
  readonly #hash: Hash = createHash('sha256');
  readonly #ranges: [number, number][] = [];
  count = 0;

  constructor(epoch: string, first: number) {
    this.epoch = epoch;
    this.first = first;
  }

  add(sequence: number, hash: string, leaf: string): void {
    this.#hash.update(Buffer.from(hash, 'hex')).update(Buffer.from(leaf, 'hex'));
    this.count += 1;
    const last = this.#ranges.at(-1);
    if (last && last[1] === sequence - 1) last[1] = sequence;
    else this.#ranges.push([sequence, sequence]);
  }

  statement(): PruneStatement {
    const { epoch, count } = this;
    const ranges = this.#ranges.map(([from, through]) => `${from}-${through}`).join(',');
    return { epoch, ranges, count, digest: this.#hash.digest('base64') };
  }
}

export class PrunedBodies {
  /** By `<epoch>/<sequence>` of a body: what is wrong with the group that begins there. */
  readonly #wrong = new Map<string, { readonly fault: JournalFault; readonly detail: string }>();
  readonly #groups = new Map<string, Group>();
  readonly #proven = new Set<string>();
  /** Bodies of a part of a log whose prune entry reaches beyond it. */
  unproven = 0;

  constructor(rows: Iterable<Row>) {
    const groups = this.#groups;
    const statements = new Map<string, PruneStatement>();
    let isPart = false;
    for (const row of readable(rows)) {
      if (row.kind === 'part') isPart = true;
      else if (row.kind === 'pruned')
        groupOf(groups, row)?.add(row.sequence, row.hash, row.leaf ?? '');
      else if (row.kind === 'entry' && row.bytes.includes(statementType)) {
        const { type, data } = objectIn(row.bytes) ?? {};
        const statement = pruneStatement((data ?? {}) as Record<string, unknown>);
        if (statement && type === 'cn.kakou.entries.pruned.v1')
          statements.set(`${row.epoch}/${row.sequence}`, statement);
      }
    }
    for (const [by, group] of groups) this.#judge(by, group, { told: statements.get(by), isPart });
  }

  #judge(
    by: string,
    group: Group,
    { told, isPart }: { told: PruneStatement | undefined; isPart: boolean },
  ): void {
    const found = group.statement();
    const isSame =
      told !== undefined &&
      told.epoch === found.epoch &&
      told.ranges === found.ranges &&
      told.count === found.count &&
      told.digest === found.digest;
    if (isSame) return void this.#proven.add(by);
    if (isPart && told?.ranges !== found.ranges) {
      this.unproven += group.count;
      return;
    }
    const wrong = told
      ? {
          fault: 'pruned-differs' as const,
          detail: `entry ${by} tells of ${told.count} pruned bodies in ${told.ranges}, found are ${found.count} in ${found.ranges}, or what is left of them differs`,
        }
      : {
          fault: 'pruned-without-entry' as const,
          detail: `the bodies of ${found.ranges} are gone, and there is no prune entry ${by}`,
        };
    this.#wrong.set(`${group.epoch}/${group.first}`, wrong);
  }

  /** Throws where a body is gone and nothing, or something else, tells of it. */
  check(row: Extract<Row, { readonly kind: 'pruned' }>): void {
    const { epoch, sequence, leaf, by } = row;
    if (leaf === undefined || by === undefined) {
      const detail = `the body of entry ${sequence} is gone and no prune entry tells of it`;
      throw new Wrong({ epoch, sequence }, 'pruned-without-entry', detail);
    }
    const wrong = this.#wrong.get(`${epoch}/${sequence}`);
    if (!this.#groups.has(by)) throw new RangeError(`${by} was not there a moment ago`);
    if (wrong) throw new Wrong({ epoch, sequence }, wrong.fault, wrong.detail);
  }

  /** Whether bodies are gone as the prune entry at this place says. */
  isProven(epoch: string, sequence: number): boolean {
    return this.#proven.has(`${epoch}/${sequence}`);
  }
}

function groupOf(
  groups: Map<string, Group>,
  row: Extract<Row, { readonly kind: 'pruned' }>,
): Group | undefined {
  if (row.by === undefined || row.leaf === undefined) return undefined;
  const known = groups.get(row.by);
  if (known) return known;
  const group = new Group(row.epoch, row.sequence);
  groups.set(row.by, group);
  return group;
}

/** Where the log cannot be read any further is told on the way through it. */
function* readable(rows: Iterable<Row>): Iterable<Row> {
  try {
    yield* rows;
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
  }
}
