/**
 * A worker thread that is kept running: where it ends unasked, it is started again, ever later while it keeps
 * failing. What it was made for may wait; the daemon does not stop for it.
 */
import type { Worker } from 'node:worker_threads';

export interface KeptWorkerOptions {
  start(): Worker;
  /** Delay before the next start; `reset` is called whenever the worker says something. */
  readonly backOff: { nextMs(): number; reset(): void };
  heard(message: unknown): void;
  /** It ended unasked; it is started again by itself after `againInMs`. */
  failed(error: Error, againInMs: number): void;
}

/** A worker that was asked to stop and has not is ended, ms. */
const stopWithinMs = 2_000;

export class KeptWorker {
  readonly #options: KeptWorkerOptions;
  #worker: Worker | undefined;
  #again: NodeJS.Timeout | undefined;
  #isStopping = false;

  constructor(options: KeptWorkerOptions) {
    this.#options = options;
    this.#start();
  }

  /** False where it is not running: then nobody hears it. */
  tell(message: unknown): boolean {
    this.#worker?.postMessage(message);
    return this.#worker !== undefined;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#again);
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.postMessage('stop');
    const deadline = setTimeout(() => void worker.terminate(), stopWithinMs);
    await ended;
    clearTimeout(deadline);
  }

  #start(): void {
    const { heard, backOff, start } = this.#options;
    let worker: Worker;
    try {
      worker = start();
    } catch (error) {
      return this.#failed(error instanceof Error ? error : new Error(String(error)));
    }
    this.#worker = worker;
    let cause: Error | undefined;
    worker.on('message', (message) => {
      backOff.reset();
      heard(message);
    });
    worker.on('error', (error) => {
      cause = error instanceof Error ? error : new Error(String(error));
    });
    worker.once('exit', (code) => {
      this.#worker = undefined;
      if (!this.#isStopping) this.#failed(cause ?? new Error(`it ended with code ${code}`));
    });
  }

  #failed(error: Error): void {
    const againInMs = this.#options.backOff.nextMs();
    this.#again = setTimeout(() => this.#start(), againInMs);
    this.#options.failed(error, againInMs);
  }
}
