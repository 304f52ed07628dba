/** How a device is reached: one schema for each way, told apart by `kind`. */
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { closed, Milliseconds, Port, words } from './schema-parts.ts';

const connectTimeoutMs = Milliseconds(100, 60_000, 3_000, 'Longest wait for a connection');

const serialPath = Type.String({
  minLength: 1,
  description: 'Serial port, best by its stable name under /dev/serial/by-path',
});
const baud = Type.Integer({
  minimum: 300,
  maximum: 921_600,
  default: 9_600,
  description: 'Line speed, bit/s',
});
const parity = words(['none', 'even', 'odd'], { default: 'none' });
const stopBits = Type.Unsafe<1 | 2>({ type: 'integer', enum: [1, 2], default: 1 });
const modemLine = (name: string) =>
  words(['low', 'high'], {
    default: 'low',
    description: `Level of ${name} once the port is open; high for converters that are fed by it`,
  });
const modemLines = { dtr: modemLine('DTR'), rts: modemLine('RTS') };

const SerialTransport = Type.Object(
  {
    kind: Type.Literal('serial'),
    path: serialPath,
    baud,
    dataBits: Type.Unsafe<7 | 8>({ type: 'integer', enum: [7, 8], default: 8 }),
    parity,
    stopBits,
    ...modemLines,
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

const replyTimeoutMs = Milliseconds(20, 10_000, 300, 'Longest wait for a reply');
const ModbusTcpTransport = Type.Object(
  {
    kind: Type.Literal('modbusTcp'),
    host: Type.String({ minLength: 1, description: 'Host of the Modbus TCP server' }),
    port: Port({ default: 502 }),
    connectTimeoutMs,
    replyTimeoutMs,
    gateway: Type.Boolean({
      default: false,
      description:
        'Several units stand behind this address: they share one connection and one queue',
    }),
    transactionIds: words(['checked', 'ignored'], {
      default: 'checked',
      description:
        'ignored: for gateways that do not repeat the id of a request in its reply; checked for all others',
    }),
  },
  closed,
);
const rtuLine = {
  replyTimeoutMs,
  turnaroundMs: Milliseconds(
    0,
    1_000,
    5,
    'Time a line is left alone between a reply and the next request, beyond 3.5 characters',
  ),
  echo: words(['none', 'expect'], {
    default: 'none',
    description:
      'expect: the adapter hears itself, and what is written comes back before the reply',
  }),
};
const ModbusRtuTransport = Type.Object(
  {
    kind: Type.Literal('modbusRtu'),
    path: serialPath,
    baud,
    dataBits: Type.Unsafe<8>({
      type: 'integer',
      enum: [8],
      default: 8,
      description: 'Modbus RTU has characters of 8 bits',
    }),
    parity,
    stopBits,
    ...modemLines,
    ...rtuLine,
  },
  closed,
);
const ModbusRtuTcpTransport = Type.Object(
  {
    kind: Type.Literal('modbusRtuTcp'),
    host: Type.String({ minLength: 1, description: 'Host of the device server' }),
    port: Port(),
    connectTimeoutMs,
    ...rtuLine,
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

/** A camera that kakou asks over HTTP, with a sign-in of its own. */
const askedCamera = {
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
};
const OnvifTransport = Type.Object({ kind: Type.Literal('onvif'), ...askedCamera }, closed);
const IsapiTransport = Type.Object({ kind: Type.Literal('isapi'), ...askedCamera }, closed);

export type Transport =
  | Static<typeof SerialTransport>
  | Static<typeof TcpTransport>
  | Static<typeof ModbusTcpTransport>
  | Static<typeof ModbusRtuTransport>
  | Static<typeof ModbusRtuTcpTransport>
  | Static<typeof HttpPushTransport>
  | Static<typeof OnvifTransport>
  | Static<typeof IsapiTransport>;

/** One of several objects told apart by `kind`, so that a mistake is reported against the one that was meant. */
function byKind<T>(schemas: readonly TSchema[]) {
  return Type.Unsafe<T>({
    type: 'object',
    required: ['kind'],
    discriminator: { propertyName: 'kind' },
    oneOf: schemas,
  });
}

export const Transport = byKind<Transport>([
  SerialTransport,
  TcpTransport,
  ModbusTcpTransport,
  ModbusRtuTransport,
  ModbusRtuTcpTransport,
  HttpPushTransport,
  OnvifTransport,
  IsapiTransport,
]);
