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
} as const;

const ofStations: readonly DeviceKind[] = Object.values(bringer);
const naming: readonly DeviceKind[] = [bringer.plate, bringer.tag];

/** A station reads and weighs; what it takes finds its vehicle by plate or tag, at the station and in the lane. */
export function judgeStations(
  config: GateConfig,
  devices: readonly ChosenDevice[],
  find: Find,
): void {
  const names = (place: string) =>
    devices.some((d) => d.config.lane === place && naming.includes(d.manifest.kind));
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
    const kindsAt = (...places: readonly string[]) =>
      devices.filter((d) => places.includes(d.config.lane)).map((d) => d.manifest.kind);
    const kinds = kindsAt(lane.id);
    const ahead = kindsAt(
      ...config.stations.filter((s) => s.lanes.includes(lane.id)).map((s) => s.id),
    );
    lane.requires.forEach((evidence, j) => {
      if ([...kinds, ...ahead].includes(bringer[evidence])) return;
      find(
        `/lanes/${i}/requires/${j}`,
        `lane "${lane.id}" requires ${evidence}, and has no device of kind ${bringer[evidence]}`,
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
