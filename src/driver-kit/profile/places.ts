/** Reads the value at a place of a frame, as the profile writes it: hexadecimal bytes, or the text of a field. */

import { hexBytes } from './frame-rules.ts';
import { hexOf } from './hex.ts';
import type { Place } from './schema-parts.ts';

/** A whole frame and the named fields of its pattern. */
export interface FrameContent {
  readonly bytes: Uint8Array;
  readonly fields: ReadonlyMap<string, string>;
}

/** What the value at the place stands for; undefined where it is none of the table. */
export type Lookup<T> = (content: FrameContent) => T | undefined;

export function compileLookup<T>(
  place: Place,
  table: readonly (readonly [values: readonly string[] | undefined, meaning: T])[],
): Lookup<T> {
  const meanings = new Map<string, T>();
  for (const [values = [], meaning] of table) {
    for (const value of values) meanings.set(normalised(place, value), meaning);
  }
  const { at, field } = place;
  if (field !== undefined) return ({ fields }) => meanings.get(fields.get(field) ?? '');
  const length = lengthOfValues(table);
  const mask = place.mask === undefined ? undefined : Number.parseInt(place.mask, 16);
  return ({ bytes }) => {
    const from = absolute(at ?? 0, bytes);
    const value = bytes.subarray(from, from + length);
    return meanings.get(hexOf(mask === undefined ? value : Uint8Array.of((value[0] ?? 0) & mask)));
  };
}

/** `at` as it counts from the first byte. */
export const absolute = (at: number, bytes: Uint8Array): number =>
  at < 0 ? bytes.length + at : at;

function lengthOfValues<T>(
  table: readonly (readonly [values: readonly string[] | undefined, meaning: T])[],
): number {
  const first = table.flatMap(([values = []]) => values)[0];
  return first === undefined ? 1 : hexBytes(first).length;
}

const normalised = (place: Place, value: string): string =>
  place.field === undefined ? value.replaceAll(' ', '').toUpperCase() : value;
