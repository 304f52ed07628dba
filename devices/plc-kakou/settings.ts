import { type Static, Type } from 'kakou/driver-kit';

export const PlcKakouSettings = Type.Object(
  {
    /** Modbus unit; the profile's where left out. */
    unit: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    /** Holding register of offset 0, 0-based; the profile's where left out. */
    base: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_472 })),
    /** Milliseconds without a good state block after which the PLC counts as silent. */
    staleAfterMs: Type.Optional(Type.Integer({ minimum: 200, maximum: 60_000 })),
  },
  { additionalProperties: false },
);
export type PlcKakouSettings = Static<typeof PlcKakouSettings>;
