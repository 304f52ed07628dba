/**
 * The `llrp` block of a profile: what a client of inventory asks of an LLRP reader, and nothing a reader may
 * refuse unless it is named here. Antennas and transmit power are usually set by the site.
 */
import { type Static, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false };
const Index = Type.Integer({ minimum: 0, maximum: 65_535 });

export const LlrpAntennas = Type.Array(Type.Integer({ minimum: 1, maximum: 255 }), {
  maxItems: 32,
  uniqueItems: true,
});

/**
 * RFTransmitter of LLRP, which has all three or none. Readers refuse a table or an index they do not have, and
 * which ones they have depends on the region set in the reader.
 */
export const LlrpTransmit = Type.Object(
  {
    /** Index into the reader's own table of transmit powers, not dBm. */
    powerIndex: Index,
    /** Counts in regions with frequency hopping. */
    hopTableId: Index,
    /** Counts in regions without: 1-based channel of the fixed frequency table. */
    channelIndex: Index,
  },
  closed,
);

const LlrpTest = Type.Object(
  {
    name: Type.String({ minLength: 1 }),
    /** One whole message as the reader sends it. */
    hex: Type.String({ pattern: '^[0-9A-Fa-f]{2}( ?[0-9A-Fa-f]{2})*$' }),
    /** EPCs it tells, in order. */
    tags: Type.Optional(Type.Array(Type.String())),
    reject: Type.Optional(Type.Literal('frame-undecodable')),
  },
  closed,
);

export const LlrpProfile = Type.Object(
  {
    /** Antennas that take inventory; an empty list asks for all the reader has. */
    antennas: LlrpAntennas,
    /** How often the reader must say that it is there, milliseconds; three missing ones end the connection. */
    keepaliveMs: Type.Integer({ minimum: 500, maximum: 60_000 }),
    /** How long a request may wait for its answer, milliseconds. */
    replyMs: Type.Integer({ minimum: 500, maximum: 60_000 }),
    /** Ask for the reader's capabilities first: only with them is it known that every antenna is disconnected. */
    capabilities: Type.Boolean(),
    /** What the reader shall tell of itself. */
    events: Type.Array(
      Type.Union([
        Type.Literal('roSpec'),
        Type.Literal('readerException'),
        Type.Literal('antenna'),
      ]),
      { uniqueItems: true },
    ),
    /** A report goes out with each tag; the trigger names the end that flushes what is left. */
    reportTrigger: Type.Union([
      Type.Literal('eachTagOrEndOfAISpec'),
      Type.Literal('eachTagOrEndOfROSpec'),
    ]),
    transmit: Type.Optional(LlrpTransmit),
    tests: Type.Array(LlrpTest, { minItems: 1 }),
  },
  closed,
);
export type LlrpProfile = Static<typeof LlrpProfile>;
