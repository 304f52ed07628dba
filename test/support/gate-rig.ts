/** A gate of two lanes put together from ports, for tests of what its parts do together. */
import { drivers } from '../../devices/index.ts';
import type { GatheredFacts } from '../../src/core/facts.ts';
import { parseDeviceId, parseLaneId } from '../../src/core/identity.ts';
import type { LaneSettings } from '../../src/core/lane/lane-types.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { DeviceOrder } from '../../src/driver-kit/contract.ts';
import type { CommitResult } from '../../src/ports/ledger.ts';
import { DeviceHeart, type DevicePorts, type RunningDevice } from '../../src/runtime/device.ts';
import { Gate } from '../../src/runtime/gate.ts';
import type { StationPlan } from '../../src/runtime/stations.ts';
import { noonMs } from './facts.ts';
import { FakeTime } from './fake-timers.ts';
import { LaneStory } from './lane-story.ts';
import { ledgerIn } from './open-ledger.ts';
import { box, plate, released, tag } from './released.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const laneIds = ['out-1', 'out-2'] as const;
export type Lane = (typeof laneIds)[number];

interface Ordered {
  readonly lane: Lane;
  readonly order: DeviceOrder;
  readonly notAfterMonotonicMs: number;
  readonly atMs: number;
}

export interface GateRigOptions {
  readonly absent?: Lane;
  readonly stations?: readonly StationPlan[];
  readonly settings?: Partial<LaneSettings>;
  readonly journalDays?: number;
}

/** Two lanes out of a site, over a real ledger; devices are what a test makes them say. */
export async function gateRig(options: GateRigOptions = {}) {
  const manifest = await drivers['io-modbus']?.();
  if (!manifest) throw new Error('no IO module');
  const time = new FakeTime();
  const stored = ledgerIn(temporaryFolder());
  const disk = { failing: false };
  const world: { facts: Partial<GatheredFacts> } = { facts: {} };
  const orders: Ordered[] = [];
  const stations = options.stations ?? [];
  const places = [...laneIds, ...stations.map(({ settings }) => String(settings.stationId))];
  const ports = new Map<string, DevicePorts>();
  const barrier =
    (lane: string) =>
    (given: DevicePorts): RunningDevice => {
      ports.set(lane, given);
      const deviceId = parseDeviceId(`${lane}-io`);
      const profile = { experimental: false } as never;
      return {
        heart: new DeviceHeart({ deviceId, laneId: lane, manifest, profile, settings: {} }, given),
        start: async () => {
          if (lane === options.absent) throw new Error('connection refused');
        },
        order: async (order, notAfterMonotonicMs) => {
          orders.push({
            lane: lane as Lane,
            order,
            notAfterMonotonicMs,
            atMs: time.now().monotonicMs,
          });
          return 'accepted';
        },
        stop: () => undefined,
      };
    };
  const clock = {
    bootId: time.bootId,
    now: () => ({ ...time.now(), wallMs: noonMs }),
    state: () => 'synced' as const,
  };
  const ledger = new Proxy(stored, {
    get(target, key) {
      if (key === 'commit')
        return (change: LedgerChange): CommitResult =>
          disk.failing
            ? { kind: 'failed', code: 'ledger-full', detail: 'disk' }
            : stored.commit(change);
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
  let ids = 0;
  const gate = new Gate({
    siteId: 'CNSHK',
    gateId: 'gate-1',
    ...(options.journalDays !== undefined && { journalDays: options.journalDays }),
    version: '0.0.0',
    lanes: laneIds.map(
      (id) => new LaneStory({ laneId: parseLaneId(id), ...options.settings }).context,
    ),
    stations,
    devices: places.map((id) => ({
      deviceId: `${id}-io`,
      laneId: id,
      onStartFailure: 'disable-lane' as const,
      make: barrier(id),
    })),
    clock,
    ids: { next: () => `id-${++ids}` },
    timers: time,
    random: () => 0.5,
    ledger,
    facts: {
      gather: (query) => ({ ...released(world.facts), query, stamp: 'same' }),
      sources: () => [],
      quarantined: () => new Map(),
    },
    uplink: { connect: () => new Promise(() => undefined) },
    log: () => undefined,
  });
  const tell = (lane: string, ...observations: readonly Observation[]) => {
    for (const observation of observations)
      ports.get(lane)?.observe(parseDeviceId(`${lane}-any`), time.now(), observation);
  };
  const types = () =>
    stored
      .entriesAfter(1, 1_000)
      .map(({ entry }) => JSON.parse(entry) as { type: string; data: Record<string, unknown> });
  return { gate, time, stored, disk, world, orders, tell, types };
}

export const input = (
  point: 'approach' | 'presence' | 'exit' | 'curtain',
  state: 'occupied' | 'clear',
): Observation => ({ kind: 'inputChange', point, state });

/** What an empty lane with its arm down tells. */
export const empty: readonly Observation[] = [
  { kind: 'barrierPosition', position: 'closed' },
  input('approach', 'clear'),
  input('presence', 'clear'),
  input('exit', 'clear'),
  input('curtain', 'clear'),
];

/** What a truck tells for which everything is there. */
export const truck: readonly Observation[] = [
  input('approach', 'occupied'),
  input('presence', 'occupied'),
  { kind: 'plateRead', view: 'front', raw: plate, confidence: 0.97, replayed: false },
  { kind: 'tagRead', tag: tag as never },
  {
    kind: 'containerNumberRead',
    replayed: false,
    containers: [{ position: 'single', raw: box, confidence: 0.96 }],
  },
  {
    kind: 'weightReading',
    weightKg: 31_240,
    basis: 'displayed',
    stability: { state: 'stable', source: 'inferred' },
    condition: 'ok',
  },
];
