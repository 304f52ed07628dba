/** Which point of a lane is wired to which terminal of an IO module. */
import { type Static, Type } from '@sinclair/typebox';
import { Channel, strict } from './modbus-atoms.ts';

const Level = Type.Union([Type.Literal('high'), Type.Literal('low')]);

/**
 * Points that are told as they are; the two limit switches are told only together, as the arm's position. What one reply
 * tells of is told in this order: what a loop at an end of the lane means depends on what is known of the middle.
 */
export const lanePoints = [
  'presence',
  'curtain',
  'approach',
  'exit',
  'deckFront',
  'deckRear',
  'localControl',
  'barrierFault',
] as const;
export type LanePoint = (typeof lanePoints)[number];

/** `active` is the level at which the point counts as occupied, made or asserted. */
const InputWire = Type.Object(
  {
    channel: Channel,
    active: Level,
    /** How long the level must have been active before it is told, in milliseconds; 0 if left out. */
    onDelayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 500 })),
    /** How long it must have been inactive before that is told, in milliseconds; 0 if left out. */
    offDelayMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 5_000 })),
  },
  strict,
);
export type InputWire = Static<typeof InputWire>;

const PulseWire = Type.Object(
  {
    channel: Channel,
    /** Length of the contact in milliseconds; left out where the module fixes it or the contact is latched. */
    pulseMs: Type.Optional(Type.Integer({ minimum: 50, maximum: 10_000 })),
  },
  strict,
);
const LevelWire = Type.Object({ channel: Channel }, strict);

const Input = Type.Optional(InputWire);

/** Lane points by terminal. Points left out are not wired and are never reported. */
export const Wiring = Type.Object(
  {
    inputs: Type.Object(
      {
        approach: Input,
        presence: Input,
        exit: Input,
        curtain: Input,
        deckFront: Input,
        deckRear: Input,
        localControl: Input,
        barrierFault: Input,
        limitClosed: Input,
        limitOpen: Input,
      },
      strict,
    ),
    outputs: Type.Object(
      {
        barrierOpen: Type.Optional(PulseWire),
        barrierClose: Type.Optional(PulseWire),
        lightRed: Type.Optional(LevelWire),
        lightGreen: Type.Optional(LevelWire),
      },
      strict,
    ),
  },
  strict,
);
export type Wiring = Static<typeof Wiring>;
export type WiredInput = keyof Wiring['inputs'];
export type WiredOutput = keyof Wiring['outputs'];
