/** A device that is asked, with an emulated module behind a line in simulated time. */
import { readFileSync } from 'node:fs';
import { drivers } from '../../devices/index.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { DeviceOrder } from '../../src/driver-kit/contract.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import { DeviceHeart, type OrderResult } from '../../src/runtime/device.ts';
import { ExchangeDevice } from '../../src/runtime/exchange-device.ts';
import { EmulatedLine, type EmulatedModuleSide } from './emulated-exchange.ts';
import { FakeTime } from './fake-timers.ts';
import { repositoryFile } from './repository.ts';

export interface RigModule extends EmulatedModuleSide {
  tick(nowMs: number): void;
}

export interface ExchangeRig<Module> {
  readonly time: FakeTime;
  readonly module: Module;
  readonly line: EmulatedLine;
  readonly device: ExchangeDevice;
  readonly told: Observation[];
  order(order: DeviceOrder, withinMs?: number, withdrawn?: AbortSignal): Promise<OrderResult>;
  /** Lets the module's time pass with the daemon's. */
  pass(ms: number): Promise<void>;
  /** Alarms told, as `code state`, in order. */
  alarms(): string[];
  /** The arm as it was told last. */
  arm(): string | undefined;
}

export async function exchangeRig<Module extends RigModule>(options: {
  readonly profile: string;
  readonly makeModule: (nowMs: number) => Module;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly time?: FakeTime;
}): Promise<ExchangeRig<Module>> {
  const { profile: name, makeModule, settings = {}, time = new FakeTime() } = options;
  const file = repositoryFile(`firmware-profiles/${name}.json`);
  const parsed = parseProfile(JSON.parse(readFileSync(file, 'utf8')));
  if (parsed.kind !== 'profile') throw new Error(JSON.stringify(parsed.findings));
  const { profile } = parsed;
  const manifest = await drivers[profile.driver]?.();
  if (manifest?.shape !== 'exchange') throw new TypeError(profile.driver);
  const module = makeModule(time.now().monotonicMs);
  const line = new EmulatedLine(module, time);
  const told: Observation[] = [];
  const heart = new DeviceHeart(
    { deviceId: 'io' as never, laneId: 'lane', manifest, profile, settings },
    {
      clock: time,
      timers: time,
      random: () => 0,
      observe: (_id, _at, observation) => told.push(observation),
      log: () => undefined,
    },
  );
  const device = new ExchangeDevice(heart, manifest, line);
  await device.start();
  return {
    time,
    module,
    line,
    device,
    told,
    order: (order, withinMs = 1_500, withdrawn) =>
      device.order(order, time.now().monotonicMs + withinMs, withdrawn),
    async pass(ms) {
      for (let left = ms; left > 0; left -= 10) {
        await time.pass(Math.min(10, left));
        module.tick(time.now().monotonicMs);
      }
      await time.pass(0);
    },
    alarms: () =>
      told.flatMap((each) => (each.kind === 'deviceAlarm' ? [`${each.code} ${each.state}`] : [])),
    arm: () => told.findLast((each) => each.kind === 'barrierPosition')?.position,
  };
}
