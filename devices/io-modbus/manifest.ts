import { type DriverManifest, lintWiring, type SessionOptions } from 'kakou/driver-kit';
import { blockOf, IoModbusSession, wiringOf } from './driver.ts';
import { relayOf } from './orders.ts';
import { IoModbusSettings } from './settings.ts';

const neverTakenOff = {
  path: 'settings.wiring',
  message: 'the open contact is latched, and the lane leaves closing to the barrier',
  hint: 'set closing: requested for the lane; the close order takes the contact off',
};

export const manifest: DriverManifest = {
  name: 'io-modbus',
  kind: 'ioModule',
  block: 'modbus',
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
  check: (options, lane) => {
    const settings = options.settings as IoModbusSettings;
    const block = blockOf(options);
    const wiring = wiringOf(options);
    const isLatched = relayOf(block, wiring, 'barrierOpen')?.pulse?.kind === 'latched';
    return [
      ...(settings.wiring ? lintWiring(block, wiring, 'settings.wiring') : []),
      ...(isLatched && lane?.closing === 'byController' ? [neverTakenOff] : []),
    ];
  },
  session: (options) => new IoModbusSession(options),
};
