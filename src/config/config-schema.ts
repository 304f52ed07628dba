/**
 * Schema of the gate's one configuration file: the single source of its types, of its validation and of the
 * JSON schema that editors use. Secrets never stand in it: it names files that hold them.
 */
import { type Static, Type } from '@sinclair/typebox';
import { factKinds } from '../core/facts.ts';
import { CustomsNumber, PlatformSettings } from './platform-settings.ts';
import { closed, Id, Milliseconds, Port, words } from './schema-parts.ts';
import { Transport } from './transport-schema.ts';
import { UplinkSettings } from './uplink-settings.ts';
import { YardSettings } from './yard-settings.ts';

const Listener = (port: number) =>
  Type.Object(
    {
      host: Type.String({
        minLength: 1,
        default: '127.0.0.1',
        description: 'Address to listen on',
      }),
      port: Port({ default: port }),
    },
    { ...closed, default: {} },
  );

const LaneTimingSettings = Type.Object(
  {
    captureTimeoutMs: Milliseconds(
      500,
      120_000,
      8_000,
      'Wait for evidence once a vehicle stands at the arm',
    ),
    evidenceLeadMs: Milliseconds(
      0,
      60_000,
      5_000,
      'Age of a reading from before the vehicle that is still its own',
    ),
    openWithinMs: Milliseconds(
      100,
      10_000,
      1_500,
      'The open order is written this soon after the decision, or never',
    ),
    departWithinMs: Milliseconds(
      200,
      30_000,
      3_000,
      'The arm leaves closed this soon after the order',
    ),
    clearMs: Milliseconds(
      50,
      10_000,
      800,
      'A loop is clear this long before the vehicle counts as gone',
    ),
    closeAfterMs: Milliseconds(
      500,
      60_000,
      3_000,
      'Wait over an empty line before a close is requested',
    ),
    armUpMsMax: Milliseconds(
      5_000,
      600_000,
      120_000,
      'Longest time the arm stands up without supervision',
    ),
    armTravelMs: Milliseconds(
      300,
      30_000,
      4_000,
      'What the arm needs from one limit to the other; half as much again is an alarm',
    ),
    loopStuckMs: Milliseconds(
      10_000,
      3_600_000,
      600_000,
      'A loop or curtain occupied for longer than this is an alarm',
    ),
    turnAfterMs: Milliseconds(
      1_000,
      600_000,
      10_000,
      'A reversible lane is turned when it has been empty, with red signals, for this long',
    ),
  },
  { ...closed, default: {} },
);

const Lane = Type.Object(
  {
    id: Id('Lane'),
    direction: words(['in', 'out', 'reversible'], {
      description: 'in: into the premises; out: out of them; reversible: turned by order',
    }),
    builtFor: Type.Optional(
      words(['in', 'out'], {
        description:
          'Of a reversible lane: the direction that its inputs and cameras are named for, and that it begins in; in if left out',
      }),
    ),
    policy: Type.String({ minLength: 1, description: 'Name of one of the policies' }),
    customsLane: Type.Optional(CustomsNumber('lane; it is linked to customsPlatform where given')),
    requires: Type.Array(words(['plate', 'containers', 'tag', 'weight', 'driver']), {
      minItems: 1,
      uniqueItems: true,
      description: 'Evidence the lane is built to bring',
    }),
    closing: words(['byController', 'requested'], {
      default: 'byController',
      description:
        "byController: the barrier's own controller lowers the arm; requested: kakou asks it to",
    }),
    vehicleWeightKgMin: Type.Integer({
      minimum: 0,
      maximum: 10_000,
      default: 1_000,
      description: 'Below this the platform is taken to bear no vehicle, kg',
    }),
    blindAfterVehicles: Type.Integer({
      minimum: 1,
      maximum: 100,
      default: 5,
      description:
        'A camera, reader or platform that tells nothing of so many vehicles in a row is an alarm',
    }),
    timing: LaneTimingSettings,
  },
  closed,
);

const Station = Type.Object(
  {
    id: Id('Station'),
    lanes: Type.Array(Id('Lane that its vehicles come to'), { minItems: 1, uniqueItems: true }),
    quietMs: Milliseconds(
      500,
      60_000,
      3_000,
      'Where nothing has been read for so long, the next reading is of another vehicle',
    ),
    ageMsMax: Milliseconds(
      10_000,
      86_400_000,
      900_000,
      'Age from which what was read says nothing of a vehicle any more',
    ),
    vehicleWeightKgMin: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 1_000,
      description: 'Below this its platform is taken to bear no vehicle, kg',
    }),
  },
  {
    ...closed,
    description:
      'Place ahead of the lanes where vehicles are read or weighed; what it takes is joined to a passage by plate or tag',
  },
);

const Recorder = Type.Object(
  {
    memoryBytesMax: Type.Integer({
      minimum: 1_048_576,
      maximum: 1_073_741_824,
      default: 16_777_216,
      description: 'Memory for the newest traffic of all devices together, bytes',
    }),
    keepMs: Milliseconds(10_000, 86_400_000, 900_000, 'Older traffic is forgotten'),
    filesMax: Type.Integer({
      minimum: 0,
      maximum: 1_000,
      default: 20,
      description: 'Recordings that are saved after faults; the oldest gives way; 0: none are',
    }),
    filesBytesMax: Type.Integer({
      minimum: 1_048_576,
      maximum: 107_374_182_400,
      default: 268_435_456,
      description: 'Of all saved recordings together, bytes',
    }),
    everyMs: Milliseconds(1_000, 86_400_000, 60_000, 'Between two saved recordings at least'),
    afterMs: Milliseconds(
      0,
      300_000,
      15_000,
      'From a fault to its recording, which then has what followed',
    ),
  },
  { ...closed, default: {} },
);

const Device = Type.Object(
  {
    id: Id('Device'),
    lane: Id('Lane or station the device belongs to'),
    serves: Type.Optional(
      words(['in', 'out'], {
        description: 'In a reversible lane: the only direction the device serves; both if left out',
      }),
    ),
    reads: Type.Optional(
      words(['driverCards'], {
        description:
          "Of an RFID reader: it reads the cards of drivers, and nothing it reads counts as a vehicle's tag; tags of vehicles if left out",
      }),
    ),
    driver: Type.String({ minLength: 1, description: 'Name of a driver' }),
    profile: Type.String({
      minLength: 1,
      description: 'Firmware profile as kind/name, or a path that ends in .json',
    }),
    transport: Transport,
    settings: Type.Record(Type.String(), Type.Unknown(), {
      default: {},
      description: "The driver's own settings; its README names them",
    }),
    onStartFailure: words(['retry', 'disable-lane', 'exit'], {
      default: 'retry',
      description: 'What an absent device means at start',
    }),
  },
  closed,
);

const Whole = (minimum: number, maximum: number, value: number, description: string) =>
  Type.Integer({ minimum, maximum, default: value, description });

const RetentionDays = (role: string) =>
  Whole(1, 3_650, 90, `Days a picture of ${role} is kept after it came`);

const Pictures = Type.Object(
  {
    retentionDays: Type.Object(
      {
        scene: RetentionDays('the whole scene'),
        plate: RetentionDays('a plate'),
        container: RetentionDays('a container'),
        other: RetentionDays('anything else'),
      },
      { ...closed, default: {} },
    ),
    quotaMiB: Whole(
      16,
      16_777_216,
      51_200,
      'All pictures and thumbnails together, MiB; the oldest go from 95 % on, scenes first',
    ),
    freeMiBMin: Whole(
      16,
      1_048_576,
      1_024,
      'Free space that is left to others, MiB: below it scenes are not kept, below half of it nothing is',
    ),
    pictureKiBMax: Whole(16, 16_384, 4_096, 'Largest picture that is kept, KiB'),
    perMessageMax: Whole(1, 32, 8, 'Pictures taken of one message of a device'),
    perMinuteMax: Whole(1, 6_000, 120, 'Pictures taken of one device in a minute'),
  },
  { ...closed, default: {}, description: 'Evidence pictures, kept in the data folder' },
);

export const GateConfig = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    site: Id('Site number as customs assigned it'),
    gate: Id('Gate'),
    data: Type.Object(
      {
        directory: Type.String({
          minLength: 1,
          description: 'Folder of ledger, feed cache, signing key and pictures',
        }),
      },
      closed,
    ),
    pictures: Pictures,
    retention: Type.Object(
      {
        journalDays: Type.Optional(
          Type.Integer({
            minimum: 30,
            maximum: 36_500,
            description:
              'Days after which the body of an entry is pruned, once the centre has it; kept for good if left out',
          }),
        ),
      },
      { ...closed, default: {}, description: 'How long entries of the journal are kept' },
    ),
    clock: Type.Object(
      {
        trust: words(['synced', 'holdover', 'unsynced'], {
          default: 'unsynced',
          description:
            "How the machine's clock is kept: synced by NTP or PTP, running on without it, or never set",
        }),
      },
      { ...closed, default: {} },
    ),
    log: Type.Object(
      { level: words(['debug', 'info', 'warn', 'error'], { default: 'info' }) },
      { ...closed, default: {} },
    ),
    recorder: Recorder,
    panel: Type.Object(
      {
        ...Listener(8_080).properties,
        signIn: Type.Optional(
          words(['toAct', 'toSee'], {
            description:
              'Who has to sign in: toAct, whoever changes something; toSee, whoever looks as well. Left out: toAct where host is this machine itself, else toSee',
          }),
        ),
      },
      { ...closed, default: {} },
    ),
    devicePush: Listener(8_081),
    uplink: UplinkSettings,
    feed: Type.Object(
      {
        directory: Type.String({
          minLength: 1,
          description: 'Folder into which the customs platform drops its files',
        }),
        scanEveryMs: Milliseconds(50, 60_000, 500, 'How often the folder is looked at'),
        incompleteAfterMs: Milliseconds(
          1_000,
          3_600_000,
          60_000,
          'A file without its end that stands still this long is set aside',
        ),
        sources: Type.Array(
          Type.Object(
            {
              source: Id('Source'),
              kinds: Type.Array(words(factKinds), {
                minItems: 1,
                uniqueItems: true,
                description: 'Kinds of fact the source may speak of',
              }),
            },
            closed,
          ),
          { minItems: 1 },
        ),
      },
      closed,
    ),
    customsPlatform: Type.Optional(PlatformSettings),
    yard: YardSettings,
    policies: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'Policy files, by path from this file',
    }),
    lanes: Type.Array(Lane, { minItems: 1, maxItems: 64 }),
    stations: Type.Array(Station, {
      maxItems: 16,
      default: [],
      description: 'Portals (前置采集) and weighbridges that lanes share',
    }),
    devices: Type.Array(Device, { minItems: 1, maxItems: 512 }),
  },
  { ...closed, $id: 'https://kakou.cn/schema/gate-1.json', title: 'kakou gate' },
);

export type GateConfig = Static<typeof GateConfig>;
export type LaneConfig = GateConfig['lanes'][number];
export type DeviceConfig = GateConfig['devices'][number];
