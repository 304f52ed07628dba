/**
 * Of the composition root: the decision without a lane. The same function as at the gate judges a truck that nobody has
 * seen yet, stored passages under another policy, and a stored decision once more. It reads the gate's databases beside
 * the running daemon and writes nothing.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FeedCache } from './adapters/store/feed-cache.ts';
import { ledgerReader } from './adapters/store/ledger-reader.ts';
import {
  openForReading,
  type SqliteDatabase,
  StoreError,
  unreadable,
} from './adapters/store/open-database.ts';
import {
  decisionsOfPassage,
  decisionsSince,
  prunedDecisions,
} from './adapters/store/stored-decisions.ts';
import type { LoadedGate } from './config/load-gate.ts';
import {
  type Decision,
  type DecisionInputs,
  decide,
  decisionText,
  reasonsOf,
} from './core/decision/decide.ts';
import type { Policy } from './core/decision/policy.ts';
import { noFacts } from './core/facts.ts';
import { addReading, noEvidence } from './core/identification/evidence.ts';
import { identify, platesOf } from './core/identification/identify.ts';
import { numbersInQuestion } from './core/identification/reconcile.ts';
import { cardReference } from './core/identifiers/driver-card.ts';
import { parseTag } from './core/identifiers/tag.ts';
import { type PassageId, parseDeviceId } from './core/identity.ts';
import type { Observation, ObservedAt } from './core/observation.ts';
import { laneContext, sha256 } from './gate-devices.ts';

/** A truck as somebody describes it. What is left out was not read. */
export interface DescribedTruck {
  readonly lane: string;
  /** Up to three, and that of the trailer. */
  readonly plates: readonly string[];
  readonly tags?: readonly string[];
  /** Empty: the cameras saw that there is none. */
  readonly containers?: readonly string[];
  readonly weightKg?: number;
  /** Number of the driver's card. */
  readonly card?: string;
}

/** What a person is told of an error that is no mistake of kakou; undefined of any other. */
export function refusalOf(error: unknown): { message: string; hint: string } | undefined {
  return error instanceof DryRunRefused || error instanceof StoreError ? error : undefined;
}

class DryRunRefused extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'DryRunRefused';
    this.hint = hint;
  }
}

type IdentityReading = Extract<
  Observation,
  { kind: 'plateRead' | 'tagRead' | 'containerNumberRead' | 'driverCardRead' }
>;

/** What would be decided now. Every value counts as read with full certainty, the tag as that of the truck. */
export function dryRun(loaded: LoadedGate, truck: DescribedTruck, nowWallMs: number): Decision {
  const lane = loaded.config.lanes.find(({ id }) => id === truck.lane);
  if (!lane) {
    const lanes = loaded.config.lanes.map(({ id }) => id).join(', ');
    throw new DryRunRefused(`there is no lane "${truck.lane}"`, `one of: ${lanes}`);
  }
  const { settings, policy } = laneContext(lane, loaded, 'dry-run');
  const identification = identify(evidenceOf(truck), policy.confidence);
  const { trailer } = identification;
  const query = {
    direction: settings.direction,
    plates: [...platesOf(identification), ...(trailer ? [trailer.text] : [])],
    tags: identification.tags,
    ...(identification.driver && { cards: identification.driver.cards }),
    containers: numbersInQuestion(identification, policy.repair),
  };
  const { cache, close } = openCache(loaded);
  try {
    const inputs: DecisionInputs = {
      passageId: 'dry-run' as PassageId,
      laneId: settings.laneId,
      direction: settings.direction,
      nowWallMs,
      requirements: settings.requirements,
      identification,
      weight:
        truck.weightKg === undefined
          ? { kind: 'noWeight', reason: 'noReading' }
          : {
              kind: 'weighed',
              weightKg: truck.weightKg,
              basis: 'gross',
              stabilitySource: 'indicator',
              deviceId: dryRunDevice,
            },
      facts: cache.gather(query),
      ...(settings.platform && { platform: { kind: 'notAsked' as const } }),
    };
    return decide(inputs, policy).decision;
  } finally {
    close();
  }
}

const dryRunDevice = parseDeviceId('dry-run');

function evidenceOf({ plates, tags = [], containers, card }: DescribedTruck) {
  const certain = { confidence: 1, replayed: false } as const;
  const readings: readonly IdentityReading[] = [
    ...plates.map((raw) => ({
      kind: 'plateRead' as const,
      view: 'front' as const,
      raw,
      ...certain,
    })),
    ...tags.map((text) => {
      const parsed = parseTag(text);
      if (parsed.kind === 'tag') return { kind: 'tagRead' as const, tag: parsed.id };
      throw new DryRunRefused(`"${text}" is no tag`, parsed.hint);
    }),
    ...(card === undefined
      ? []
      : [{ kind: 'driverCardRead' as const, card: cardReference(card, sha256) }]),
    ...(containers
      ? [
          {
            kind: 'containerNumberRead' as const,
            replayed: false,
            containers: containers.map((raw, at) => ({
              position: positionOf(at, containers.length),
              raw,
              confidence: 1,
            })),
          },
        ]
      : []),
  ];
  return readings.reduce((evidence, observation) => {
    const receivedAt = { wallMs: 0, monotonicMs: 0 };
    const observed = { deviceId: dryRunDevice, receivedAt, observation };
    const admission = addReading(evidence, observed as ObservedAt<IdentityReading>);
    return admission.kind === 'admitted' ? admission.evidence : evidence;
  }, noEvidence);
}

function positionOf(at: number, of: number): 'single' | 'front' | 'rear' | 'unknown' {
  if (of === 1) return 'single';
  return of === 2 ? (at === 0 ? 'front' : 'rear') : 'unknown';
}

function openCache({ config }: LoadedGate): { cache: FeedCache; close(): void } {
  const { directory } = config.data;
  const feed = openForReading(fileIn(directory, 'feed.db'));
  const ledgerFile = fileIn(directory, 'ledger.db');
  const ledger = openForReading(ledgerFile);
  const reader = readerOf(ledger, ledgerFile);
  const cache = new FeedCache({
    db: feed,
    sources: config.feed.sources,
    clockState: () => config.clock.trust,
    ledger: () => ({
      usesOf: (...asked) => reader.usesOf(...asked),
      turnedBackOf: (plates) => reader.turnedBackOf(plates),
      openVisitsOf: (plates) => reader.openVisitsOf(plates),
      placedHoldsOf: (subjects) => reader.placedHoldsOf(subjects),
      head: () => ({ sequence: 0, hash: '' }),
    }),
  });
  return {
    cache,
    close() {
      feed.close();
      ledger.close();
    },
  };
}

function readerOf(ledger: SqliteDatabase, file: string) {
  try {
    return ledgerReader(ledger);
  } catch (error) {
    throw unreadable(error, file);
  }
}

function fileIn(directory: string, name: string): string {
  const file = join(directory, name);
  if (existsSync(file)) return file;
  throw new DryRunRefused(
    `${file} is not there`,
    'the gate has not run with this configuration yet',
  );
}

/** An older version knew fewer kinds of fact. */
function inputsOf(text: string): DecisionInputs {
  const inputs = JSON.parse(text) as DecisionInputs;
  return {
    ...inputs,
    identification: { ...missingMembers, ...inputs.identification },
    facts: { ...noFacts, ...inputs.facts },
  };
}

const missingMembers = { otherPlates: [], suspectTags: [] } as const;

export interface ChangedVerdict {
  readonly decisionId: string;
  readonly laneId: string;
  readonly plate: string | null;
  readonly before: string;
  readonly after: string;
  readonly reasons: readonly string[];
}

export interface Backtest {
  readonly decisions: number;
  /** Of all times: their inputs were pruned, so nobody can say. */
  readonly pruned: number;
  readonly changed: readonly ChangedVerdict[];
  /** Cases for a clerk: everything that is not let through. */
  readonly clerkCases: { readonly before: number; readonly after: number };
}

/** Which stored passages another policy would judge otherwise, with the facts of then. */
export function backtest(loaded: LoadedGate, policy: Policy, sinceMs: number): Backtest {
  const changed: ChangedVerdict[] = [];
  const clerkCases = { before: 0, after: 0 };
  let decisions = 0;
  const file = fileIn(loaded.config.data.directory, 'ledger.db');
  for (const { decisionId, laneId, inputs: text, result } of decisionsSince(file, sinceMs)) {
    decisions += 1;
    const inputs = inputsOf(text);
    const before = (JSON.parse(result) as Decision).disposition;
    const { decision, identification } = decide(inputs, policy);
    const after = decision.disposition;
    if (isCase(before)) clerkCases.before += 1;
    if (isCase(after)) clerkCases.after += 1;
    if (before === after) continue;
    const plate = identification.tractor?.text ?? null;
    changed.push({ decisionId, laneId, plate, before, after, reasons: reasonsOf(decision) });
  }
  return { decisions, pruned: prunedDecisions(file), changed, clerkCases };
}

const isCase = (disposition: string) => disposition !== 'admit' && disposition !== 'divert';

export type Rerun =
  | { readonly decisionId: string; readonly kind: 'same' }
  /** Its inputs were pruned, as this entry tells. */
  | { readonly decisionId: string; readonly kind: 'pruned'; readonly under: number }
  | { readonly decisionId: string; readonly kind: 'differs'; stored: string; again: string }
  /** The policy that it was made by is not the one of the configuration. */
  | { readonly decisionId: string; readonly kind: 'otherPolicy'; readonly digest: string };

/** The stored decisions of a passage, made again from their stored inputs. */
export function rerun(loaded: LoadedGate, passageId: string): readonly Rerun[] {
  const file = fileIn(loaded.config.data.directory, 'ledger.db');
  const policies = new Map(
    [...loaded.policies.values()].map(({ policy, text }) => [sha256(text), policy]),
  );
  return decisionsOfPassage(file, passageId).map(
    ({ decisionId, policyDigest, inputs, result, prunedUnder }): Rerun => {
      if (prunedUnder !== null) return { decisionId, kind: 'pruned', under: prunedUnder };
      const policy = policies.get(policyDigest);
      if (!policy) return { decisionId, kind: 'otherPolicy', digest: policyDigest };
      const again = decisionText(decide(inputsOf(inputs), policy).decision);
      return again === result
        ? { decisionId, kind: 'same' }
        : { decisionId, kind: 'differs', stored: result, again };
    },
  );
}
