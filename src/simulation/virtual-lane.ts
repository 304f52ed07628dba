/** The devices of one lane, speaking their real protocols, and the truck that moves among them. */
import { containerPost } from '../../devices/container-camera-http/emulator.ts';
import { ContainerPortal } from '../../devices/container-camera-stream/emulator.ts';
import { LedDisplay } from '../../devices/display-stream/emulator.ts';
import { IoModuleEmulator } from '../../devices/io-modbus/emulator.ts';
import { platePost } from '../../devices/plate-camera-http/emulator.ts';
import { UhfReader } from '../../devices/rfid-stream/emulator.ts';
import { YaohuaIndicator } from '../../devices/weighbridge-stream/emulator.ts';
import { type ByteMachineHost, hostByteMachine } from './byte-machine-host.ts';
import { boxPicture, type CameraPictures, frontPictures } from './camera-pictures.ts';
import { type DrivingManner, type LaneHardware, LaneWorld } from './lane-world.ts';
import { type ModbusTcpHost, startModbusTcpHost } from './modbus-tcp-host.ts';
import type { PlannedPassage } from './traffic.ts';

export interface VirtualLaneOptions {
  readonly laneId: string;
  /** Where cameras post to, as http://127.0.0.1:8081 */
  readonly pushUrl: string;
  /** The open contact is about to be made. */
  readonly onOpenContact: (laneId: string) => void;
  readonly manner?: Partial<DrivingManner>;
  /** The IO module with its barrier; a Waveshare where left out. */
  readonly ioModule?: {
    readonly module: keyof typeof openCoils;
    readonly watchdogMs?: number;
  };
  /** Port of a container portal that writes lines; where left out, the portal posts. */
  readonly portalPort?: number;
  /** Port of a display for the driver; none where left out. */
  readonly displayPort?: number;
  /** Port of a reader for the cards of drivers; none where left out. */
  readonly cardReaderPort?: number;
  /** Ports to listen on, where a lane takes the place of an earlier one. */
  readonly ports?: VirtualLane['ports'];
  /** The cameras send pictures with what they read. */
  readonly pictures?: boolean;
  readonly onPushAnswered: (laneId: string, path: string, status: number) => void;
}

export interface VirtualLane {
  readonly laneId: string;
  readonly world: LaneWorld;
  readonly module: IoModuleEmulator;
  readonly modbus: ModbusTcpHost;
  readonly weighbridge: ByteMachineHost;
  readonly display: LedDisplay;
  readonly ports: {
    readonly ioModule: number;
    readonly weighbridge: number;
    readonly reader: number;
  };
  tick(nowMs: number): void;
  close(): Promise<void>;
}

/** The coil that makes the open contact. */
const openCoils = { waveshareRelayB: 0x0200, adam6050: 16 } as const;
const arm = { travelMs: 700, leaveMs: 80, autoCloseMs: 700 };

export async function startVirtualLane(options: VirtualLaneOptions): Promise<VirtualLane> {
  const { laneId } = options;
  const { ioModule = { module: 'waveshareRelayB' } } = options;
  const module = new IoModuleEmulator({ ...ioModule, arm }, performance.now());
  const indicator = new YaohuaIndicator();
  const reader = new UhfReader();
  const portal = new ContainerPortal();
  const display = new LedDisplay();
  const cardReader = new UhfReader();
  const { ports, portalPort, displayPort, cardReaderPort } = options;
  const modbus = await startModbusTcpHost({
    port: ports?.ioModule ?? 0,
    handle: (pdu, nowMs) => module.handle(pdu, nowMs),
    onCoilWrite: ({ address, value }) => {
      if (address === openCoils[ioModule.module] && value > 0) options.onOpenContact(laneId);
    },
  });
  const hosts = [
    await hostByteMachine(indicator, { port: ports?.weighbridge ?? 0 }),
    await hostByteMachine(reader, { port: ports?.reader ?? 0 }),
    ...(portalPort === undefined ? [] : [await hostByteMachine(portal, { port: portalPort })]),
    ...(displayPort === undefined ? [] : [await hostByteMachine(display, { port: displayPort })]),
    ...(cardReaderPort === undefined
      ? []
      : [await hostByteMachine(cardReader, { port: cardReaderPort })]),
  ] as const;
  const world = new LaneWorld(
    hardware({ module, indicator, reader, cardReader, portal }, options),
    options.manner,
  );
  return {
    laneId,
    world,
    module,
    modbus,
    weighbridge: hosts[0],
    display,
    ports: { ioModule: modbus.port, weighbridge: hosts[0].port, reader: hosts[1].port },
    tick(nowMs) {
      module.tick(nowMs);
      world.tick(nowMs);
      for (const host of hosts) host.tick(nowMs);
    },
    close: () => closeAll([modbus, ...hosts]),
  };
}

async function closeAll(hosts: readonly Pick<ByteMachineHost, 'close'>[]): Promise<void> {
  await Promise.all(hosts.map((host) => host.close()));
}

interface Machines {
  readonly module: IoModuleEmulator;
  readonly indicator: YaohuaIndicator;
  readonly reader: UhfReader;
  readonly cardReader: UhfReader;
  readonly portal: ContainerPortal;
}

function hardware(
  { module, indicator, reader, cardReader, portal }: Machines,
  options: VirtualLaneOptions,
): LaneHardware {
  const { laneId, pushUrl, onPushAnswered, pictures } = options;
  const post = (path: string, { contentType, body }: { contentType: string; body: Uint8Array }) => {
    const url = `${pushUrl}/devices/${laneId}/${path}`;
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': contentType },
      body: Buffer.from(body),
    }).then(
      (answer) => onPushAnswered(laneId, path, answer.status),
      () => onPushAnswered(laneId, path, 0),
    );
  };
  return {
    setLoop: (point, occupied) => module.setInput(point, occupied, performance.now()),
    armPosition: () =>
      module.arm.limitClosed ? 'closed' : module.arm.limitOpen ? 'open' : 'between',
    lightIsGreen: () => module.light('green'),
    setWeightKg: (weightKg) => indicator.show(weightKg),
    setTagsInField: (tags) => reader.field(tags),
    showCard: (card) => cardReader.field(card === undefined ? [] : [card]),
    pushPlate: (passage) => {
      if (!pictures) return post('plate', plateBody(laneId, passage));
      frontPictures(passage).then(
        (taken) => post('plate', plateBody(laneId, passage, taken)),
        () => onPushAnswered(laneId, 'plate', 0),
      );
    },
    pushContainers: (passage) => {
      if (options.portalPort !== undefined) {
        portal.capture(containersOf(passage));
        return;
      }
      if (!pictures) return post('containers', containersBody(laneId, passage));
      Promise.all(passage.containers.map((_, at) => boxPicture(passage, at))).then(
        (taken) => post('containers', containersBody(laneId, passage, taken)),
        () => onPushAnswered(laneId, 'containers', 0),
      );
    },
  };
}

function plateBody(
  laneId: string,
  { number, plateRead }: PlannedPassage,
  pictures: Partial<CameraPictures> = {},
) {
  return platePost({
    serialNumber: `camera-${laneId}`,
    plateId: number,
    text: plateRead.text,
    colour: 'yellow',
    confidence: plateRead.confidence,
    capturedAtMs: Date.now(),
    ...pictures,
  });
}

function containersOf({ containers }: PlannedPassage) {
  const alone = containers.length === 1;
  return containers.map((number, index) => ({
    number,
    isoType: '22G1',
    confidence: 97,
    position: alone ? ('S' as const) : index === 0 ? ('F' as const) : ('R' as const),
  }));
}

function containersBody(
  laneId: string,
  { number, containers }: PlannedPassage,
  pictures: readonly Uint8Array[] = [],
) {
  const alone = containers.length === 1;
  return containerPost({
    lane: laneId,
    passId: `pass-${number}`,
    capturedAtMs: Date.now(),
    containers: containers.map((text, index) => ({
      position: alone ? ('single' as const) : index === 0 ? ('front' as const) : ('rear' as const),
      number: text,
      isoType: '22G1',
      confidence: 0.97,
    })),
    images: pictures.map((bytes) => ({ view: 'right' as const, bytes })),
  });
}
