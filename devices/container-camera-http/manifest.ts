/** Container-number cameras that push one JSON message a vehicle. */
import { Type } from '@sinclair/typebox';
import type { DriverManifest } from 'kakou/driver-kit';
import { ContainerCameraSession } from './driver.ts';

export const manifest: DriverManifest = {
  name: 'container-camera-http',
  kind: 'containerCamera',
  shape: 'push',
  capabilities: ['ContainerNumberSource'],
  transports: ['httpPush'],
  settings: Type.Object({}, { additionalProperties: false }),
  faults: ['body-malformed'],
  staleAfterMs: ({ profile }) => profile.push?.staleMs ?? 0,
  session({ profile }) {
    if (!profile.push?.containers) {
      throw new TypeError('container-camera-http needs a profile with push.containers');
    }
    return new ContainerCameraSession(profile.push, profile.push.containers);
  },
};
