import { type Static, Type } from 'kakou/driver-kit';

export const IsapiCameraSettings = Type.Object(
  {
    /** Which end of the vehicle the camera looks at; a wrong word pairs tractor and trailer wrongly. */
    view: Type.Union([Type.Literal('front'), Type.Literal('rear')]),
    /** Detection lines of the camera that lie in this lane; readings of other lines are left out. All if absent. */
    lines: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9]{1,4}$' }), { minItems: 1, maxItems: 16 }),
    ),
    /**
     * Directions, as the camera sees them, that vehicles of this lane have; readings of others are left out. A
     * camera that looks at the rear calls `reverse` what a driver calls forward. All if absent.
     */
    directions: Type.Optional(
      Type.Array(
        Type.Union([Type.Literal('forward'), Type.Literal('reverse'), Type.Literal('unknown')]),
        { minItems: 1, maxItems: 3 },
      ),
    ),
    /** Milliseconds without any message after which the camera counts as silent; the profile's if left out. */
    staleAfterMs: Type.Optional(Type.Integer({ minimum: 1000, maximum: 86_400_000 })),
  },
  { additionalProperties: false },
);
export type IsapiCameraSettings = Static<typeof IsapiCameraSettings>;
