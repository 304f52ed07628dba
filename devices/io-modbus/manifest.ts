import {
  type DriverManifest,
  lintWiring,
  type SessionOptions,
  type Static,
  Type,
  Wiring,
} from 'kakou/driver-kit';
import { blockOf, IoModbusSession, wiringOf } from './driver.ts';

export const IoModbusSettings = Type.Object(
  {
    /** Modbus unit; the profile's where left out. */
    unit: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    /** Poll interval in milliseconds; the profile's where left out. */
    everyMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 60_000 })),
    /** Which lane point hangs on which terminal. Given, it replaces the profile's suggestion whole. */
    wiring: Type.Optional(Wiring),
    /** Milliseconds without a good reply after which the module counts as silent. */
    staleAfterMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 60_000 })),
  },
  { additionalProperties: false },
);
export type IoModbusSettings = Static<typeof IoModbusSettings>;

export const manifest: DriverManifest = {
  name: 'io-modbus',
  kind: 'ioModule',
  shape: 'exchange',
  capabilities: ['DigitalInputs', 'Barrier', 'Lights'],
  transports: ['modbusTcp'],
  settings: IoModbusSettings,
  faults: ['reply-unexpected'],
  staleAfterMs: (options: SessionOptions) => {
    const settings = options.settings as IoModbusSettings;
    const slowest = Math.max(...blockOf(options).polls.map((poll) => poll.everyMs));
    return settings.staleAfterMs ?? Math.max(500, 4 * (settings.everyMs ?? slowest));
  },
  check: (options) => {
    const settings = options.settings as IoModbusSettings;
    return settings.wiring
      ? lintWiring(blockOf(options), wiringOf(options), 'settings.wiring')
      : [];
  },
  session: (options) => new IoModbusSession(options),
};
