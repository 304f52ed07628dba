import type { DriverManifest, SessionOptions } from 'kakou/driver-kit';
import { blockOf, PlcKakouSession } from './driver.ts';
import { PlcKakouSettings } from './settings.ts';

export const manifest: DriverManifest = {
  name: 'plc-kakou',
  kind: 'ioModule',
  block: 'plc',
  shape: 'exchange',
  capabilities: ['DigitalInputs', 'Barrier', 'Lights'],
  transports: ['modbusTcp'],
  settings: PlcKakouSettings,
  faults: [
    'reply-unexpected',
    'controller-refused',
    'controller-stalled',
    'controller-map-foreign',
  ],
  staleAfterMs: (options: SessionOptions) =>
    (options.settings as PlcKakouSettings).staleAfterMs ??
    Math.max(500, 4 * blockOf(options).everyMs),
  session: (options) => new PlcKakouSession(options),
};
