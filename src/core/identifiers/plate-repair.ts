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

function isOneConfusionAway(read: string, plate: string): boolean {
  const [a, b] = [[...read], [...plate]];
  if (a.length !== b.length) return false;
  const different = a.flatMap((character, at) =>
    character === b[at] ? [] : [[character, b[at] ?? ''] as const],
  );
  const [first] = different;
  return different.length === 1 && first !== undefined && areConfused(...first);
}

function areConfused(a: string, b: string): boolean {
  return confused.some((group) => group.includes(a) && group.includes(b));
}
