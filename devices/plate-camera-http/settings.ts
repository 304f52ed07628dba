import { type Static, Type } from 'kakou/driver-kit';

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
