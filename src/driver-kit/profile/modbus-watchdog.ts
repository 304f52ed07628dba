/**
 * The module's own watchdog: what it does to the outputs when its master falls silent. Without one a contact
 * that the daemon ends by itself would stay made when the daemon dies, so such contacts need this block.
 */
import { type Static, Type } from '@sinclair/typebox';
import { Address, Channel, Condition, Doc, strict, Write } from './modbus-atoms.ts';

export const Watchdog = Type.Object(
  {
    /** Silence after which the outputs fall into their safe state, in milliseconds, as set on the module. */
    timeoutMs: Type.Integer({ minimum: 100, maximum: 60_000 }),
    /** Relays whose safe state is "off". A relay that is not named here may stay as it was. */
    safeOff: Type.Array(Channel, { minItems: 1, maxItems: 256 }),
    doc: Doc,
    /** Written at each connection after the resync; a refusal is borne, because it may run already. */
    setUp: Type.Optional(Type.Array(Write, { minItems: 1, maxItems: 8 })),
    /** Sign of life: the values are written in turn. Left out where any request counts as one. */
    beat: Type.Optional(
      Type.Object(
        {
          function: Type.Union([Type.Literal(5), Type.Literal(6)]),
          address: Address,
          values: Type.Array(Address, { minItems: 2, maxItems: 8 }),
          everyMs: Type.Integer({ minimum: 50, maximum: 20_000 }),
          doc: Doc,
        },
        strict,
      ),
    ),
    /** Holds while the watchdog runs. Where it is given, contacts that could stay wait for it. */
    running: Type.Optional(Condition),
    /** Holds while the module is in its safe state and does not obey. */
    safe: Type.Optional(Condition),
    /** Modbus exception with which a module in its safe state answers everything. */
    safeException: Type.Optional(Type.Integer({ minimum: 1, maximum: 11 })),
    /** Leaves the safe state. Written only on the recorded order of a person. */
    clear: Type.Optional(Type.Array(Write, { minItems: 1, maxItems: 16 })),
  },
  strict,
);
export type Watchdog = Static<typeof Watchdog>;
