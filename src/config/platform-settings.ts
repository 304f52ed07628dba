/** The customs gate platform in the configuration: where it is, how it writes, and who may connect. */
import { type Static, Type } from '@sinclair/typebox';
import { closed, Milliseconds, Port, words } from './schema-parts.ts';

/** Numbers that customs gives to premises and lanes. */
export const CustomsNumber = (what: string) =>
  Type.String({
    pattern: '^[0-9A-Za-z]{10}$',
    description: `Number of the ${what} as customs assigned it, 10 digits or letters`,
  });

const Dialect = Type.Object(
  {
    headerBytes: Type.Unsafe<38 | 41>({
      type: 'integer',
      enum: [38, 41],
      default: 41,
      description: 'Bytes before the XML: 41 by the standard, 38 with a message code of one byte',
    }),
    messageCode: words(['binary', 'ascii'], {
      default: 'binary',
      description: 'A message code of four bytes is a number, or the text 0x21',
    }),
    byteOrder: words(['big', 'little'], {
      default: 'big',
      description: 'Order of the bytes of numbers',
    }),
    charset: words(['utf-8', 'gb18030'], {
      default: 'utf-8',
      description: 'Character set of the XML',
    }),
    identifier: words(['ones', 'zeros'], {
      default: 'ones',
      description: 'The four bytes behind the direction: FF or 00',
    }),
    imagesTotalCountsHeads: Type.Boolean({
      default: true,
      description: 'The total length of images counts the five bytes before each of them',
    }),
  },
  { ...closed, default: {} },
);

export const PlatformSettings = Type.Object(
  {
    premises: CustomsNumber('premises'),
    host: Type.String({ minLength: 1, description: 'Address of the platform' }),
    port: Port({ default: 9_005 }),
    connectWithinMs: Milliseconds(100, 30_000, 2_000, 'Wait for a connection'),
    answerWithinMs: Milliseconds(
      500,
      60_000,
      5_000,
      'Wait for the answer, from the question on; then the vehicle is decided on without it',
    ),
    utcOffsetMinutes: Type.Integer({
      minimum: -720,
      maximum: 840,
      default: 480,
      description: 'Of the time in sequence numbers, from UTC, minutes',
    }),
    gateDigit: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 9,
        description:
          'First digit of the counter in sequence numbers, another one for each gate of the premises; left out where there is one gate',
      }),
    ),
    dialect: Dialect,
    listen: Type.Optional(
      Type.Object(
        {
          host: Type.String({ minLength: 1, description: 'Address to listen on' }),
          port: Port({ default: 8_999 }),
          peers: Type.Array(Type.String({ minLength: 2 }), {
            minItems: 1,
            uniqueItems: true,
            description: 'Addresses of the platform; nobody else is listened to',
          }),
        },
        {
          ...closed,
          description: 'Where the platform connects to by itself; absent where it never does',
        },
      ),
    ),
  },
  {
    ...closed,
    description:
      'Customs gate platform (海关卡口平台) by JGS/T 14-2015, for lanes with a customsLane',
  },
);

export type PlatformSettings = Static<typeof PlatformSettings>;
