import { type Static, Type } from 'kakou/driver-kit';

export const OnvifCameraSettings = Type.Object(
  {
    /** Which end of the vehicle the camera looks at; a wrong word pairs tractor and trailer wrongly. */
    view: Type.Union([Type.Literal('front'), Type.Literal('rear')]),
    /** Fetch a still picture for each live reading, where the profile says that the camera has one. */
    snapshots: Type.Boolean({ default: true }),
  },
  { additionalProperties: false },
);
export type OnvifCameraSettings = Static<typeof OnvifCameraSettings>;
