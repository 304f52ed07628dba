/** One configured device on a real transport, with everything it tells kept. */
import { readFileSync } from 'node:fs';
import { drivers } from '../../devices/index.ts';
import { systemClock, systemTimers } from '../../src/adapters/system/system.ts';
import type { Observation } from '../../src/core/observation.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { ExchangeTransport, StreamTransport } from '../../src/ports/transport.ts';
import { DeviceHeart, type RunningDevice } from '../../src/runtime/device.ts';
import { StreamDevice } from '../../src/runtime/device-shapes.ts';
import { ExchangeDevice } from '../../src/runtime/exchange-device.ts';
import { repositoryFile } from './repository.ts';

export const clock = systemClock('synced');

export interface DeviceUnderTest {
  readonly device: RunningDevice;
  readonly told: Observation[];
  /** Told observations of one kind. */
  of<Kind extends Observation['kind']>(kind: Kind): Extract<Observation, { kind: Kind }>[];
}

export async function deviceOn(
  profileName: string,
  transport: { readonly stream: StreamTransport } | { readonly exchange: ExchangeTransport },
  settings: Readonly<Record<string, unknown>> = {},
): Promise<DeviceUnderTest> {
  const file = repositoryFile(`firmware-profiles/${profileName}.json`);
  const parsed = parseProfile(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.kind !== 'profile') throw new Error(JSON.stringify(parsed.findings));
  const { profile } = parsed;
  const manifest = await drivers[profile.driver]?.();
  if (!manifest) throw new Error(profile.driver);
  const told: Observation[] = [];
  const heart = new DeviceHeart(
    { deviceId: 'device' as never, laneId: 'lane', manifest, profile, settings },
    {
      clock,
      timers: systemTimers(),
      random: () => 0,
      observe: (_id, _at, observation) => told.push(observation),
      log: () => undefined,
    },
  );
  const device =
    'stream' in transport && manifest.shape === 'stream'
      ? new StreamDevice(heart, manifest, transport.stream)
      : 'exchange' in transport && manifest.shape === 'exchange'
        ? new ExchangeDevice(heart, manifest, transport.exchange)
        : undefined;
  if (!device) throw new Error('transport and driver do not fit');
  return {
    device,
    told,
    of: <Kind extends Observation['kind']>(kind: Kind) =>
      told.filter((o): o is Extract<Observation, { kind: Kind }> => o.kind === kind),
  };
}
