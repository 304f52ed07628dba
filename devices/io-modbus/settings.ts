import { type Static, Type, Wiring } from 'kakou/driver-kit';

export const IoModbusSettings = Type.Object(
  {
    /** Modbus unit; the profile's where left out. */
    unit: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
    /** Poll interval in milliseconds; the profile's where left out. */
    everyMs: Type.Optional(Type.Integer({ minimum: 10, maximum: 60_000 })),
    /** Which lane point hangs on which terminal. Given, it replaces the profile's suggestion whole. */
    wiring: Type.Optional(Wiring),
    /** Milliseconds without a good reply after which the module counts as silent. */
    staleAfterMs: Type.Optional(Type.Integer({ minimum: 100, maximum: 60_000 })),
  },
  { additionalProperties: false },
);
export type IoModbusSettings = Static<typeof IoModbusSettings>;
