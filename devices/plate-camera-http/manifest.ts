import {
  type DriverManifest,
  lintPushProfile,
  type SessionOptions,
  type Static,
  Type,
} from 'kakou/driver-kit';
import { blockOf, PlateCameraSession } from './driver.ts';

export const PlateCameraSettings = Type.Object(
  {
    /** Which end of the vehicle the camera looks at; a wrong word pairs tractor and trailer wrongly. */
    view: Type.Union([Type.Literal('front'), Type.Literal('rear')]),
    /** Milliseconds without any message after which the camera counts as silent; the profile's if left out. */
    staleAfterMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 86_400_000 })),
  },
  { additionalProperties: false },
);
export type PlateCameraSettings = Static<typeof PlateCameraSettings>;

export const manifest: DriverManifest = {
  name: 'plate-camera-http',
  kind: 'plateCamera',
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
