/** Time, timers and ids of this machine. */
import { randomFillSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { uuidv7, V7Generator } from 'uuidv7';
import type { ClockState } from '../../core/time.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Ids } from '../../ports/ids.ts';
import type { Timers } from '../../ports/timers.ts';

/** The kernel's id of this start of the machine; the process's own where the kernel tells none. */
function bootIdOfMachine(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return uuidv7();
  }
}

/** `trust` is the operator's statement of how the machine's clock is kept. */
export function systemClock(trust: ClockState): Clock {
  // CLOCK_MONOTONIC of the machine, so that a limit written before a restart of the process stays comparable.
  const offsetMs = Number(process.hrtime.bigint() / 1_000n) / 1_000 - performance.now();
  return {
    bootId: bootIdOfMachine(),
    now: () => ({ wallMs: Date.now(), monotonicMs: performance.now() + offsetMs }),
    state: () => trust,
  };
}

export function systemTimers(): Timers & { stopAll(): void } {
  const running = new Map<string, NodeJS.Timeout>();
  const cancel = (id: string) => {
    clearTimeout(running.get(id));
    running.delete(id);
  };
  return {
    start(id, delayMs, due) {
      cancel(id);
      const timer = setTimeout(() => {
        running.delete(id);
        due();
      }, delayMs);
      running.set(id, timer);
    },
    cancel,
    stopAll: () => [...running.keys()].forEach(cancel),
  };
}

/** Random words, drawn from the system in bulk: an id stands between the last evidence and the arm. */
function randomWords(): { nextUint32(): number } {
  const words = new Uint32Array(2_048);
  let next = words.length;
  return {
    nextUint32() {
      if (next === words.length) {
        randomFillSync(words);
        next = 0;
      }
      const word = words[next] ?? 0;
      words[next] = 0;
      next += 1;
      return word;
    },
  };
}

const generator = new V7Generator(randomWords());

export const uuidIds: Ids = { next: () => generator.generate().toString() };
