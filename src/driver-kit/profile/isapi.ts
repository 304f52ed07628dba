/**
 * The `isapi` block of a profile: alerts of a camera as XML (`EventNotificationAlert`), posted to us or written
 * into a stream that we ask for. A place is a way down from the outermost element by names without prefixes, as
 * `ANPR/licensePlate`; the first place of a list that is there counts, and where none is the value is absent.
 */
import { type Static, Type } from '@sinclair/typebox';

const strict = { additionalProperties: false };
const words = <const T extends readonly string[]>(values: T) =>
  Type.Union(values.map((value) => Type.Literal(value as T[number])));

const Name = '[A-Za-z_][A-Za-z0-9._-]*';
const Places = Type.Array(Type.String({ pattern: `^${Name}(/${Name})*$`, maxLength: 200 }), {
  minItems: 1,
  maxItems: 4,
});

const Direction = words(['forward', 'reverse', 'unknown']);

const Reading = Type.Object(
  {
    text: Places,
    confidence: Type.Optional(Places),
    /** Value that means certain; 100 where the camera says percent. */
    confidenceScale: Type.Union([Type.Literal(1), Type.Literal(100)]),
    colour: Type.Optional(Places),
    /** Camera's word for a colour, in lower case, to ours; words left out mean that it is not known. */
    colours: Type.Record(
      Type.String(),
      words(['blue', 'yellow', 'white', 'black', 'green', 'yellowGreen', 'other']),
    ),
    /** Texts by which the camera says that it saw a vehicle and no plate; an empty one says so always. */
    noPlate: Type.Array(Type.String()),
    /** The camera's own id of the reading; a repeat of it is dropped. */
    eventId: Type.Optional(Places),
    /** Number of the camera's detection line, by which a site leaves out the lane beside its own. */
    line: Type.Optional(Places),
    direction: Type.Optional(Places),
    /** Camera's word for a direction, in lower case, to ours; other words are `unknown`. */
    directions: Type.Record(Type.String(), Direction),
    /** Values that mean "seen just now"; any other value present means that the reading is history. */
    live: Type.Optional(
      Type.Object({ at: Places, values: Type.Array(Type.String(), { minItems: 1 }) }, strict),
    ),
    /** Name of a picture's part, without extension and in lower case, to what it shows. */
    pictures: Type.Record(Type.String(), words(['scene', 'plate', 'other'])),
  },
  strict,
);

const IsapiTest = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    /** The alert as a document of its own, XML or JSON, one line for each entry. */
    xml: Type.Array(Type.String(), { minItems: 1 }),
    /** Camera's clock when the alert arrived, ISO 8601; the alert's own time if left out. */
    cameraTime: Type.Optional(Type.String()),
    expect: Type.Object(
      {
        observations: Type.Array(Type.Unknown()),
        faults: Type.Optional(Type.Integer({ minimum: 0 })),
      },
      strict,
    ),
  },
  strict,
);

export const IsapiProfile = Type.Object(
  {
    stream: Type.Object(
      {
        /** What is asked for, with GET. */
        path: Type.String({ pattern: '^/[!-~]*$', maxLength: 200 }),
        /** A stream without one whole part for so long is given up and asked for anew, ms. */
        silenceMs: Type.Integer({ minimum: 2_000, maximum: 600_000 }),
      },
      strict,
    ),
    push: Type.Object(
      {
        /** Without parameters, lower case. */
        contentTypes: Type.Array(Type.String(), { minItems: 1 }),
        bodyBytesMax: Type.Integer({ minimum: 1_024, maximum: 16_777_216 }),
        partsMax: Type.Integer({ minimum: 1, maximum: 64 }),
        /** Milliseconds without any message after which the camera counts as silent; 0 for never. */
        staleAfterMs: Type.Integer({ minimum: 0, maximum: 86_400_000 }),
      },
      strict,
    ),
    /** Bytes of one part: a picture, or an alert. */
    partBytesMax: Type.Integer({ minimum: 4_096, maximum: 8_388_608 }),
    /** UTF-16 units of one alert. */
    alertLengthMax: Type.Integer({ minimum: 1_024, maximum: 262_144 }),
    events: Type.Object(
      {
        /** Name of the outermost element. */
        root: Type.String({ pattern: `^${Name}$`, maxLength: 64 }),
        kind: Places,
        /** Kinds that tell of a plate; alerts of all others only prove that the camera is alive. */
        plates: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 8 }),
        /** Kinds that are written again and again and never stored: their time is the camera's clock. */
        heartbeats: Type.Array(Type.String({ minLength: 1 }), { maxItems: 8 }),
        state: Type.Optional(Places),
        /** States in which it happens; any other one that is told means that it is over. */
        active: Type.Array(Type.String({ minLength: 1 }), { maxItems: 4 }),
        /** The camera's time, ISO 8601. */
        time: Places,
      },
      strict,
    ),
    reading: Reading,
    /**
     * A reading whose time is further than this from the camera's clock is history and never opens, ms. The
     * clock is known from its heartbeats; before the first of them, the gate's own stands in.
     */
    lateMs: Type.Integer({ minimum: 1_000, maximum: 60_000 }),
    tests: Type.Array(IsapiTest, { minItems: 1 }),
  },
  strict,
);
export type IsapiProfile = Static<typeof IsapiProfile>;
