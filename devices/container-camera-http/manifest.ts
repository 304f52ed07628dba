import {
  type DriverManifest,
  lintPushProfile,
  type SessionOptions,
  type Static,
  Type,
} from 'kakou/driver-kit';
import { blockOf, ContainerCameraSession } from './driver.ts';

export const ContainerCameraSettings = Type.Object(
  {
    /** Milliseconds without any message after which the camera counts as silent; the profile's if left out. */
    staleAfterMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 86_400_000 })),
  },
  { additionalProperties: false },
);
export type ContainerCameraSettings = Static<typeof ContainerCameraSettings>;

export const manifest: DriverManifest = {
  name: 'container-camera-http',
  kind: 'containerCamera',
  block: 'push',
  shape: 'push',
  capabilities: ['ContainerNumberSource'],
  transports: ['httpPush'],
  settings: ContainerCameraSettings,
  faults: ['body-malformed'],
  staleAfterMs: (options: SessionOptions) =>
    (options.settings as ContainerCameraSettings).staleAfterMs ?? blockOf(options).staleAfterMs,
  check: (options) => {
    const block = blockOf(options);
    const hint = 'this driver reads nothing without it; name another driver or add the map';
    return block.containers
      ? lintPushProfile(block)
      : [{ path: 'push.containers', message: 'the field map is missing', hint }];
  },
  session: (options) => new ContainerCameraSession(options),
};
