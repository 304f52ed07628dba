/**
 * Weights out of frames. Digits are shifted as text, so no value is bent by binary fractions before it is a
 * number of kilograms.
 */
import { hexBytes } from './frame-rules.ts';
import type { WeightSchema } from './stream.ts';

/** The value in kilograms; undefined where the field holds no number. */
export function weightOf(schema: WeightSchema, bytes: Uint8Array): number | undefined {
  const { digits, decimals, sign, unit } = schema;
  const field = bytes.subarray(digits.at, digits.at + digits.length);
  const text = String.fromCharCode(...field).trimStart();
  if (!/^\d+$/.test(text)) return undefined;
  const places = 'fixed' in decimals ? decimals.fixed : (bytes.at(decimals.at) ?? 0) - 0x30;
  const shift = places - (unit === 't' ? 3 : 0);
  const value = Number(shift >= 0 ? pointed(text, shift) : text + '0'.repeat(-shift));
  const negative = sign !== undefined && bytes.at(sign.at) === hexBytes(sign.negative)[0];
  return negative && value !== 0 ? -value : value;
}

function pointed(digits: string, places: number): string {
  const padded = digits.padStart(places + 1, '0');
  return `${padded.slice(0, padded.length - places)}.${padded.slice(padded.length - places)}0`;
}
