/** What the schema cannot say about the weight of a frame rule. */

import type { ProfileFinding } from './finding.ts';
import { checksOf, type FrameSchema } from './frame-schema.ts';
import { compilePattern } from './pattern.ts';
import type { Place } from './schema-parts.ts';
import type { WeightSchema } from './weight-schema.ts';

export function lintWeight(frame: FrameSchema, path: string): ProfileFinding[] {
  const { weight } = frame;
  if (!weight) return [];
  const fields = fieldsOf(frame);
  return [
    ...lintNumber(weight, path),
    ...lintText(weight, fields, path),
    ...placesOf(weight).flatMap(([key, place, values]) =>
      lintPlace(place, values, { fields, path: `${path}/weight/${key}` }),
    ),
    ...(checksOf(frame).length === 0 && canBeStable(weight) && !weight.stableAfterEqualFrames
      ? [
          {
            path: `${path}/weight`,
            message: 'a weight without a check must be repeated before it counts',
            hint: 'set stableAfterEqualFrames to 2 or more',
          },
        ]
      : []),
  ];
}

const canBeStable = ({ stable }: WeightSchema): boolean =>
  !('stable' in stable) || stable.stable.length > 0;

function fieldsOf({ pattern }: FrameSchema): readonly string[] {
  const parsed = pattern === undefined ? undefined : compilePattern(pattern);
  return parsed?.kind === 'pattern' ? parsed.pattern.fields : [];
}

function lintNumber({ digits, text, decimals }: WeightSchema, path: string): ProfileFinding[] {
  if ((digits === undefined) === (text === undefined))
    return [
      {
        path: `${path}/weight`,
        message: 'a weight has either digits or text',
        hint: 'digits where the decimal point is told apart, text where it stands in the value',
      },
    ];
  if ((digits === undefined) === (decimals === undefined)) return [];
  return [
    {
      path: `${path}/weight/decimals`,
      message: digits ? 'digits need decimals' : 'text carries its own decimal point',
      hint: digits ? 'add decimals, as in {"fixed": 0}' : 'remove decimals',
    },
  ];
}

function lintText(
  { text }: WeightSchema,
  fields: readonly string[],
  path: string,
): ProfileFinding[] {
  if (!text) return [];
  const isField = text.field !== undefined && text.at === undefined && text.length === undefined;
  const isPlace = text.field === undefined && text.at !== undefined && text.length !== undefined;
  if (!isField && !isPlace)
    return [
      {
        path: `${path}/weight/text`,
        message: 'text stands at a place or in a field',
        hint: 'give at and length, or field',
      },
    ];
  return text.field === undefined ? [] : lintField(text.field, fields, `${path}/weight/text`);
}

type ValuesByMeaning = readonly (readonly [meaning: string, values: readonly string[]])[];

/** Every place of a weight with the values it tells apart. */
function placesOf(weight: WeightSchema): readonly (readonly [string, Place, ValuesByMeaning])[] {
  const { sign, unit, basis, stable, decimals, noWeightWhen = [] } = weight;
  const places: (readonly [string, Place, ValuesByMeaning])[] = [];
  if (sign) places.push(['sign', sign, [['negative', [sign.negative]]]]);
  if (typeof unit === 'object') places.push(['unit', unit, listed(unit, ['kg', 't', 'g'])]);
  if (typeof basis === 'object')
    places.push(['basis', basis, listed(basis, ['gross', 'net', 'displayed'])]);
  if (!('infer' in stable) && !('bit' in stable))
    places.push(['stable', stable, listed(stable, ['stable', 'moving'])]);
  if (decimals && 'places' in decimals)
    places.push([
      'decimals',
      decimals,
      Object.keys(decimals.places).map((value) => [value, [value]] as const),
    ]);
  noWeightWhen.forEach((when, i) => {
    places.push([`noWeightWhen/${i}`, when, [['is', when.is]]]);
  });
  return places;
}

function listed<K extends string>(
  choice: { readonly [key in K]?: readonly string[] },
  keys: readonly K[],
): ValuesByMeaning {
  return keys.map((key) => [key, choice[key] ?? []] as const);
}

function lintPlace(
  place: Place,
  choices: ValuesByMeaning,
  { fields, path }: { fields: readonly string[]; path: string },
): ProfileFinding[] {
  const find = (message: string, hint: string): ProfileFinding[] => [{ path, message, hint }];
  if ((place.at === undefined) === (place.field === undefined))
    return find('a value stands at a place or in a field', 'give either at or field');
  const values = choices.flatMap(([, each]) => each);
  if (values.length === 0) return find('no value is listed', 'list at least one');
  if (place.field !== undefined) {
    if (place.mask !== undefined) return find('text has no mask', 'remove mask');
    return [...lintField(place.field, fields, path), ...lintTwice(values, path)];
  }
  const bytes = values.map((value) => value.replaceAll(' ', '').toUpperCase());
  if (!bytes.every((value) => /^(?:[0-9A-F]{2})+$/.test(value)))
    return find('values at a place are hexadecimal bytes', 'write "47" for G');
  if (new Set(bytes.map((value) => value.length)).size > 1)
    return find('values at a place are of one length', 'fill them up with the bytes that follow');
  if (place.mask === undefined) return lintTwice(bytes, path);
  const mask = Number.parseInt(place.mask, 16);
  if (bytes.some((value) => value.length > 2 || (Number.parseInt(value, 16) & ~mask) !== 0))
    return find('a value has bits that the mask hides', 'widen the mask or correct the value');
  return lintTwice(bytes, path);
}

function lintTwice(values: readonly string[], path: string): ProfileFinding[] {
  const twice = values.find((value, i) => values.indexOf(value) !== i);
  return twice === undefined
    ? []
    : [{ path, message: `"${twice}" is listed twice`, hint: 'a value has one meaning' }];
}

function lintField(field: string, fields: readonly string[], path: string): ProfileFinding[] {
  if (fields.includes(field)) return [];
  const known = fields.length === 0 ? 'the frame has no pattern' : `fields: ${fields.join(', ')}`;
  return [
    {
      path,
      message: `the pattern has no field "${field}"`,
      hint: `${known}; a field is written (?<${field}>…)`,
    },
  ];
}
