/** Barrier, lights, loops and light curtain on a Modbus IO module. */
import type { DriverManifest, ModbusProfile } from 'kakou/driver-kit';
import { IoModuleSession } from './driver.ts';
import { readWiring, Wiring } from './wiring.ts';

export const manifest: DriverManifest = {
  name: 'io-modbus',
  kind: 'ioModule',
  shape: 'exchange',
  capabilities: ['DigitalInputs', 'Barrier', 'Lights'],
  transports: ['modbusTcp'],
  settings: Wiring,
  faults: ['reply-unexpected'],
  staleAfterMs: ({ profile }) => profile.modbus?.staleMs ?? 0,
  session({ profile, settings }) {
    const modbus: ModbusProfile | undefined = profile.modbus;
    if (!modbus) throw new TypeError('io-modbus needs a profile with a modbus block');
    return new IoModuleSession(modbus, readWiring(settings));
  },
};
