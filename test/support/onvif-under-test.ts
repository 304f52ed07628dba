/** A plate camera by ONVIF on its real worker, against an emulated camera, with everything it tells kept. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Worker } from 'node:worker_threads';
import { drivers } from '../../devices/index.ts';
import { cameraWorkers, onvifTransport } from '../../src/adapters/onvif/camera-supervisor.ts';
import { systemClock, systemTimers } from '../../src/adapters/system/system.ts';
import type {
  DeviceHealth,
  LatePictureReference,
  Observation,
  PlateRead,
} from '../../src/core/observation.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { OnvifProfile } from '../../src/driver-kit/profile/onvif.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { BackOff } from '../../src/runtime/back-off.ts';
import { DeviceHeart } from '../../src/runtime/device.ts';
import { NotificationDevice } from '../../src/runtime/notification-device.ts';
import { repositoryFile } from './repository.ts';

export interface OnvifUnderTest {
  readonly device: NotificationDevice;
  readonly told: Observation[];
  readonly pictures: LatePictureReference[];
  readonly log: string[];
  /** Workers that were started, the present one last. */
  readonly workers: Worker[];
  plates(): PlateRead[];
  health(): DeviceHealth[];
  /** How often a fault was counted. */
  faults(code: string): number;
}

export interface OnvifUnderTestOptions {
  readonly port: number;
  readonly host?: string;
  readonly profile?: string;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: boolean;
  readonly certificateFile?: string;
  readonly snapshots?: boolean;
  /** Changes the profile's block, as a site's own profile would. */
  readonly change?: (block: OnvifProfile) => OnvifProfile;
}

export function onvifProfile(name = 'onvif-profile-m'): FirmwareProfile & { onvif: OnvifProfile } {
  const file = repositoryFile(`firmware-profiles/plate-camera/${name}.json`);
  const parsed = parseProfile(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.kind !== 'profile') throw new Error(JSON.stringify(parsed.findings));
  const { onvif } = parsed.profile;
  if (!onvif) throw new Error(`${name} has no onvif block`);
  return { ...parsed.profile, onvif };
}

/** Short waits, so that a test ends in the time of a test. */
export function quick(block: OnvifProfile): OnvifProfile {
  const pull = { ...block.service.pull, timeoutS: 1 };
  return { ...block, service: { ...block.service, pull } };
}

export async function onvifUnderTest(options: OnvifUnderTestOptions): Promise<OnvifUnderTest> {
  const { port, host = '127.0.0.1', username = 'gate', password = 'secret' } = options;
  const { tls = false, certificateFile, snapshots = false, change = quick } = options;
  const clock = systemClock('synced');
  const base = onvifProfile(options.profile);
  const profile = { ...base, onvif: change(base.onvif) };
  const manifest = await drivers['plate-camera-onvif']?.();
  if (manifest?.shape !== 'notification') throw new Error('another shape');
  const workers: Worker[] = [];
  const start = cameraWorkers(new URL('../../src/onvif-worker.js', import.meta.url));
  const transport = onvifTransport({
    host,
    port,
    tls,
    ...(certificateFile !== undefined && { certificateFile }),
    username,
    password,
    connectTimeoutMs: 2_000,
    replyTimeoutMs: 2_000,
    profile: profile.onvif,
    clock,
    backOff: new BackOff({ firstMs: 200, lastMs: 1_000, random: () => 0 }),
    startWorker: (data) => {
      const worker = start(data);
      workers.push(worker);
      return worker;
    },
  });
  const told: Observation[] = [];
  const pictures: LatePictureReference[] = [];
  const log: string[] = [];
  const heart = new DeviceHeart(
    {
      deviceId: 'camera' as never,
      laneId: 'lane',
      manifest,
      profile,
      settings: { view: 'front', snapshots },
    },
    {
      clock,
      timers: systemTimers(),
      random: () => 0,
      observe: (_id, _at, observation) => told.push(observation),
      keepPictures: (_origin, taken) => ({
        references: taken.map(({ role, bytes, mediaType }) => ({
          role,
          sha256: createHash('sha256').update(bytes).digest('hex'),
          bytes: bytes.byteLength,
          mediaType,
        })),
        refusals: [],
      }),
      pictured: (late) => pictures.push(late),
      log: (level, message, detail) => log.push(`${level} ${message} ${JSON.stringify(detail)}`),
    },
  );
  const of = <Kind extends Observation['kind']>(kind: Kind) =>
    told.filter((o): o is Extract<Observation, { kind: Kind }> => o.kind === kind);
  const device = new NotificationDevice(heart, manifest, transport);
  return {
    device,
    told,
    pictures,
    log,
    workers,
    plates: () => of('plateRead'),
    health: () => of('deviceHealth'),
    faults: (code) => heart.standing().faults[code] ?? 0,
  };
}

/** Waits until it holds; false where it does not within the time. */
export async function until(holds: () => boolean, withinMs = 15_000): Promise<boolean> {
  const endMs = performance.now() + withinMs;
  while (!holds()) {
    if (performance.now() > endMs) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
