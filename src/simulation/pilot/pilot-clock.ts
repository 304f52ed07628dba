/** Time of the pilot: it moves only from one due moment to the next, and what is due runs in order. */
import type { Clock } from '../../ports/clock.ts';
import type { Timers } from '../../ports/timers.ts';

interface Due {
  readonly atMs: number;
  readonly order: number;
  readonly id: string | undefined;
  readonly run: () => void;
}

/** 2026-01-05, 00:00 UTC. */
export const pilotStartMs = Date.UTC(2026, 0, 5);

export class PilotClock implements Clock, Timers {
  readonly bootId = 'pilot-boot';
  readonly #heap: Due[] = [];
  readonly #named = new Map<string, Due>();
  #nowMs = 0;
  #order = 0;

  get nowMs(): number {
    return this.#nowMs;
  }

  now() {
    return { wallMs: pilotStartMs + this.#nowMs, monotonicMs: this.#nowMs };
  }

  state(): 'synced' {
    return 'synced';
  }

  start(id: string, delayMs: number, due: () => void): void {
    this.cancel(id);
    this.#named.set(id, this.#add(this.#nowMs + delayMs, due, id));
  }

  cancel(id: string): void {
    this.#named.delete(id);
  }

  /** As when a process ends: its timers are gone with it. */
  cancelAll(): void {
    this.#named.clear();
  }

  /** Something of the world outside; no end of a process stops it. */
  at(atMs: number, run: () => void): void {
    this.#add(Math.max(atMs, this.#nowMs), run, undefined);
  }

  /** Lets time pass; what falls due meanwhile runs, but nothing of the world. */
  pass(ms: number): void {
    const untilMs = this.#nowMs + ms;
    const world: Due[] = [];
    for (let next = this.#heap[0]; next && next.atMs <= untilMs; next = this.#heap[0]) {
      this.#take();
      if (next.id === undefined) world.push(next);
      else this.#fire(next);
    }
    this.#nowMs = untilMs;
    for (const each of world) this.#push(each);
  }

  /** One due moment; false where nothing is left before `untilMs`. */
  step(untilMs: number): boolean {
    const next = this.#heap[0];
    if (!next || next.atMs > untilMs) return false;
    this.#take();
    this.#fire(next);
    return true;
  }

  #fire(due: Due): void {
    if (due.id !== undefined && this.#named.get(due.id) !== due) return;
    if (due.id !== undefined) this.#named.delete(due.id);
    this.#nowMs = Math.max(this.#nowMs, due.atMs);
    due.run();
  }

  #add(atMs: number, run: () => void, id: string | undefined): Due {
    this.#order += 1;
    const due = { atMs, order: this.#order, id, run };
    this.#push(due);
    return due;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = heap[above];
      if (!other || !isBefore(due, other)) break;
      heap[at] = other;
      at = above;
    }
    heap[at] = due;
  }

  #take(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [heap[left], heap[left + 1]];
      const below = b && a && isBefore(b, a) ? left + 1 : left;
      const other = heap[below];
      if (!other || !isBefore(other, last)) break;
      heap[at] = other;
      at = below;
    }
    heap[at] = last;
  }
}

const isBefore = (a: Due, b: Due) => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
