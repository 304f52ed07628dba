/** The `stream` block of a firmware profile: framing, fields and meaning of a serial protocol, as data. */
import { type Static, Type } from '@sinclair/typebox';
import { Check, FrameSchema } from './frame-schema.ts';
import { Basis, closed, HexBytes } from './schema-parts.ts';

const Link = Type.Object(
  {
    baud: Type.Array(Type.Integer({ minimum: 300, maximum: 921_600 }), {
      minItems: 1,
      description: 'Rates the device can be set to, the usual one first.',
    }),
    dataBits: Type.Union([Type.Literal(7), Type.Literal(8)], {
      description:
        'With 7, bit 7 of every byte is dropped: behind a device server that reads 8 bits it is the parity.',
    }),
    parity: Type.Union([Type.Literal('none'), Type.Literal('even'), Type.Literal('odd')], {
      description: 'Parity bit of the line.',
    }),
    stopBits: Type.Union([Type.Literal(1), Type.Literal(2)], {
      description: 'Stop bits of the line.',
    }),
  },
  { ...closed, description: 'The serial line.' },
);

const Flow = Type.Object(
  {
    staleMs: Type.Integer({
      minimum: 100,
      maximum: 86_400_000,
      description: 'Milliseconds without a good message after which the device counts as silent.',
    }),
    idleResetMs: Type.Integer({
      minimum: 5,
      maximum: 5_000,
      description: 'Silence after which a half frame will never be whole, in milliseconds.',
    }),
  },
  { ...closed, description: 'How the line flows.' },
);

const Poll = Type.Object(
  {
    send: HexBytes('The question.'),
    everyMs: Type.Integer({
      minimum: 20,
      maximum: 60_000,
      description: 'Sent when this time has come and the last one is answered or given up.',
    }),
    replyMs: Type.Integer({
      minimum: 20,
      maximum: 60_000,
      description: 'How long the device may take to answer; then the poll is given up.',
    }),
    addressAt: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 63,
        description: 'Which byte of `send` the device address of the site replaces.',
      }),
    ),
    addressAs: Type.Optional(
      Type.Union([Type.Literal('byte'), Type.Literal('letter')], {
        description: 'How the address is written, in polls and replies. `letter`: 1 is A, 26 is Z.',
      }),
    ),
    appendCheck: Type.Optional(
      Type.Boolean({ description: 'The check of the first frame rule is appended.' }),
    ),
    check: Type.Optional(
      Type.Object(Check.properties, {
        ...closed,
        description: 'A check that is written over the bytes of `send` at its place.',
      }),
    ),
    echo: Type.Optional(
      Type.Literal('drop', {
        description:
          'A half-duplex adapter may give back what was sent: an echo that comes before the reply is dropped.',
      }),
    ),
  },
  { ...closed, description: 'What is sent to make the device speak. Absent: it speaks by itself.' },
);
export type PollSchema = Static<typeof Poll>;

const InitStep = Type.Object(
  {
    send: HexBytes('What is said.'),
    expect: Type.Optional(
      HexBytes(
        'First bytes of the frame that answers. Without it the next step follows when `replyMs` is over.',
      ),
    ),
    replyMs: Type.Integer({
      minimum: 20,
      maximum: 60_000,
      description: 'How long the answer may take, in milliseconds.',
    }),
  },
  closed,
);

const ProfileTest = Type.Object(
  {
    name: Type.String({ minLength: 1, description: 'What the bytes are, in a few words.' }),
    hex: HexBytes('The bytes as they come over the line.'),
    weightsKg: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Weights in kg, as text so that no digit is lost, or the condition that stands in their place.',
      }),
    ),
    states: Type.Optional(
      Type.Array(Type.Union([Type.Literal('stable'), Type.Literal('moving')]), {
        description: 'State of each of them.',
      }),
    ),
    bases: Type.Optional(Type.Array(Basis, { description: 'Basis of each of them.' })),
    tags: Type.Optional(Type.Array(Type.String(), { description: 'Tags in hexadecimal.' })),
    antennas: Type.Optional(
      Type.Array(Type.Integer({ minimum: 0 }), { description: 'Antenna of each; 0 where none.' }),
    ),
    rssiDbm: Type.Optional(Type.Array(Type.Integer(), { description: 'Signal of each tag.' })),
    containers: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'Captures, each as `id: position number type certainty; …`, with `-` for what is not told, `none` without a container, and ` (history)` behind one that is sent again.',
      }),
    ),
    reject: Type.Optional(
      Type.String({
        description:
          'The fault it must raise; then it tells nothing, or error where a weight is not decoded.',
      }),
    ),
    provenance: Type.Union(
      [Type.Literal('capture'), Type.Literal('manual'), Type.Literal('computed')],
      { description: 'Where the bytes come from.' },
    ),
  },
  closed,
);
export type ProfileTest = Static<typeof ProfileTest>;

export const StreamProfile = Type.Object(
  {
    link: Link,
    flow: Flow,
    frames: Type.Array(FrameSchema, {
      minItems: 1,
      maxItems: 12,
      description:
        'Frame rules, asked in order at each byte. Where none takes the bytes, one byte is given up and counted.',
    }),
    poll: Type.Optional(Poll),
    init: Type.Optional(
      Type.Array(InitStep, {
        minItems: 1,
        maxItems: 16,
        description:
          'What is said to the device, in order, when the line is opened and again when it has been silent for `staleMs`. An answer that does not come begins it anew.',
      }),
    ),
    tests: Type.Array(ProfileTest, {
      minItems: 3,
      description:
        'Frames that prove the profile: read whole, cut at each byte, and joined in pairs.',
    }),
  },
  { ...closed, description: 'A byte stream: serial line, or serial line over TCP.' },
);
export type StreamProfile = Static<typeof StreamProfile>;
