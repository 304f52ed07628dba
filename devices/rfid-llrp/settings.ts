import { LlrpAntennas, LlrpTransmit, type Static, Type } from 'kakou/driver-kit';

export const LlrpSettings = Type.Object(
  {
    /** Antennas of this lane, by the numbers on the reader; the profile's where left out. */
    antennas: Type.Optional(LlrpAntennas),
    /** Milliseconds between the reader's keepalives; the profile's where left out. */
    keepaliveMs: Type.Optional(Type.Integer({ minimum: 500, maximum: 60_000 })),
    /** Transmit power by index; the reader's own setting where left out. */
    transmit: Type.Optional(LlrpTransmit),
  },
  { additionalProperties: false },
);
export type LlrpSettings = Static<typeof LlrpSettings>;
