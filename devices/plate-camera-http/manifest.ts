import { type DriverManifest, lintPushProfile, type SessionOptions } from 'kakou/driver-kit';
import { blockOf, PlateCameraSession } from './driver.ts';
import { PlateCameraSettings } from './settings.ts';

export const manifest: DriverManifest = {
  name: 'plate-camera-http',
  kind: 'plateCamera',
  block: 'push',
  shape: 'push',
  capabilities: ['PlateSource'],
  transports: ['httpPush'],
  settings: PlateCameraSettings,
  faults: ['body-malformed'],
  staleAfterMs: (options: SessionOptions) =>
    (options.settings as PlateCameraSettings).staleAfterMs ?? blockOf(options).staleAfterMs,
  check: (options) => {
    const block = blockOf(options);
    const hint = 'this driver reads nothing without it; name another driver or add the map';
    return block.plate
      ? lintPushProfile(block)
      : [{ path: 'push.plate', message: 'the field map is missing', hint }];
  },
  session: (options) => new PlateCameraSession(options),
};
