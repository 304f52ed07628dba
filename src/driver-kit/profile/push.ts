/** The `push` block of a firmware profile: what a camera posts, and what it must be answered. */
import { type Static, Type } from '@sinclair/typebox';

const closed = { additionalProperties: false };
const Path = Type.String({
  pattern: '^[A-Za-z0-9_]+(\\.[A-Za-z0-9_]+)*$',
  description: 'Members from the root, by dots',
});

export const PushProfile = Type.Object(
  {
    bodyBytesMax: Type.Integer({ minimum: 1_024, maximum: 16_777_216 }),
    contentTypes: Type.Array(Type.String(), { minItems: 1 }),
    /** Seconds without a message, heartbeats included, after which the camera counts as silent; 0: it sends only events. */
    staleMs: Type.Integer({ minimum: 0, maximum: 3_600_000 }),
    /** Sent to every accepted message. It must never make the device act on its own. */
    answer: Type.String(),
    plate: Type.Optional(
      Type.Object(
        {
          root: Path,
          text: Path,
          confidence: Path,
          /** Confidence is divided by this. */
          confidenceScale: Type.Number({ exclusiveMinimum: 0 }),
          colour: Path,
          colours: Type.Record(
            Type.String(),
            Type.Union(
              ['blue', 'yellow', 'white', 'black', 'green', 'yellowGreen', 'other'].map((c) =>
                Type.Literal(c),
              ),
            ),
          ),
          noPlateWords: Type.Array(Type.String()),
          eventId: Type.Array(Path, { minItems: 1 }),
          /** Member that is not 0 where the camera had stored the reading while offline. */
          replayed: Path,
          capturedAtSeconds: Path,
          pictures: Type.Array(
            Type.Object(
              { path: Path, role: Type.Union([Type.Literal('scene'), Type.Literal('plate')]) },
              closed,
            ),
          ),
        },
        closed,
      ),
    ),
    containers: Type.Optional(
      Type.Object(
        {
          list: Path,
          number: Path,
          position: Path,
          positions: Type.Record(
            Type.String(),
            Type.Union(['front', 'rear', 'single', 'unknown'].map((p) => Type.Literal(p))),
          ),
          confidence: Path,
          confidenceScale: Type.Number({ exclusiveMinimum: 0 }),
          isoType: Path,
          eventId: Path,
        },
        closed,
      ),
    ),
    tests: Type.Array(
      Type.Object({ name: Type.String(), body: Type.Unknown(), expect: Type.Unknown() }, closed),
      { minItems: 1 },
    ),
  },
  closed,
);
export type PushProfile = Static<typeof PushProfile>;
