/**
 * The `onvif` block of a profile: how the camera is asked for its messages, which topics tell of plates, and
 * where in such a message a plate stands. A place is written `Source/Rule`, `Data/PlateNumber` or
 * `Data/LicensePlateInfo/LicensePlateInfo/PlateNumber@Likelihood`: the group, the name of the item, elements
 * inside it, an attribute. The first place of a list that is there counts; where none is, the value is absent.
 */
import { type Static, Type } from '@sinclair/typebox';

const strict = { additionalProperties: false };
const words = <const T extends readonly string[]>(values: T) =>
  Type.Union(values.map((value) => Type.Literal(value as T[number])));

const Prefix = '[A-Za-z_][A-Za-z0-9._-]*';
const Name = `(${Prefix}:)?${Prefix}`;
const Places = Type.Array(
  Type.String({
    pattern: `^(Source|Key|Data)/[^/@\\s]+(/${Name})*(@${Prefix})?$`,
    maxLength: 200,
  }),
  { minItems: 1, maxItems: 4 },
);

/** How the camera is spoken to; the transport's part of the block. */
export const OnvifService = Type.Object(
  {
    /** `usernameToken`: digest of password, nonce and time in the message (WS-Security); else HTTP digest. */
    auth: words(['usernameToken', 'httpDigest']),
    /**
     * Whose time stands in the token. `gate` is for firmware that tells local time as its UTC time and yet
     * checks the token against true UTC.
     */
    tokenTime: words(['camera', 'gate']),
    pull: Type.Object(
      {
        /** Seconds a fetch waits for messages. Some cameras cut the connection at 10. */
        timeoutS: Type.Integer({ minimum: 1, maximum: 60 }),
        messageLimit: Type.Integer({ minimum: 1, maximum: 100 }),
        /** Seconds the subscription is asked to last, without a fetch or a renewal. */
        lifetimeS: Type.Integer({ minimum: 20, maximum: 600 }),
        /** Renew at half of its life. By the standard a fetch prolongs it too; some cameras obey one only. */
        renew: Type.Boolean(),
        /** Subscribe to the topics alone. Not every camera takes a filter. */
        filter: Type.Boolean(),
      },
      strict,
    ),
    /** Bytes of an answer. More are needed only where the camera sends pictures in its messages. */
    answerBytesMax: Type.Integer({ minimum: 16_384, maximum: 4_194_304 }),
    /** Still picture by GetSnapshotUri; left out where the camera has none worth keeping. */
    snapshot: Type.Optional(
      Type.Object(
        {
          bytesMax: Type.Integer({ minimum: 1_024, maximum: 8_388_608 }),
          timeoutMs: Type.Integer({ minimum: 100, maximum: 10_000 }),
          /** Basic sends the password itself: over TLS only, unless the profile says `anywhere`. */
          basic: words(['never', 'overTls', 'anywhere']),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type OnvifService = Static<typeof OnvifService>;

const Reading = Type.Object(
  {
    text: Places,
    confidence: Type.Optional(Places),
    /** Value that means certain; 100 where the camera says percent. */
    confidenceScale: Type.Union([Type.Literal(1), Type.Literal(100)]),
    /**
     * What no certainty means. By ONVIF a missing Likelihood is 1.0; a camera that never gives one would then
     * be certain of everything and decide alone, so it is unknown unless the maker documents otherwise.
     */
    missingConfidence: words(['unknown', 'certain']),
    colour: Type.Optional(Places),
    /** Camera's word for a colour, in lower case, to ours; words left out mean that it is not known. */
    colours: Type.Record(
      Type.String(),
      words(['blue', 'yellow', 'white', 'black', 'green', 'yellowGreen', 'other']),
    ),
    country: Type.Optional(Places),
    /** Texts by which the camera says that it saw a vehicle and no plate. */
    noPlate: Type.Array(Type.String()),
    /** The camera's id of a reading is these and its UtcTime, joined by colons; one missing makes it absent. */
    eventId: Type.Optional(Type.Array(Places, { minItems: 1, maxItems: 4 })),
    /** Values that mean "seen just now"; any other value present means that the reading is history. */
    live: Type.Optional(
      Type.Object({ at: Places, values: Type.Array(Type.String(), { minItems: 1 }) }, strict),
    ),
    /** Pictures in base64 inside the message. */
    pictures: Type.Array(
      Type.Object({ at: Places, role: words(['scene', 'plate', 'other']) }, strict),
      { maxItems: 4 },
    ),
  },
  strict,
);

const OnvifTest = Type.Object(
  {
    title: Type.String({ minLength: 1 }),
    /** The NotificationMessage as a document of its own, one line for each entry. */
    xml: Type.Array(Type.String(), { minItems: 1 }),
    /** Camera's clock when it was fetched, ISO 8601 with Z; the message's own time if left out. */
    cameraTime: Type.Optional(Type.String()),
    expect: Type.Object(
      {
        observations: Type.Array(Type.Unknown()),
        faults: Type.Optional(Type.Integer({ minimum: 0 })),
        pictures: Type.Optional(Type.Integer({ minimum: 0 })),
      },
      strict,
    ),
  },
  strict,
);

export const OnvifProfile = Type.Object(
  {
    service: OnvifService,
    /** Prefixes as used in this profile; the camera's own may be others. */
    namespaces: Type.Record(
      Type.String({ pattern: `^${Prefix}$` }),
      Type.String({ minLength: 1, maxLength: 200 }),
    ),
    /** Topics that tell of a plate, as `tns1:RuleEngine/Recognition/LicensePlate`. */
    topics: Type.Array(Type.String({ pattern: `^${Name}(/${Name})*$`, maxLength: 200 }), {
      minItems: 1,
      maxItems: 8,
    }),
    reading: Reading,
    /** A reading older than this by the camera's own clock is history and never opens, ms. */
    lateMs: Type.Integer({ minimum: 1_000, maximum: 60_000 }),
    /**
     * What tells the age of a reading. `cameraClock`: its UtcTime against the camera's time of the same
     * answer. `fetch`: only how long it can have waited since the fetch before; for firmware whose UtcTime
     * cannot be used.
     */
    ageBy: words(['cameraClock', 'fetch']),
    tests: Type.Array(OnvifTest, { minItems: 1 }),
  },
  strict,
);
export type OnvifProfile = Static<typeof OnvifProfile>;
