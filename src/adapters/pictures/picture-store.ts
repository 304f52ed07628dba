/**
 * The store of pictures as the main thread has it: checks and hashes what came, hands the bytes to the worker, and
 * keeps the worker alive. What waits there is bounded in bytes; beyond that pictures are refused, never held.
 */
import { hash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { PictureReference } from '../../core/observation.ts';
import type { Picture } from '../../driver-kit/contract.ts';
import type {
  PictureEntry,
  PictureEvents,
  PictureFault,
  PictureOrigin,
  PictureRefusal,
  PictureStore,
  TakenPictures,
} from '../../ports/pictures.ts';
import type { FromPictureWorker, PictureWorkerData, ToPictureWorker } from './worker-messages.ts';

export interface PictureCaps {
  /** Bytes of one picture, KiB. */
  readonly pictureKiBMax: number;
  readonly perMessageMax: number;
  /** Pictures of one device in a minute. */
  readonly perMinuteMax: number;
}

export interface PictureStoreOptions {
  readonly caps: PictureCaps;
  readonly startWorker: () => Worker;
  readonly backOff: { nextMs(): number; reset(): void };
}

/** Bytes that may wait for the worker: a burst of every camera of many lanes, and no more. */
const waitingBytesMax = 67_108_864;
const minuteMs = 60_000;
const stopWithinMs = 5_000;
/** A worker that lived longer than this is started again as if it were the first time, ms. */
const steadyAfterMs = 60_000;

const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, stackSizeMb: 2 };

export function pictureWorkers(file: URL, workerData: PictureWorkerData): () => Worker {
  return () => new Worker(file, { workerData, resourceLimits, execArgv: [] });
}

/** By what the bytes begin with, whatever the device called them. */
export function mediaTypeOf(bytes: Uint8Array): PictureReference['mediaType'] | undefined {
  const begins = (...with_: number[]) => with_.every((byte, at) => bytes[at] === byte);
  if (begins(0xff, 0xd8, 0xff)) return 'image/jpeg';
  return begins(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a) ? 'image/png' : undefined;
}

interface Minute {
  readonly sinceMs: number;
  readonly count: number;
}

export class WorkerPictureStore implements PictureStore {
  readonly #o: PictureStoreOptions;
  readonly #minutes = new Map<string, Minute>();
  #events: PictureEvents | undefined;
  #worker: Worker | undefined;
  #startedMs = 0;
  #waitingBytes = 0;
  /** Faults that have begun and are not over, whichever worker told them. */
  readonly #standing = new Set<PictureFault>();
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: PictureStoreOptions) {
    this.#o = options;
  }

  start(events: PictureEvents): void {
    this.#events = events;
    this.#begin();
  }

  take(origin: PictureOrigin, pictures: readonly Picture[]): TakenPictures {
    const { perMessageMax } = this.#o.caps;
    const references: PictureReference[] = [];
    const refusals: PictureRefusal[] = [];
    if (pictures.length > perMessageMax) {
      const detail = `${pictures.length} pictures in a message, at most ${perMessageMax} are taken`;
      refusals.push({ code: 'pictures-too-many', detail });
    }
    for (const picture of pictures.slice(0, perMessageMax)) {
      const taken = this.#takeOne(origin, picture);
      if ('code' in taken) refusals.push(taken);
      else references.push(taken);
    }
    return { references, refusals };
  }

  #takeOne(origin: PictureOrigin, { role, bytes }: Picture): PictureReference | PictureRefusal {
    const { pictureKiBMax, perMinuteMax } = this.#o.caps;
    if (!this.#isWithinRate(origin)) {
      const detail = `more than ${perMinuteMax} pictures in a minute`;
      return { code: 'picture-rate-exceeded', detail };
    }
    // Before anything else is done with them.
    const sha256 = hash('sha256', bytes, 'hex');
    const mediaType = mediaTypeOf(bytes);
    const reference = {
      role,
      sha256,
      bytes: bytes.byteLength,
      mediaType: mediaType ?? 'application/octet-stream',
    };
    const entry = entryOf(origin, reference);
    if (mediaType === undefined) {
      return this.#refuse(entry, 'picture-form-unknown', 'neither JPEG nor PNG');
    }
    if (bytes.byteLength > pictureKiBMax * 1_024) {
      const detail = `${bytes.byteLength} bytes, at most ${pictureKiBMax} KiB are kept`;
      return this.#refuse(entry, 'picture-too-large', detail);
    }
    if (!this.#worker) return { code: 'pictures-not-stored', detail: 'the worker is not running' };
    if (this.#waitingBytes + bytes.byteLength > waitingBytesMax) {
      return { code: 'pictures-busy', detail: `${this.#waitingBytes} bytes wait` };
    }
    this.#waitingBytes += bytes.byteLength;
    const own = ownBytes(bytes);
    this.#post({ kind: 'keep', entry, bytes: own }, [own.buffer]);
    return reference;
  }

  #isWithinRate({ deviceId, receivedAt }: PictureOrigin): boolean {
    const { monotonicMs } = receivedAt;
    const minute = this.#minutes.get(deviceId);
    const isNew = !minute || monotonicMs - minute.sinceMs >= minuteMs;
    const now = isNew ? { sinceMs: monotonicMs, count: 1 } : { ...minute, count: minute.count + 1 };
    this.#minutes.set(deviceId, now);
    return now.count <= this.#o.caps.perMinuteMax;
  }

  #refuse(entry: PictureEntry, code: PictureFault, detail: string): PictureRefusal {
    this.#post({ kind: 'refused', entry, reason: code });
    return { code, detail };
  }

  belong(passageId: string, sha256s: readonly string[]): void {
    this.#post({ kind: 'belong', passageId, sha256s });
  }

  #post(message: ToPictureWorker, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker?.postMessage(message, [...transfer]);
  }

  #begin(): void {
    if (this.#stopped) return;
    let worker: Worker;
    try {
      worker = this.#o.startWorker();
    } catch (error) {
      return this.#again(String(error));
    }
    this.#worker = worker;
    this.#startedMs = performance.now();
    this.#waitingBytes = 0;
    worker.on('message', (message: FromPictureWorker) => {
      if (this.#worker === worker) this.#heard(message);
    });
    worker.on('error', (error) => this.#failed(worker, error.message));
    worker.on('exit', (code) => this.#failed(worker, `it ended with code ${code}`));
  }

  #heard(message: FromPictureWorker): void {
    this.#stand('picture-worker-crashed', true, '');
    switch (message.kind) {
      case 'ready':
        return;
      case 'done':
        this.#waitingBytes -= message.bytes;
        return;
      case 'faulted':
        return this.#events?.faulted(message);
      case 'standing':
        return this.#stand(message.code, message.isOver, message.detail);
    }
  }

  #stand(code: PictureFault, isOver: boolean, detail: string): void {
    if (this.#standing.has(code) !== isOver) return;
    if (isOver) this.#standing.delete(code);
    else this.#standing.add(code);
    this.#events?.standing(code, isOver, detail);
  }

  /** The first word about the end of a worker counts. */
  #failed(worker: Worker, detail: string): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    if (!this.#stopped) this.#again(detail);
  }

  #again(detail: string): void {
    const { backOff } = this.#o;
    if (performance.now() - this.#startedMs > steadyAfterMs) backOff.reset();
    this.#stand('picture-worker-crashed', false, detail);
    // What the worker had told of is told again by the next one where it still holds.
    for (const code of this.#standing) {
      if (code !== 'picture-worker-crashed') this.#stand(code, true, '');
    }
    this.#retry = setTimeout(() => this.#begin(), backOff.nextMs());
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#retry);
    const worker = this.#worker;
    if (!worker) return;
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    this.#post({ kind: 'stop' });
    const deadline = setTimeout(() => void worker.terminate(), stopWithinMs);
    await ended;
    clearTimeout(deadline);
  }
}

/** Bytes that share their memory with others are copied: what is handed over is gone here. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const isAlone = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return isAlone ? new Uint8Array(buffer) : new Uint8Array(bytes);
}

function entryOf(origin: PictureOrigin, reference: PictureReference): PictureEntry {
  const { deviceId, laneId, receivedAt, readingAt, deviceEventId } = origin;
  return {
    ...reference,
    deviceId,
    laneId,
    receivedAtMs: receivedAt.wallMs,
    readingAtMs: readingAt.wallMs,
    ...(deviceEventId !== undefined && { deviceEventId }),
  };
}
