/** Look-ups and commits with the recorder beside them. Both are kept as they are, by reference: they never change. */
import type { GatheredFacts } from '../core/facts.ts';
import type { PersonAct } from '../core/lane/acts/person-act.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { Person } from '../core/persons/roles.ts';
import type { Clock } from '../ports/clock.ts';
import type { GatePlatform } from '../ports/gate-platform.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { RecordedAct } from '../ports/recording.ts';
import type { ReleaseFacts } from '../ports/release-facts.ts';
import type { RecorderChannel } from './recorder.ts';

/** Nothing is kept between a decision and its order, which leaves in the turn that the commit returned in. */
const afterTurn = (keep: () => void) => queueMicrotask(keep);

/** What a fact takes in memory, about. */
const factBytes = 400;
const eventBytes = 600;

export interface RecordedPortOptions {
  readonly channel: RecorderChannel;
  readonly clock: Clock;
  /** After a commit. */
  readonly committed?: (change: LedgerChange) => void;
}

export function recordedFacts(facts: ReleaseFacts, options: RecordedPortOptions): ReleaseFacts {
  const { channel, clock } = options;
  return {
    gather(query) {
      try {
        const gathered = facts.gather(query);
        const at = clock.now();
        afterTurn(() => {
          const bytes = factsOf(gathered) * factBytes;
          channel.add(at, { kind: 'facts', facts: gathered }, bytes);
        });
        return gathered;
      } catch (error) {
        channel.add(clock.now(), { kind: 'factsFailed', detail: String(error) });
        throw error;
      }
    },
    sources: () => facts.sources(),
    quarantined: () => facts.quarantined(),
  };
}

export function recordedPlatform(
  platform: GatePlatform,
  { channel, clock }: RecordedPortOptions,
): GatePlatform {
  return {
    ask(question) {
      const asked = platform.ask(question);
      const { lane } = question;
      channel.add(clock.now(), { kind: 'platformAsked', lane, asked }, eventBytes);
      return asked;
    },
    start: (hear) =>
      platform.start((heard) => {
        channel.add(clock.now(), { kind: 'platformHeard', heard }, eventBytes);
        hear(heard);
      }),
    stop: () => platform.stop(),
  };
}

/** Acts of persons, by names and roles alone: nothing of the session that they came by. */
export function recordedActs({ channel, clock }: RecordedPortOptions): (act: RecordedAct) => void {
  return (recorded) => {
    const at = clock.now();
    const kept = recorded.kind === 'acted' ? { ...recorded, act: named(recorded.act) } : recorded;
    afterTurn(() => channel.add(at, kept, eventBytes));
  };
}

function named(act: PersonAct): PersonAct {
  const { actId, ...by } = act.by;
  const given = { ...act, by: { ...personOf(by), actId } };
  if (given.kind !== 'manualRelease' || !given.second) return given;
  return { ...given, second: personOf(given.second) };
}

const personOf = ({ name, role }: Person): Person => ({ name, role });

function factsOf(gathered: GatheredFacts): number {
  const { vehicles, transactions, consignments, proofs, holds, taints, uses, visits } = gathered;
  const lists = [vehicles, transactions, consignments, proofs, holds, taints, uses, visits];
  return lists.reduce((sum, { length }) => sum + length, 1);
}

export function recordedLedger(ledger: Ledger, options: RecordedPortOptions): Ledger {
  const { channel, clock } = options;
  return {
    get epoch() {
      return ledger.epoch;
    },
    acts: ledger.acts,
    commands: ledger.commands,
    commit(change) {
      const result = ledger.commit(change);
      const at = clock.now();
      afterTurn(() => {
        const { events } = change;
        const isDecision = change.decision !== undefined;
        const event = { kind: 'committed' as const, events, isDecision, result: result.kind };
        channel.add(at, event, events.length * eventBytes);
        options.committed?.(change);
      });
      return result;
    },
    checkpoint: () => ledger.checkpoint(),
    rotateKey: (...asked) => ledger.rotateKey(...asked),
    prunedThrough: () => ledger.prunedThrough(),
    prune: (order) => ledger.prune(order),
    entriesSinceCheckpoint: () => ledger.entriesSinceCheckpoint(),
    latestCheckpoint: () => ledger.latestCheckpoint(),
    unendedPassages: () => ledger.unendedPassages(),
    laneStanding: (laneId) => ledger.laneStanding(laneId),
    openExceptions: (limit) => ledger.openExceptions(limit),
    caseOf: (exceptionId) => ledger.caseOf(exceptionId),
    head: () => ledger.head(),
    entriesAfter: (sequence, limit) => ledger.entriesAfter(sequence, limit),
    acknowledgedThrough: () => ledger.acknowledgedThrough(),
    acknowledge: (through) => ledger.acknowledge(through),
    usesOf: (...asked) => ledger.usesOf(...asked),
    turnedBackOf: (plates) => ledger.turnedBackOf(plates),
    openVisitsOf: (plates) => ledger.openVisitsOf(plates),
    placedHoldsOf: (subjects) => ledger.placedHoldsOf(subjects),
    actInYard: (act) => ledger.actInYard(act),
    yardDue: (atMs) => ledger.yardDue(atMs),
    hasQueuedRegistrations: (through) => ledger.hasQueuedRegistrations(through),
    yardCursor: (name) => ledger.yardCursor(name),
    setYardCursor: (name, value) => ledger.setYardCursor(name, value),
    close: () => ledger.close(),
  };
}
