/** Composition root of the worker of one ONVIF camera: the onvif package runs here and nowhere else. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { Refusals } from './adapters/camera-http/refusals.ts';
import { OnvifCamera } from './adapters/onvif/onvif-camera.ts';
import { PullLoop } from './adapters/onvif/pull-loop.ts';
import {
  beatEveryMs,
  type CameraWorkerData,
  type FromCameraWorker,
  type ToCameraWorker,
} from './adapters/onvif/worker-messages.ts';
import { systemClock } from './adapters/system/system.ts';
import { BackOff } from './runtime/back-off.ts';

const data = workerData as CameraWorkerData;
const port = parentPort;
if (!port) throw new Error('onvif-worker runs as a worker thread only');

const beats = new Int32Array(data.beats);
setInterval(() => Atomics.add(beats, 0, 1), beatEveryMs);

const tell = (message: FromCameraWorker, transfer: readonly ArrayBuffer[] = []) =>
  port.postMessage(message, [...transfer]);
// Only order and age are taken from it, so how far the wall clock is trusted does not matter here.
const clock = systemClock('unsynced');
const refusals = new Refusals({ atMs: data.refusedAtMs });
const camera = new OnvifCamera({ ...data, clock, refusals });

port.on('message', ({ id }: ToCameraWorker) => {
  camera.snapshot().then(
    ({ bytes, mediaType }) =>
      tell({ kind: 'snapshot', id, bytes, mediaType }, [bytes.buffer as ArrayBuffer]),
    (error: unknown) =>
      tell({
        kind: 'noSnapshot',
        id,
        detail: error instanceof Error ? error.message : String(error),
      }),
  );
});

await new PullLoop({
  camera,
  pull: data.profile.service.pull,
  refusals,
  clock,
  backOff: new BackOff({ firstMs: 1_000, lastMs: 60_000, random: Math.random }),
  sleep: (ms) => sleep(ms),
  tell,
}).run();
