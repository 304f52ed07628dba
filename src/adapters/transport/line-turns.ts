/**
 * Whose request goes next on a line that several units share. Commands go before polls; units take turns, the
 * one that waited longest first; what is too late is not written. A unit that did not answer costs the others
 * the time of the wait, so from then on its polls are written only as long as the lost time of the line stays
 * within a fixed share: a dead unit slows the others by that share and no more, and is found again when it is
 * back. A command is never held back for it.
 */
import type { ExchangeFailure, ModbusRequest } from '../../driver-kit/contract.ts';
import type { ExchangeOptions, ExchangeResult } from '../../ports/transport.ts';
import { isRead } from './reply-shape.ts';

/**
 * Share of a shared line's time that may be lost on units that do not answer. With it a wait of 0.35 s comes once in
 * 12 s: of a hundred requests of units that are asked every 50 ms not one falls into it, which leaves their p99 alone.
 */
export const lostShareMax = 0.03;

/** Requests of one unit that may wait. */
const pollsMax = 8;
const commandsMax = 16;

export interface Turn {
  readonly unit: number;
  readonly request: ModbusRequest;
  readonly options: ExchangeOptions;
  readonly answer: (result: ExchangeResult) => void;
}

interface Unit {
  readonly commands: Turn[];
  readonly polls: Turn[];
  /** It did not answer the last time. */
  isSuspect: boolean;
  /** Counts up; the unit with the lowest waited longest. */
  servedAt: number;
}

export class LineTurns {
  readonly #units = new Map<number, Unit>();
  readonly #burstMs: number;
  /** Time that may still be lost now, ms; below zero after a loss. */
  #creditMs: number;
  #creditAtMs = 0;
  #served = 0;

  /** `burstMs` of lost time is borne at once, so that one lost reply is asked for again without delay. */
  constructor({ burstMs }: { readonly burstMs: number }) {
    this.#burstMs = burstMs;
    this.#creditMs = burstMs;
  }

  admit(unit: number): void {
    this.#units.set(unit, { commands: [], polls: [], isSuspect: false, servedAt: 0 });
  }

  /** Takes a unit out; its requests are answered with `reason`. */
  dismiss(unit: number, reason: ExchangeFailure, detail: string): void {
    const { commands = [], polls = [] } = this.#units.get(unit) ?? {};
    this.#units.delete(unit);
    for (const turn of [...commands, ...polls]) turn.answer(failure(reason, detail));
  }

  add(turn: Turn): void {
    const unit = this.#units.get(turn.unit);
    if (!unit) return turn.answer(failure('disconnected', 'the unit is not open'));
    const isCommand = turn.options.priority === 'command';
    const queue = isCommand ? unit.commands : unit.polls;
    const same = isCommand ? -1 : queue.findIndex(({ request }) => isSame(request, turn.request));
    if (same >= 0) {
      const [older] = queue.splice(same, 1, turn);
      return older?.answer(failure('expired', 'a newer poll for the same took its place'));
    }
    const max = isCommand ? commandsMax : pollsMax;
    if (queue.length < max) queue.push(turn);
    else turn.answer(failure('overloaded', `${max} requests wait`));
  }

  /** The next request; undefined where nothing waits that may be written now. */
  take(nowMs: number): Turn | undefined {
    this.#dropExpired(nowMs);
    const mayLose = this.#mayLose(nowMs);
    const [unit, queue] =
      this.#longestWaiting(({ commands }) => commands) ??
      this.#longestWaiting(({ polls, isSuspect }) => (isSuspect && !mayLose ? [] : polls)) ??
      [];
    if (!unit || !queue) return undefined;
    this.#served += 1;
    unit.servedAt = this.#served;
    return queue.shift();
  }

  /** Milliseconds until a poll that is held back may be written; undefined where none is. */
  heldForMs(nowMs: number): number | undefined {
    if (this.#mayLose(nowMs)) return undefined;
    const isHeld = [...this.#units.values()].some(
      ({ isSuspect, polls }) => isSuspect && polls.length > 0,
    );
    return isHeld ? -this.#creditMs / lostShareMax + 1 : undefined;
  }

  answered(unit: number): void {
    const found = this.#units.get(unit);
    if (found) found.isSuspect = false;
  }

  /** The unit did not answer, and the line was of no use to anybody for `lostMs`. */
  lost(unit: number, lostMs: number, nowMs: number): void {
    const found = this.#units.get(unit);
    if (found) found.isSuspect = true;
    this.#refill(nowMs);
    // Commands are written all the same, and must not put off for minutes the finding of a unit that is back.
    this.#creditMs = Math.max(-2 * this.#burstMs, this.#creditMs - lostMs);
  }

  /** Where no unit answers there is nobody to take time from. */
  #mayLose(nowMs: number): boolean {
    this.#refill(nowMs);
    return this.#creditMs > 0 || [...this.#units.values()].every(({ isSuspect }) => isSuspect);
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#creditAtMs);
    this.#creditAtMs = nowMs;
    this.#creditMs = Math.min(this.#burstMs, this.#creditMs + elapsedMs * lostShareMax);
  }

  #longestWaiting(queueOf: (unit: Unit) => Turn[]): readonly [Unit, Turn[]] | undefined {
    let longest: readonly [Unit, Turn[]] | undefined;
    for (const unit of this.#units.values()) {
      const queue = queueOf(unit);
      const isLonger = !longest || unit.servedAt < longest[0].servedAt;
      if (queue.length > 0 && isLonger) longest = [unit, queue];
    }
    return longest;
  }

  #dropExpired(nowMs: number): void {
    for (const { commands, polls } of this.#units.values()) {
      for (const queue of [commands, polls]) dropExpired(queue, nowMs);
    }
  }
}

export function isExpired({ options }: Turn, nowMs: number): boolean {
  const { notAfterMonotonicMs = Number.POSITIVE_INFINITY, isWithdrawn } = options;
  return nowMs > notAfterMonotonicMs || isWithdrawn?.() === true;
}

export function answerExpired({ answer }: Turn): void {
  answer(
    failure(
      'expired',
      'the time limit passed, or it was taken back, before the request was written',
    ),
  );
}

export function failure(reason: ExchangeFailure, detail: string) {
  return { kind: 'failed' as const, failure: reason, detail };
}

function isSame(one: ModbusRequest, other: ModbusRequest): boolean {
  return (
    isRead(one) &&
    isRead(other) &&
    one.function === other.function &&
    one.address === other.address &&
    one.quantity === other.quantity
  );
}

function dropExpired(queue: Turn[], nowMs: number): void {
  for (const turn of queue.filter((one) => isExpired(one, nowMs))) {
    queue.splice(queue.indexOf(turn), 1);
    answerExpired(turn);
  }
}
