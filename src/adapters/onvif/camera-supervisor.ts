/**
 * One camera's worker, seen from the main thread: started with limits, watched, and started again after it
 * crashed, ran out of memory or stopped answering, each of which is a fault of this camera and of nothing else.
 * A worker each, so that one camera cannot hold up another's (docs/adr/0010).
 */
import { Worker } from 'node:worker_threads';
import type { Picture } from '../../driver-kit/contract.ts';
import type { Clock } from '../../ports/clock.ts';
import {
  type NotificationEvents,
  type NotificationTransport,
  TransportError,
} from '../../ports/transport.ts';
import type { CameraWorkerData, FromCameraWorker, ToCameraWorker } from './worker-messages.ts';

export interface OnvifTransportOptions extends Omit<CameraWorkerData, 'beats' | 'refusedAtMs'> {
  readonly startWorker: (data: CameraWorkerData) => Worker;
  readonly backOff: { nextMs(): number; reset(): void };
  readonly clock: Clock;
}

/** MiB. The package with a camera's services needs about 8 of the old generation. */
const resourceLimits = {
  maxOldGenerationSizeMb: 32,
  maxYoungGenerationSizeMb: 4,
  stackSizeMb: 2,
};

/**
 * Starts workers from a file. What the package prints is dropped: it is no log of ours. Flags of the process
 * are not passed on: what they preload would count against the limits.
 */
export function cameraWorkers(file: URL): (data: CameraWorkerData) => Worker {
  return (workerData) => {
    const silent = { stdout: true, stderr: true };
    const worker = new Worker(file, { workerData, resourceLimits, execArgv: [], ...silent });
    worker.stdout.resume();
    worker.stderr.resume();
    return worker;
  };
}

const lookEveryMs = 1_000;
/** Looks in a row that found the worker's counter where it was; a machine that is starting is slower. */
const looksMax = 5;
const firstLooksMax = 30;
/** A worker that lived longer than this is started again as if it were the first time, ms. */
const steadyAfterMs = 60_000;
const snapshotWithinMs = 20_000;

interface WantedSnapshot {
  readonly id: number;
  readonly resolve: (picture: Picture) => void;
  readonly reject: (error: Error) => void;
  readonly deadline: NodeJS.Timeout;
}

export function onvifTransport(options: OnvifTransportOptions): NotificationTransport {
  return new CameraSupervisor(options);
}

class CameraSupervisor implements NotificationTransport {
  readonly #o: OnvifTransportOptions;
  #events: NotificationEvents | undefined;
  #first: { resolve: () => void; reject: (error: Error) => void } | undefined;
  #worker: Worker | undefined;
  #startedMs = 0;
  #refusedAtMs: readonly number[] = [];
  #retry: NodeJS.Timeout | undefined;
  #look: NodeJS.Timeout | undefined;
  #overdue: NodeJS.Timeout | undefined;
  #wanted: WantedSnapshot | undefined;
  #snapshots = 0;
  #stopped = false;

  constructor(options: OnvifTransportOptions) {
    this.#o = options;
  }

  start(events: NotificationEvents): Promise<void> {
    this.#events = events;
    return new Promise((resolve, reject) => {
      this.#first = { resolve, reject };
      this.#begin();
    });
  }

  #begin(): void {
    if (this.#stopped) return;
    const { startWorker, backOff: _, clock, ...data } = this.#o;
    const beats = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
    this.#startedMs = clock.now().monotonicMs;
    let worker: Worker;
    try {
      worker = startWorker({ ...data, beats, refusedAtMs: this.#refusedAtMs });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return this.#again('onvif-worker-crashed', detail);
    }
    this.#worker = worker;
    worker.on('message', (message: FromCameraWorker) => this.#heard(worker, message));
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const code = isMemory ? 'onvif-worker-memory' : 'onvif-worker-crashed';
      this.#failed(worker, code, error.message);
    });
    worker.on('exit', (code) => {
      this.#failed(worker, 'onvif-worker-crashed', `it ended with code ${code}`);
    });
    this.#watch(worker, new Int32Array(beats));
  }

  /** The counter is shared memory: a main thread that was busy itself does not mistake that for a dead worker. */
  #watch(worker: Worker, beats: Int32Array): void {
    let seen = Atomics.load(beats, 0);
    let looks = 0;
    this.#look = setInterval(() => {
      const now = Atomics.load(beats, 0);
      looks = now === seen ? looks + 1 : 0;
      seen = now;
      if (looks < (now === 0 ? firstLooksMax : looksMax)) return;
      const detail = `no sign of life for ${(looks * lookEveryMs) / 1_000} s`;
      this.#failed(worker, 'onvif-worker-hung', detail);
    }, lookEveryMs);
  }

  #heard(worker: Worker, message: FromCameraWorker): void {
    if (this.#worker !== worker) return;
    switch (message.kind) {
      case 'subscribed':
        this.#events?.opened();
        this.#first?.resolve();
        this.#first = undefined;
        return this.#expectPull(worker);
      case 'pulled':
        this.#expectPull(worker);
        return this.#events?.answered(message.at, message.notifications);
      case 'faulted':
        return this.#events?.faulted(message.code, message.detail);
      case 'lost':
        clearTimeout(this.#overdue);
        this.#refusedAtMs = message.refusedAtMs;
        return this.#lost(message.code, message.detail, message.retryMs);
      case 'snapshot':
        return this.#ended(message.id, ({ resolve }) =>
          resolve({ role: 'scene', bytes: message.bytes, mediaType: message.mediaType }),
        );
      case 'noSnapshot':
        return this.#ended(message.id, ({ reject }) => reject(new Error(message.detail)));
    }
  }

  /** Every call in the worker has its own limit; this is for the case that one of them fails. */
  #expectPull(worker: Worker): void {
    clearTimeout(this.#overdue);
    const withinMs = this.#o.profile.service.pull.timeoutS * 4_000 + 30_000;
    this.#overdue = setTimeout(() => {
      this.#failed(worker, 'onvif-pull-overdue', `the worker told nothing for ${withinMs} ms`);
    }, withinMs);
  }

  /** The first word about the end of a worker counts. */
  #failed(worker: Worker, code: string, detail: string): void {
    if (this.#worker !== worker) return;
    this.#release();
    this.#again(code, detail);
  }

  #again(code: string, detail: string): void {
    const { backOff, clock } = this.#o;
    if (clock.now().monotonicMs - this.#startedMs > steadyAfterMs) backOff.reset();
    const retryMs = backOff.nextMs();
    this.#lost(code, detail, retryMs);
    this.#retry = setTimeout(() => this.#begin(), retryMs);
  }

  #lost(code: string, detail: string, retryMs: number): void {
    this.#events?.lost(code, detail, retryMs);
    this.#first?.reject(new TransportError(code, detail));
    this.#first = undefined;
  }

  snapshot(): Promise<Picture> {
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      if (!worker || this.#wanted) return reject(new Error(worker ? 'one is on its way' : 'lost'));
      this.#snapshots += 1;
      const id = this.#snapshots;
      const deadline = setTimeout(
        () => this.#ended(id, (wanted) => wanted.reject(new Error('it took too long'))),
        snapshotWithinMs,
      );
      this.#wanted = { id, resolve, reject, deadline };
      worker.postMessage({ kind: 'snapshot', id } satisfies ToCameraWorker);
    });
  }

  #ended(id: number, end: (wanted: WantedSnapshot) => void): void {
    const wanted = this.#wanted;
    if (wanted?.id !== id) return;
    this.#wanted = undefined;
    clearTimeout(wanted.deadline);
    end(wanted);
  }

  #release(): void {
    clearTimeout(this.#overdue);
    clearInterval(this.#look);
    this.#worker?.terminate().catch(() => undefined);
    this.#worker = undefined;
    if (this.#wanted) this.#ended(this.#wanted.id, ({ reject }) => reject(new Error('lost')));
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#release();
    this.#first?.reject(new TransportError('port-lost', 'stopped before it was connected'));
    this.#first = undefined;
  }
}
