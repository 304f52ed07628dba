/**
 * Schema of the gate's one configuration file: the single source of its types, of its validation and of the
 * JSON schema that editors use. Secrets never stand in it: it names files that hold them.
 */
import { type Static, type TSchema, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false };

/** A union of words, as one JSON schema `enum`. */
function words<const T extends readonly string[]>(
  values: T,
  options: { readonly description?: string; readonly default?: T[number] } = {},
) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

const Id = (description: string) =>
  Type.String({
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$',
    description: `${description}: 1 to 32 of A-Z a-z 0-9 . _ -, the first a letter or digit`,
  });
const Port = (options: { default?: number } = {}) =>
  Type.Integer({ minimum: 0, maximum: 65_535, description: 'Port, 0 to 65535', ...options });
const Milliseconds = (minimum: number, maximum: number, value: number, description: string) =>
  Type.Integer({ minimum, maximum, default: value, description: `${description}, ms` });

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

const connectTimeoutMs = Milliseconds(100, 60_000, 3_000, 'Longest wait for a connection');

const SerialTransport = Type.Object(
  {
    kind: Type.Literal('serial'),
    path: Type.String({
      minLength: 1,
      description: 'Serial port, best by its stable name under /dev/serial/by-path',
    }),
    baud: Type.Integer({
      minimum: 300,
      maximum: 921_600,
      default: 9_600,
      description: 'Line speed, bit/s',
    }),
    dataBits: Type.Unsafe<7 | 8>({ type: 'integer', enum: [7, 8], default: 8 }),
    parity: words(['none', 'even', 'odd'], { default: 'none' }),
    stopBits: Type.Unsafe<1 | 2>({ type: 'integer', enum: [1, 2], default: 1 }),
  },
  closed,
);
const TcpTransport = Type.Object(
  {
    kind: Type.Literal('tcp'),
    host: Type.String({ minLength: 1, description: 'Host of the device server' }),
    port: Port(),
    connectTimeoutMs,
  },
  closed,
);
const ModbusTcpTransport = Type.Object(
  {
    kind: Type.Literal('modbusTcp'),
    host: Type.String({ minLength: 1, description: 'Host of the Modbus TCP server' }),
    port: Port({ default: 502 }),
    connectTimeoutMs,
    replyTimeoutMs: Milliseconds(20, 10_000, 300, 'Longest wait for a reply'),
  },
  closed,
);
const HttpPushTransport = Type.Object(
  {
    kind: Type.Literal('httpPush'),
    path: Type.String({
      pattern: '^(/[A-Za-z0-9._-]+)+$',
      description: 'Path the device posts to, as /devices/in-1/plate',
    }),
  },
  closed,
);

const OnvifTransport = Type.Object(
  {
    kind: Type.Literal('onvif'),
    host: Type.String({ minLength: 1, description: 'Host of the camera' }),
    port: Port({ default: 80 }),
    username: Type.Optional(
      Type.String({
        pattern: '^[^\\s<>&"\':\\\\]{1,64}$',
        description: 'User of the camera, with the right to events and pictures and no more',
      }),
    ),
    passwordFile: Type.Optional(
      Type.String({ minLength: 1, description: 'File that holds the password and nothing else' }),
    ),
    tls: Type.Boolean({ default: false, description: 'HTTPS instead of HTTP' }),
    certificateFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: "PEM file: the camera's own certificate, or that of the authority behind it",
      }),
    ),
    connectTimeoutMs,
    replyTimeoutMs: Milliseconds(500, 60_000, 8_000, 'Longest wait for an answer'),
  },
  closed,
);

export type Transport =
  | Static<typeof SerialTransport>
  | Static<typeof TcpTransport>
  | Static<typeof ModbusTcpTransport>
  | Static<typeof HttpPushTransport>
  | Static<typeof OnvifTransport>;

/** One of several objects told apart by `kind`, so that a mistake is reported against the one that was meant. */
function byKind<T>(schemas: readonly TSchema[]) {
  return Type.Unsafe<T>({
    type: 'object',
    required: ['kind'],
    discriminator: { propertyName: 'kind' },
    oneOf: schemas,
  });
}

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
  },
  { ...closed, default: {} },
);

const Lane = Type.Object(
  {
    id: Id('Lane'),
    direction: words(['in', 'out'], { description: 'in: into the premises; out: out of them' }),
    policy: Type.String({ minLength: 1, description: 'Name of one of the policies' }),
    requires: Type.Array(words(['plate', 'containers', 'tag', 'weight']), {
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
    timing: LaneTimingSettings,
  },
  closed,
);

const Device = Type.Object(
  {
    id: Id('Device'),
    lane: Id('Lane the device belongs to'),
    driver: Type.String({ minLength: 1, description: 'Name of a driver' }),
    profile: Type.String({
      minLength: 1,
      description: 'Firmware profile as kind/name, or a path that ends in .json',
    }),
    transport: byKind<Transport>([
      SerialTransport,
      TcpTransport,
      ModbusTcpTransport,
      HttpPushTransport,
      OnvifTransport,
    ]),
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
    panel: Listener(8_080),
    devicePush: Listener(8_081),
    uplink: Type.Object(
      {
        url: Type.String({
          pattern: '^(mqtt|mqtts|ws|wss)://[^@]+$',
          description: "The centre's broker as mqtt://host:port, without user and password in it",
        }),
        protocol: words(['auto', '5', '3.1.1'], { default: 'auto', description: 'MQTT version' }),
        username: Type.Optional(Type.String({ minLength: 1 })),
        passwordFile: Type.Optional(
          Type.String({
            minLength: 1,
            description: 'File that holds the password and nothing else',
          }),
        ),
      },
      closed,
    ),
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
              kinds: Type.Array(words(['vehicle', 'transaction', 'consignment', 'proof', 'hold']), {
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
    policies: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'Policy files, by path from this file',
    }),
    lanes: Type.Array(Lane, { minItems: 1, maxItems: 64 }),
    devices: Type.Array(Device, { minItems: 1, maxItems: 512 }),
  },
  { ...closed, $id: 'https://kakou.cn/schema/gate-1.json', title: 'kakou gate' },
);

export type GateConfig = Static<typeof GateConfig>;
export type LaneConfig = GateConfig['lanes'][number];
export type DeviceConfig = GateConfig['devices'][number];
