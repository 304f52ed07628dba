/** The pull loop in the test's own thread, as the worker runs it; and the package as it is used without it. */
import onvif from 'onvif';
import { Refusals } from '../../src/adapters/camera-http/refusals.ts';
import { OnvifCamera } from '../../src/adapters/onvif/onvif-camera.ts';
import { PullLoop } from '../../src/adapters/onvif/pull-loop.ts';
import type { FromCameraWorker } from '../../src/adapters/onvif/worker-messages.ts';
import { systemClock } from '../../src/adapters/system/system.ts';
import type { OnvifProfile } from '../../src/driver-kit/profile/onvif.ts';
import { BackOff } from '../../src/runtime/back-off.ts';
import { onvifProfile, quick } from './onvif-under-test.ts';

export const clock = systemClock('synced');

export interface CameraOptions {
  readonly port: number;
  readonly password?: string;
  readonly refusals?: Refusals;
  readonly change?: (block: OnvifProfile) => OnvifProfile;
}

export function cameraOn({ port, change = quick, ...options }: CameraOptions): OnvifCamera {
  return new OnvifCamera({
    host: '127.0.0.1',
    port,
    tls: false,
    username: 'gate',
    password: options.password ?? 'secret',
    connectTimeoutMs: 2_000,
    replyTimeoutMs: 2_000,
    profile: change(onvifProfile().onvif),
    clock,
    refusals: options.refusals ?? new Refusals(),
  });
}

export interface RunningLoop {
  readonly said: FromCameraWorker[];
  /** Messages that were fetched. */
  texts(): string[];
  /** Codes of what was lost or went wrong, in order. */
  codes(): string[];
  stop(): void;
}

/** With the waits of a gate: 1 s after a failure, and up to 60. */
export function loopOn(options: CameraOptions): RunningLoop {
  const refusals = options.refusals ?? new Refusals();
  const camera = cameraOn({ ...options, refusals });
  const said: FromCameraWorker[] = [];
  let stopped = false;
  const loop = new PullLoop({
    camera,
    pull: (options.change ?? quick)(onvifProfile().onvif).service.pull,
    refusals,
    clock,
    backOff: new BackOff({ firstMs: 1_000, lastMs: 60_000, random: () => 0.5 }),
    sleep: (ms) =>
      new Promise((resolve) => {
        if (!stopped) setTimeout(resolve, ms).unref();
      }),
    tell: (message) => said.push(message),
  });
  loop.run().catch((error: unknown) => {
    throw error;
  });
  return {
    said,
    texts: () =>
      said.flatMap((m) => (m.kind === 'pulled' ? m.notifications : [])).map((n) => n.text),
    codes: () => said.flatMap((m) => (m.kind === 'lost' || m.kind === 'faulted' ? [m.code] : [])),
    stop() {
      stopped = true;
      camera.close();
    },
  };
}

export interface NaiveUse {
  readonly events: { readonly message: unknown }[];
  readonly errors: string[];
  stop(): void;
}

/** As the package's own examples have it: connect, then listen. */
export async function naiveUse(
  port: number,
  options: { readonly password?: string; readonly timeout?: number } = {},
): Promise<NaiveUse> {
  const { password = 'secret', timeout = 2_000 } = options;
  const cam = new onvif.Cam({
    hostname: '127.0.0.1',
    port,
    username: 'gate',
    password,
    timeout,
    autoconnect: false,
  });
  const events: { message: unknown }[] = [];
  const errors: string[] = [];
  await new Promise<void>((resolve) =>
    cam.connect((error) => {
      if (error) errors.push(error.message);
      resolve();
    }),
  );
  cam.on('eventsError', (error: Error) => errors.push(error.message));
  cam.on('event', (message: unknown) => events.push({ message }));
  return {
    events,
    errors,
    stop() {
      // Without a listener the package unsubscribes and stops; a fetch that is on its way ends with the camera.
      cam.removeAllListeners();
    },
  };
}

export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
