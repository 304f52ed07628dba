/**
 * The daemon's disk: the real ledger in a folder, behind a port that may fail as a disk does. `disk`: for some seconds
 * nothing can be written; or one commit is on the disk and its answer is not, and the machine ends soon after.
 */
import type { LedgerChange } from '../../core/ledger-change.ts';
import type { CommitResult, Ledger, WriteFailure } from '../../ports/ledger.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Faults } from './faults.ts';
import type { BootClock, SimulatedTime } from './simulated-time.ts';

export interface DiskPorts {
  readonly time: SimulatedTime;
  readonly random: SeededRandom;
  readonly faults: Faults;
  /** A place at which the daemon may end; true: it has. */
  mayEnd(place: 'beforeCommit' | 'afterCommit' | 'acknowledge'): boolean;
  /** The machine ends in so many ms. */
  endSoon(inMs: number): void;
  /** Right before a change is committed: another thread may have written the feed. */
  beforeCommit(change: LedgerChange): void;
}

const full: WriteFailure = { kind: 'failed', code: 'ledger-full', detail: 'simulated' };
const io: WriteFailure = { kind: 'failed', code: 'ledger-io', detail: 'simulated' };

export class SimulatedDisk {
  /** How often something may have been written. */
  writes = 0;
  readonly #ports: DiskPorts;
  #failsUntilMs = 0;
  #failure: WriteFailure = full;

  constructor(ports: DiskPorts) {
    this.#ports = ports;
  }

  get isFailing(): boolean {
    return this.#ports.time.nowMs < this.#failsUntilMs;
  }

  /** Nothing can be written for so long. */
  fail(forMs: number): void {
    const { time, random } = this.#ports;
    this.#failure = random.integer(2) === 0 ? full : io;
    this.#failsUntilMs = time.nowMs + forMs;
  }

  /** What fails for a while works again; what nobody may write after stays so until the run has ended. */
  heal(): void {
    if (Number.isFinite(this.#failsUntilMs)) this.#failsUntilMs = 0;
  }

  /** The machine that had the failing disk is gone. */
  renew(): void {
    this.#failsUntilMs = 0;
  }

  /** `boot`: the run of the daemon that the ledger was opened by. */
  ledger(real: Ledger, boot: BootClock): Ledger {
    return {
      ...readingsOf(real),
      get epoch() {
        return real.epoch;
      },
      commit: (change) => this.#commit(real, boot, change),
      checkpoint: () => {
        this.writes += 1;
        return boot.isHalted ? undefined : this.isFailing ? this.#failure : real.checkpoint();
      },
      rotateKey: (...asked) => {
        this.writes += 1;
        return boot.isHalted ? io : this.isFailing ? this.#failure : real.rotateKey(...asked);
      },
      prune: (order) => {
        this.writes += 1;
        return boot.isHalted ? io : this.isFailing ? this.#failure : real.prune(order);
      },
      acknowledge: (through) => {
        this.writes += 1;
        if (boot.isHalted || this.#ports.mayEnd('acknowledge')) return io;
        return this.isFailing ? this.#failure : real.acknowledge(through);
      },
    };
  }

  #commit(real: Ledger, boot: BootClock, change: LedgerChange): CommitResult {
    const { random, faults, mayEnd, endSoon, beforeCommit } = this.#ports;
    // Of a run that has ended nothing reaches the disk, whatever it goes on to ask for.
    if (boot.isHalted || mayEnd('beforeCommit')) return io;
    if (this.isFailing) return this.#failure;
    if (faults.has('disk') && random.next() < 0.004) this.fail(500 + random.integer(8_000));
    if (this.isFailing) return this.#failure;
    beforeCommit(change);
    this.writes += 1;
    const result = real.commit(change);
    if (faults.has('disk') && result.kind === 'committed' && random.next() < 0.002) {
      // It is on the disk and nobody knows; what comes after it cannot be written before the machine ends.
      this.#failure = io;
      this.#failsUntilMs = Number.POSITIVE_INFINITY;
      endSoon(random.integer(3_000));
      return io;
    }
    return mayEnd('afterCommit') ? io : result;
  }
}

type Writings = 'commit' | 'checkpoint' | 'rotateKey' | 'prune' | 'acknowledge';

function readingsOf(real: Ledger): Omit<Ledger, 'epoch' | Writings> {
  return {
    acts: real.acts,
    commands: real.commands,
    entriesSinceCheckpoint: () => real.entriesSinceCheckpoint(),
    latestCheckpoint: () => real.latestCheckpoint(),
    unendedPassages: () => real.unendedPassages(),
    laneStanding: (laneId) => real.laneStanding(laneId),
    openExceptions: (limit) => real.openExceptions(limit),
    caseOf: (exceptionId) => real.caseOf(exceptionId),
    prunedThrough: () => real.prunedThrough(),
    head: () => real.head(),
    entriesAfter: (after, limit) => real.entriesAfter(after, limit),
    acknowledgedThrough: () => real.acknowledgedThrough(),
    usesOf: (...asked) => real.usesOf(...asked),
    turnedBackOf: (plates) => real.turnedBackOf(plates),
    openVisitsOf: (plates) => real.openVisitsOf(plates),
    placedHoldsOf: (subjects) => real.placedHoldsOf(subjects),
    actInYard: (act) => real.actInYard(act),
    yardDue: (atMs) => real.yardDue(atMs),
    hasQueuedRegistrations: (through) => real.hasQueuedRegistrations(through),
    yardCursor: (name) => real.yardCursor(name),
    setYardCursor: (name, value) => real.setYardCursor(name, value),
    close: () => real.close(),
  };
}
