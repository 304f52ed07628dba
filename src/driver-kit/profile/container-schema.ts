/** Where container numbers stand in a line of text. */
import { type Static, Type } from '@sinclair/typebox';
import { closed } from './schema-parts.ts';

const Column = Type.Integer({
  minimum: 0,
  maximum: 31,
  description: 'Column of the line, counted from 0.',
});

const Position = Type.Union(
  (['front', 'rear', 'single', 'unknown'] as const).map((position) => Type.Literal(position)),
);

const Item = Type.Object(
  {
    number: Column,
    isoType: Type.Optional(Column),
    confidence: Type.Optional(Column),
    position: Type.Optional(
      Type.Union([Column, Position], {
        description: 'Its column, or the position that these columns always are of.',
      }),
    ),
  },
  { ...closed, description: 'Columns of one container.' },
);

export const Containers = Type.Object(
  {
    separator: Type.String({
      minLength: 1,
      maxLength: 1,
      description: 'Character between two columns. Blanks around a column are left out.',
    }),
    closing: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1,
        description:
          'Character that ends the last column, as `*` before a check; absent: the line ends it.',
      }),
    ),
    columns: Type.Tuple([Column, Column], {
      description: 'Fewest and most columns of the line; with another number it is not decoded.',
    }),
    items: Type.Array(Item, {
      minItems: 1,
      maxItems: 2,
      description:
        'Containers, in the order of the line. One whose number column is not there, or is a word of `none`, was not seen.',
    }),
    none: Type.Array(Type.String({ maxLength: 24 }), {
      maxItems: 16,
      description:
        'What stands in place of a number where there is no container; an empty column always does.',
    }),
    confidenceScale: Type.Union([Type.Literal(1), Type.Literal(100)], {
      description: 'Value that means certain; 100 where the device says percent.',
    }),
    positions: Type.Record(Type.String({ maxLength: 24 }), Position, {
      description: "The device's word for a position to ours; other words are `unknown`.",
    }),
    id: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 31,
        description: "Column of the device's own id of the capture.",
      }),
    ),
    live: Type.Optional(
      Type.Object(
        {
          column: Column,
          values: Type.Array(Type.String({ maxLength: 24 }), {
            minItems: 1,
            description: 'Words that mean "just now"; any other means that the capture is history.',
          }),
        },
        { ...closed, description: 'Where the line says that it is sent again.' },
      ),
    ),
  },
  {
    ...closed,
    description:
      'The line tells the containers of one capture, as columns of the text between `start` and the terminator.',
  },
);
export type ContainersSchema = Static<typeof Containers>;
