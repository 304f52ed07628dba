/** `t.match` takes a list that is longer than its pattern for a match. This does not. */
import type { Test } from 'tap';

export function exactly(
  t: Pick<Test, 'equal' | 'match'>,
  list: readonly unknown[] | undefined,
  pattern: readonly unknown[],
  message = 'the list',
): void {
  t.equal(list?.length, pattern.length, `${message}: as many as expected`);
  t.match(list, pattern, message);
}

/** In a pattern of `t.match` an empty list, for which it would take any. */
export const none = { length: 0 } as const;
