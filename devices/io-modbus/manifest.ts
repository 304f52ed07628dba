import { type DriverManifest, lintWiring, type SessionOptions } from 'kakou/driver-kit';
import { blockOf, IoModbusSession, wiringOf } from './driver.ts';
import { IoModbusSettings } from './settings.ts';

export const manifest: DriverManifest = {
  name: 'io-modbus',
  kind: 'ioModule',
  shape: 'exchange',
  capabilities: ['DigitalInputs', 'Barrier', 'Lights'],
  transports: ['modbusTcp', 'modbusRtu', 'modbusRtuTcp'],
  settings: IoModbusSettings,
  faults: ['reply-unexpected', 'output-mismatch', 'input-chattering'],
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
