/**
 * A run in a thread of its own that is looked at from outside: one that hangs in a case, or takes more memory than a
 * run may, ends with the number of the case instead of for ever.
 */
import { Worker } from 'node:worker_threads';

export interface WatchedRun {
  readonly script: URL;
  /** Handed to the script as `workerData`, beside `counter`: cases that were begun, raised by the script. */
  readonly data: object;
  readonly hangAfterMs: number;
}

/** What the script posts last, or why it did not come so far. */
export type Outcome =
  | { readonly kind: 'done'; readonly message: unknown }
  | { readonly kind: 'hung' | 'failed'; readonly cases: number; readonly reason: string };

const heapMbMax = 512;

export function watchedRun({ script, data, hangAfterMs }: WatchedRun): Promise<Outcome> {
  const counter = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(script, {
    workerData: { ...data, counter },
    resourceLimits: { maxOldGenerationSizeMb: heapMbMax },
  });
  return new Promise((resolve) => {
    let seen = -1;
    let seenAtMs = performance.now();
    const watch = setInterval(() => {
      const cases = Atomics.load(counter, 0);
      if (cases !== seen) {
        seen = cases;
        seenAtMs = performance.now();
      } else if (performance.now() - seenAtMs > hangAfterMs) {
        end({ kind: 'hung', cases, reason: `no end of a case in ${hangAfterMs} ms` });
      }
    }, 100);
    let isOver = false;
    const end = (outcome: Outcome) => {
      if (isOver) return;
      isOver = true;
      clearInterval(watch);
      worker.terminate().then(
        () => resolve(outcome),
        () => resolve(outcome),
      );
    };
    const failed = (reason: string) =>
      end({ kind: 'failed', cases: Atomics.load(counter, 0), reason });
    worker.once('message', (message: unknown) => end({ kind: 'done', message }));
    worker.once('error', (error) => failed(String(error)));
    worker.once('exit', (code) => failed(`the run ended with ${code}`));
  });
}
