/** Which wire of the lane is on which channel of the module: a matter of the site, not of the make. */
import { type Static, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false };
const Channel = Type.Integer({
  minimum: 0,
  maximum: 63,
  description: 'Channel of the module, from 0',
});
const Input = Type.Object(
  {
    channel: Channel,
    /** `low`: the input is made when the wire is dead, as fail-safe loops and curtains are wired. */
    active: Type.Union([Type.Literal('high'), Type.Literal('low')]),
  },
  closed,
);

export const Wiring = Type.Object(
  {
    inputs: Type.Object(
      {
        limitClosed: Input,
        limitOpen: Input,
        approach: Input,
        presence: Input,
        exit: Input,
        curtain: Type.Optional(Input),
        localControl: Type.Optional(Input),
        barrierFault: Type.Optional(Input),
      },
      closed,
    ),
    outputs: Type.Object(
      {
        barrierOpen: Channel,
        barrierClose: Type.Optional(Channel),
        lightRed: Type.Optional(Channel),
        lightGreen: Type.Optional(Channel),
      },
      closed,
    ),
    /** Length of an order's pulse, ms, where the module can be told. */
    pulseMs: Type.Integer({ minimum: 100, maximum: 2_000, default: 500 }),
  },
  closed,
);
export type Wiring = Static<typeof Wiring>;

/** Settings have been validated against `Wiring` before. */
export function readWiring(settings: Readonly<Record<string, unknown>>): Wiring {
  return { pulseMs: 500, ...settings } as Wiring;
}
