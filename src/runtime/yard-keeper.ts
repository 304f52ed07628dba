/**
 * Keeps the yard up to date beside the lanes: follows the feed, looks at what has grown old, notes what the centre has,
 * and closes the day. It works in small pieces between which the lanes have their turn; what could not be written is
 * tried again, and nothing is taken twice.
 */
import type { LedgerChange } from '../core/ledger-change.ts';
import { actRow } from '../core/yard/acts.ts';
import type { PersonAct, YardAct, YardFact, YardLook } from '../core/yard/yard-change.ts';
import type { Clock } from '../ports/clock.ts';
import type { CommitResult, Ledger, YardRefusal, YardRepeat } from '../ports/ledger.ts';
import type { FollowedFacts } from '../ports/release-facts.ts';
import type { Timers } from '../ports/timers.ts';

/** Items and facts of one transaction. */
const pieceMax = 10;
const everyMs = 30_000;
/** Between two pieces while there is more, ms. */
const pauseMs = 20;
const dayMs = 86_400_000;
/** Days that were missed are closed one after the other, at most so many. */
const daysMax = 31;

export type YardActBy = Pick<YardAct, 'person' | 'actId'>;

export interface YardKeeperPorts {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly ledger: Ledger;
  readonly followed?: FollowedFacts;
  commit(change: LedgerChange): CommitResult;
  /** Entries were committed that `commit` did not write. */
  onCommitted(): void;
}

export class YardKeeper {
  readonly #p: YardKeeperPorts;

  #isRunning = false;

  constructor(ports: YardKeeperPorts) {
    this.#p = ports;
  }

  start(): void {
    this.#isRunning = true;
    this.#run();
  }

  stop(): void {
    this.#isRunning = false;
    this.#p.timers.cancel('gate/yard');
    this.#alive();
  }

  /** The act of a person; refused where it names what is not there, and then nothing is written. */
  act(by: YardActBy, act: PersonAct): CommitResult | YardRefusal | YardRepeat {
    const atMs = this.#p.clock.now().wallMs;
    const input = { kind: 'act', atMs, ...by, act } as const;
    const known = this.#known(input);
    if (known) return known;
    const result = this.#p.ledger.actInYard(input);
    if (result.kind === 'committed') {
      this.#p.onCommitted();
      this.soon();
    }
    return result;
  }

  /** What its id was used for before: under one id the same person has asked for the same. */
  #known(input: YardAct): YardRefusal | YardRepeat | undefined {
    const past = this.#p.ledger.acts.actOf(input.actId);
    if (!past) return undefined;
    const { person, kind, asked } = actRow(input);
    const isSame = past.person === person && past.kind === kind && past.asked === asked;
    if (isSame) return { kind: 'repeated' };
    return { kind: 'refused', reason: `act id ${input.actId} was used for another act` };
  }

  /** There is news: of the feed, or of a person. */
  soon(): void {
    if (!this.#isRunning) return;
    this.#p.timers.start('gate/yard', pauseMs, () => this.#run());
  }

  /** Does one piece; comes back soon where there is more. It is known to one round until when the daemon ran. */
  #run(): void {
    const { wallMs } = this.#p.clock.now();
    this.#alive();
    const isMore = this.#follow(wallMs) || this.#look(wallMs) || this.#noteSent(wallMs);
    if (!isMore) this.#closeDays(wallMs);
    this.#p.timers.start('gate/yard', isMore ? pauseMs : everyMs, () => this.#run());
  }

  #alive(): void {
    this.#p.ledger.setYardCursor('alive', this.#p.clock.now().wallMs);
  }

  #write(change: LedgerChange): boolean {
    return this.#p.commit(change).kind === 'committed';
  }

  #follow(atMs: number): boolean {
    const { followed, ledger } = this.#p;
    for (const source of followed?.sources ?? []) {
      const cursor = `feed:${source}`;
      const records = followed?.after(source, ledger.yardCursor(cursor) ?? 0, pieceMax) ?? [];
      const last = records.at(-1);
      if (!last) continue;
      const inputs = records.flatMap(({ fact, deleted }): YardFact[] =>
        fact ? [{ kind: 'fact', atMs, fact, deleted }] : [],
      );
      if (!this.#write({ events: [], yard: { kind: 'batch', atMs, inputs } })) return false;
      ledger.setYardCursor(cursor, last.revision);
      return true;
    }
    return false;
  }

  #look(atMs: number): boolean {
    const due = this.#p.ledger.yardDue(atMs).slice(0, pieceMax);
    if (due.length === 0) return false;
    const inputs = due.map((itemId): YardLook => ({ kind: 'look', atMs, itemId }));
    return this.#write({ events: [], yard: { kind: 'batch', atMs, inputs } });
  }

  #noteSent(atMs: number): boolean {
    const { ledger } = this.#p;
    const throughSequence = ledger.acknowledgedThrough();
    if (!ledger.hasQueuedRegistrations(throughSequence)) return false;
    return this.#write({ events: [], yard: { kind: 'sent', atMs, throughSequence } });
  }

  /** A gate that has just been put up has no yesterday, nor has one whose clock was days ahead. */
  #closeDays(atMs: number): void {
    const { ledger } = this.#p;
    const yesterday = Math.floor(atMs / dayMs) - 1;
    const last = ledger.yardCursor('dayClosed');
    if (last === undefined || last > yesterday + 1) {
      ledger.setYardCursor('dayClosed', yesterday);
      return;
    }
    for (let day = Math.max(last + 1, yesterday - daysMax); day <= yesterday; day += 1) {
      const date = new Date(day * dayMs).toISOString().slice(0, 10);
      if (!this.#write({ events: [], yard: { kind: 'dayClosed', atMs, date } })) return;
    }
  }
}
