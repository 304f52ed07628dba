import { type DriverManifest, lintOnvifProfile } from 'kakou/driver-kit';
import { blockOf, OnvifCameraSession } from './driver.ts';
import { OnvifCameraSettings } from './settings.ts';

export const manifest: DriverManifest = {
  name: 'plate-camera-onvif',
  kind: 'plateCamera',
  block: 'onvif',
  shape: 'notification',
  capabilities: ['PlateSource'],
  transports: ['onvif'],
  settings: OnvifCameraSettings,
  faults: ['xml-refused', 'notification-malformed', 'notification-clock'],
  // A camera with nothing to tell answers every fetch all the same, at the latest when its time is up.
  staleAfterMs: (options) => blockOf(options).service.pull.timeoutS * 2_000,
  check: (options) => lintOnvifProfile(blockOf(options)),
  session: (options) => new OnvifCameraSession(options),
};
