/** Whether lanes and stations have the devices that they need. */
import type { DeviceKind } from '../driver-kit/contract.ts';
import type { DeviceConfig, GateConfig } from './config-schema.ts';

interface ChosenDevice {
  readonly config: DeviceConfig;
  readonly manifest: { readonly kind: DeviceKind };
}

export type Find = (path: string, message: string, hint: string) => void;

const bringer = {
  plate: 'plateCamera',
  containers: 'containerCamera',
  tag: 'rfidReader',
  weight: 'weighbridge',
  driver: 'rfidReader',
} as const;

const ofStations: readonly DeviceKind[] = Object.values(bringer);

const readsCards = ({ config }: ChosenDevice) => config.reads === 'driverCards';
const naming: readonly DeviceKind[] = [bringer.plate, bringer.tag];

/** A station reads and weighs; what it takes finds its vehicle by plate or tag, at the station and in the lane. */
export function judgeStations(
  config: GateConfig,
  devices: readonly ChosenDevice[],
  find: Find,
): void {
  const names = (place: string) =>
    devices.some(
      (d) => d.config.lane === place && naming.includes(d.manifest.kind) && !readsCards(d),
    );
  const named = 'add a device of kind plateCamera or rfidReader';
  config.stations.forEach((station, i) => {
    if (!names(station.id)) {
      find(`/stations/${i}/id`, `station "${station.id}" reads neither plates nor tags`, named);
    }
    station.lanes.forEach((lane, j) => {
      if (names(lane)) return;
      const message = `lane "${lane}" reads neither plates nor tags, so nothing of the station is joined there`;
      find(`/stations/${i}/lanes/${j}`, message, named);
    });
  });
  devices.forEach(({ config: device, manifest }) => {
    if (!config.stations.some(({ id }) => id === device.lane)) return;
    const path = `/devices/${config.devices.indexOf(device)}`;
    if (!ofStations.includes(manifest.kind)) {
      const hint = `kinds of a station: ${ofStations.join(', ')}`;
      find(`${path}/lane`, `a ${manifest.kind} belongs to a lane, not to a station`, hint);
    }
    if (device.onStartFailure === 'disable-lane') {
      const message = 'disable-lane is said of a device of a station';
      find(`${path}/onStartFailure`, message, 'say retry or exit');
    }
  });
}

/** A lane that waits for evidence no device of it can bring would refer every truck. */
export function judgeEquipment(
  config: GateConfig,
  devices: readonly ChosenDevice[],
  find: Find,
): void {
  config.lanes.forEach((lane, i) => {
    const own = devices.filter((d) => d.config.lane === lane.id);
    const kinds = own.map((d) => d.manifest.kind);
    const stations = config.stations.filter((s) => s.lanes.includes(lane.id)).map((s) => s.id);
    const ahead = devices.filter((d) => stations.includes(d.config.lane));
    lane.requires.forEach((evidence, j) => {
      const isDriver = evidence === 'driver';
      const brought = (isDriver ? own : [...own, ...ahead]).filter(
        (d) => readsCards(d) === isDriver,
      );
      if (brought.some((d) => d.manifest.kind === bringer[evidence])) return;
      const kind = isDriver ? `${bringer.driver} with "reads: driverCards"` : bringer[evidence];
      find(
        `/lanes/${i}/requires/${j}`,
        `lane "${lane.id}" requires ${evidence}, and has no device of kind ${kind}`,
        `add such a device with "lane: ${lane.id}", or do not require it`,
      );
    });
    const barriers = kinds.filter((kind) => kind === 'ioModule').length;
    if (barriers !== 1) {
      find(
        `/lanes/${i}/id`,
        `lane "${lane.id}" has ${barriers} IO modules; it needs one, for its barrier and its loops`,
        'give it one device of kind ioModule',
      );
    }
  });
}

/** Cards are read where the driver waits: in a lane, by a reader. */
export function judgeCardReaders(
  config: GateConfig,
  devices: readonly ChosenDevice[],
  find: Find,
): void {
  for (const device of devices.filter(readsCards)) {
    const path = `/devices/${config.devices.indexOf(device.config)}/reads`;
    const { kind } = device.manifest;
    if (kind !== bringer.driver) {
      find(path, `a ${kind} reads no cards`, `leave "reads" out, or take a ${bringer.driver}`);
    }
    if (config.stations.some(({ id }) => id === device.config.lane)) {
      find(
        path,
        'cards of drivers are read in a lane, not at a station',
        'move the reader to its lane',
      );
    }
  }
}

/** A lane whose link leads nowhere would wait for an answer for ever, and two of one number would take each other's. */
export function judgeLinks({ lanes, customsPlatform }: GateConfig, find: Find): void {
  const linked = lanes.flatMap(({ id, customsLane }, i) =>
    customsLane === undefined ? [] : [{ id, customsLane, path: `/lanes/${i}/customsLane` }],
  );
  if (customsPlatform && linked.length === 0) {
    const hint =
      'give each lane that it judges the customsLane that customs assigned, or leave it out';
    find('/customsPlatform', 'no lane is linked to the customs gate platform', hint);
  }
  for (const { id, customsLane, path } of linked) {
    if (!customsPlatform) {
      const hint = 'add customsPlatform, or leave customsLane out';
      find(path, `lane "${id}" is linked, and there is no customsPlatform`, hint);
    }
    const first = linked.find((each) => each.customsLane === customsLane);
    if (first && first.id !== id) {
      const hint = 'each lane has a number of its own at the platform';
      find(path, `lanes "${first.id}" and "${id}" have the same number`, hint);
    }
  }
}
