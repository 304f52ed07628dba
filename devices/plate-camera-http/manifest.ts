/** Plate cameras that push their readings as JSON over HTTP; the answer never lets the camera open by itself. */
import { Type } from '@sinclair/typebox';
import type { DriverManifest } from 'kakou/driver-kit';
import { PlateCameraSession } from './driver.ts';

export const manifest: DriverManifest = {
  name: 'plate-camera-http',
  kind: 'plateCamera',
  shape: 'push',
  capabilities: ['PlateSource'],
  transports: ['httpPush'],
  settings: Type.Object(
    { view: Type.Union([Type.Literal('front'), Type.Literal('rear')], { default: 'front' }) },
    { additionalProperties: false },
  ),
  faults: ['body-malformed'],
  staleAfterMs: ({ profile }) => profile.push?.staleMs ?? 0,
  session({ profile, settings }) {
    if (!profile.push?.plate)
      throw new TypeError('plate-camera-http needs a profile with push.plate');
    return new PlateCameraSession(
      profile.push,
      profile.push.plate,
      settings['view'] === 'rear' ? 'rear' : 'front',
    );
  },
};
