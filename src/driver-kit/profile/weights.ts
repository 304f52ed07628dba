/**
 * Weights out of frames. Digits are shifted as text, so no value is bent by binary fractions before it is a
 * number of kilograms. What is not in a table of the profile is no weight, never a default.
 */

import { absolute, compileLookup, type FrameContent, type Lookup } from './places.ts';
import type { Basis } from './schema-parts.ts';
import type { NoWeightSchema, WeightSchema } from './weight-schema.ts';

/** What a frame says about the weight, before anything of earlier frames is added. */
export type WeightTold =
  | {
      readonly kind: 'weight';
      readonly weightKg: number;
      readonly basis: Basis;
      /** `untold`: the frame does not say. */
      readonly stability: 'stable' | 'moving' | 'untold';
    }
  | ({ readonly kind: 'noWeight' } & NoWeightSchema)
  | { readonly kind: 'undecodable'; readonly detail: string };

export type WeightReader = (content: FrameContent) => WeightTold;

type Unit = 'kg' | 't' | 'g';
/** Decimals that the unit adds to those of the display. */
const unitPlaces: Readonly<Record<Unit, number>> = { kg: 0, t: -3, g: 3 };

export function compileWeight(schema: WeightSchema): WeightReader {
  const basisOf = compileBasis(schema);
  const unitOf = compileUnit(schema);
  const stabilityOf = compileStability(schema);
  const numberOf = compileNumber(schema);
  const { sign } = schema;
  const isNegative = sign ? compileLookup(sign, [[[sign.negative], true]]) : () => false;
  const conditions = (schema.noWeightWhen ?? []).map((when) =>
    compileLookup(when, [[when.is, when.condition]]),
  );
  return (content) => {
    for (const conditionOf of conditions) {
      const condition = conditionOf(content);
      if (condition) return { kind: 'noWeight', condition, basis: basisOf(content) ?? 'displayed' };
    }
    const number = numberOf(content);
    if (number === undefined) return undecodable('the field of the weight holds no number');
    const unit = unitOf(content);
    if (unit === undefined) return undecodable('the unit is none that the profile takes');
    const basis = basisOf(content);
    if (basis === undefined) return undecodable('the frame says neither gross nor net');
    const stability = stabilityOf(content);
    if (stability === undefined) return undecodable('the frame says neither stable nor moving');
    const value = shifted(number.digits, number.places + unitPlaces[unit]);
    const weightKg = isNegative(content) && value !== 0 ? -value : value;
    return { kind: 'weight', weightKg, basis, stability };
  };
}

const undecodable = (detail: string): WeightTold => ({ kind: 'undecodable', detail });

function compileBasis({ basis }: WeightSchema): Lookup<Basis> {
  if (typeof basis === 'string') return () => basis;
  return compileLookup<Basis>(basis, [
    [basis.gross, 'gross'],
    [basis.net, 'net'],
    [basis.displayed, 'displayed'],
  ]);
}

function compileUnit({ unit }: WeightSchema): Lookup<Unit> {
  if (typeof unit === 'string') return () => unit;
  return compileLookup<Unit>(unit, [
    [unit.kg, 'kg'],
    [unit.t, 't'],
    [unit.g, 'g'],
  ]);
}

function compileStability({ stable }: WeightSchema): Lookup<'stable' | 'moving' | 'untold'> {
  if ('infer' in stable) return () => 'untold';
  if (!('bit' in stable))
    return compileLookup<'stable' | 'moving'>(stable, [
      [stable.stable, 'stable'],
      [stable.moving, 'moving'],
    ]);
  const { at, mask, stableWhenSet } = stable.bit;
  return ({ bytes }) =>
    (((bytes.at(at) ?? 0) & mask) !== 0) === stableWhenSet ? 'stable' : 'moving';
}

/** A whole number by its digits, and how many of them are decimals; negative where zeros follow. */
interface Numeral {
  readonly digits: string;
  readonly places: number;
}

function compileNumber(schema: WeightSchema): (content: FrameContent) => Numeral | undefined {
  const { digits, text } = schema;
  if (text) return compileText(text);
  if (!digits) return () => undefined;
  const placesOf = compilePlaces(schema);
  return (content) => {
    const from = absolute(digits.at, content.bytes);
    const shown = textOf(content.bytes.subarray(from, from + digits.length)).trimStart();
    const places = placesOf(content);
    return /^\d+$/.test(shown) && places !== undefined ? { digits: shown, places } : undefined;
  };
}

function compileText(text: NonNullable<WeightSchema['text']>) {
  const { at = 0, length = 1, field, reversed } = text;
  return ({ bytes, fields }: FrameContent): Numeral | undefined => {
    const from = absolute(at, bytes);
    const written =
      field === undefined ? textOf(bytes.subarray(from, from + length)) : (fields.get(field) ?? '');
    const shown = (reversed ? [...written].reverse().join('') : written).trim();
    const [, whole, decimals = ''] = /^(\d{1,12})(?:\.(\d{0,12}))?$/.exec(shown) ?? [];
    return whole === undefined ? undefined : { digits: whole + decimals, places: decimals.length };
  };
}

function compilePlaces({ decimals }: WeightSchema): Lookup<number> {
  if (decimals === undefined) return () => 0;
  if ('fixed' in decimals) return () => decimals.fixed;
  if ('places' in decimals)
    return compileLookup(
      decimals,
      Object.entries(decimals.places).map(([value, places]) => [[value], places] as const),
    );
  return ({ bytes }) => {
    const places = (bytes.at(decimals.at) ?? 0) - 0x30;
    return places >= 0 && places <= 9 ? places : undefined;
  };
}

const textOf = (bytes: Uint8Array): string => String.fromCharCode(...bytes);

function shifted(digits: string, places: number): number {
  if (places <= 0) return Number(digits + '0'.repeat(-places));
  const padded = digits.padStart(places + 1, '0');
  return Number(`${padded.slice(0, padded.length - places)}.${padded.slice(-places)}`);
}
