/**
 * The `push` block of a profile: how to read what a camera posts and what to answer it. Paths are keys
 * joined by dots from the top of the JSON body (in `container`, from one entry of the list); they are no
 * expressions. What a path does not find is absent in the observation, never a default.
 */
import { type Static, Type } from '@sinclair/typebox';

const strict = { additionalProperties: false };
const Path = Type.String({ pattern: '^[^.\\s]+(\\.[^.\\s]+)*$', maxLength: 200 });
const Role = Type.Union(
  ['scene', 'plate', 'container', 'other'].map((role) =>
    Type.Literal(role as 'scene' | 'plate' | 'container' | 'other'),
  ),
);

/** Device time: a label only, so an unreadable one is dropped and counted. */
const CapturedAt = Type.Object(
  {
    path: Path,
    form: Type.Union([
      Type.Literal('epochSeconds'),
      Type.Literal('epochMs'),
      /** ISO 8601 text with an offset or Z. */
      Type.Literal('iso8601'),
    ]),
    /** Microseconds to add, where they stand apart. */
    microsPath: Type.Optional(Path),
  },
  strict,
);

const Picture = Type.Object({ path: Path, role: Role }, strict);

const Shared = {
  /** The device's own id of a reading is these joined by a colon; one missing makes it absent. */
  eventId: Type.Optional(Type.Array(Path, { minItems: 1, maxItems: 4 })),
  /** `live` lists the values that mean "happened just now"; any other value present means replayed. */
  offline: Type.Optional(
    Type.Object(
      {
        path: Path,
        live: Type.Array(Type.Union([Type.Number(), Type.Boolean(), Type.String()])),
      },
      strict,
    ),
  ),
  capturedAt: Type.Optional(CapturedAt),
};

const confidenceScale = Type.Union([Type.Literal(1), Type.Literal(100)]);

const PlateMap = Type.Object(
  {
    text: Path,
    colour: Type.Optional(Path),
    confidence: Type.Optional(Path),
    /** Value that means certain; 100 where the device says percent. */
    confidenceScale,
    /** Device's colour code, as text, to ours; codes left out mean the colour is not known. */
    colours: Type.Record(
      Type.String(),
      Type.Union(
        (['blue', 'yellow', 'white', 'black', 'green', 'yellowGreen', 'other'] as const).map(
          (colour) => Type.Literal(colour),
        ),
      ),
    ),
    /** Texts by which the device says that it saw a vehicle and no plate. */
    noPlate: Type.Array(Type.String()),
    pictures: Type.Array(Picture, { maxItems: 8 }),
    ...Shared,
  },
  strict,
);

const ContainerMap = Type.Object(
  {
    /** Path of the list; an empty one is the camera's statement that there is no container. */
    list: Path,
    number: Path,
    position: Type.Optional(Path),
    isoType: Type.Optional(Path),
    confidence: Type.Optional(Path),
    confidenceScale,
    positions: Type.Record(
      Type.String(),
      Type.Union(
        (['front', 'rear', 'single', 'unknown'] as const).map((position) => Type.Literal(position)),
      ),
    ),
    /** List of pictures: path of the list, and of the base64 text in one entry. */
    images: Type.Optional(Type.Object({ list: Path, data: Path, role: Role }, strict)),
    ...Shared,
  },
  strict,
);

const PushTest = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    contentType: Type.Optional(Type.String()),
    /** A JSON value, or text that is sent as it stands. */
    body: Type.Unknown(),
    expect: Type.Object(
      {
        status: Type.Integer({ minimum: 200, maximum: 599 }),
        observations: Type.Array(Type.Unknown()),
        faults: Type.Optional(Type.Integer({ minimum: 0 })),
        pictures: Type.Optional(Type.Integer({ minimum: 0 })),
      },
      strict,
    ),
  },
  strict,
);

export const PushProfile = Type.Object(
  {
    /** Bytes. Pictures in base64 make 1.2 MB common. */
    bodyBytesMax: Type.Integer({ minimum: 1024, maximum: 16 * 1024 * 1024 }),
    /** Without parameters, lower case; the empty text stands for a request that names none. */
    contentTypes: Type.Array(Type.String(), { minItems: 1 }),
    /** Of these, bodies that are never JSON and never a reading (form heartbeats): answered and not read. */
    unreadContentTypes: Type.Array(Type.String()),
    /** Milliseconds without any message after which the device counts as silent. */
    staleAfterMs: Type.Integer({ minimum: 1000, maximum: 86_400_000 }),
    /** A body is of the first kind whose path is present. */
    recognise: Type.Array(
      Type.Object(
        {
          path: Path,
          as: Type.Union([
            Type.Literal('plate'),
            Type.Literal('containers'),
            Type.Literal('ignored'),
          ]),
        },
        strict,
      ),
      { minItems: 1 },
    ),
    plate: Type.Optional(PlateMap),
    containers: Type.Optional(ContainerMap),
    /** Answer to every body that was understood, with status 200. It must never order the device to act. */
    answer: Type.Record(Type.String(), Type.Unknown()),
    tests: Type.Array(PushTest, { minItems: 1 }),
  },
  strict,
);
export type PushProfile = Static<typeof PushProfile>;
export type PlateMap = Static<typeof PlateMap>;
export type ContainerMap = Static<typeof ContainerMap>;
