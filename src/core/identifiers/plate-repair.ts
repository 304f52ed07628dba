/**
 * What a misread plate may have been. A plate has no check digit: only the plates that are expected here can tell,
 * and one counts only where it alone is near and another witness, as a tag, names the same vehicle.
 */
import { normalisePlateText, type PlateText, parsePlate } from './vehicle-plate.ts';

/** Characters that cameras take for each other. */
const confused = [
  '0ODQ',
  '1IL7T',
  '2Z',
  '5S',
  '6G',
  '8B',
  '4A',
  'CG',
  'UV',
  'MNW',
  '津沪',
  '皖赣',
  '苏陕',
  '鲁鄂',
  '挂桂',
  '港澳',
] as const;

/** The one expected plate that differs from the text in one confused character; none where several do. */
export function nearestPlate(text: string, expected: readonly string[]): PlateText | undefined {
  const read = normalisePlateText(text);
  const near = new Set(
    expected.map(normalisePlateText).filter((plate) => isOneConfusionAway(read, plate)),
  );
  const [only] = near;
  if (only === undefined || near.size > 1) return undefined;
  const parsed = parsePlate(only);
  return parsed.kind === 'plate' ? parsed.text : undefined;
}

/** Whether a text is the plate, or what a camera may have made of it: it is no proof of another vehicle then. */
export function mayBeReadingOf(text: string, plate: string): boolean {
  const [a, b] = [[...normalisePlateText(text)], [...normalisePlateText(plate)]];
  if (a.length === b.length) return differencesOf(a, b).every((pair) => areConfused(...pair));
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (long.length - short.length > 1) return false;
  const at = short.findIndex((character, place) => character !== long[place]);
  const place = at < 0 ? short.length : at;
  return short.slice(place).join('') === long.slice(place + 1).join('');
}

function isOneConfusionAway(read: string, plate: string): boolean {
  const [a, b] = [[...read], [...plate]];
  if (a.length !== b.length) return false;
  const [first, ...others] = differencesOf(a, b);
  return first !== undefined && others.length === 0 && areConfused(...first);
}

function differencesOf(a: readonly string[], b: readonly string[]) {
  return a.flatMap((character, at) =>
    character === b[at] ? [] : [[character, b[at] ?? ''] as const],
  );
}

function areConfused(a: string, b: string): boolean {
  return confused.some((group) => group.includes(a) && group.includes(b));
}
