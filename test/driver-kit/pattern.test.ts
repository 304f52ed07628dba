import fc from 'fast-check';
import t from 'tap';
import { compilePattern, type Pattern } from '../../src/driver-kit/profile/pattern.ts';

function patternOf(text: string): Pattern {
  const parsed = compilePattern(text);
  if (parsed.kind === 'malformed') throw new Error(`${text}: ${parsed.message} at ${parsed.at}`);
  return parsed.pattern;
}

const bytesOf = (text: string) => Uint8Array.from(text, (c) => c.charCodeAt(0));

function fieldsOf(pattern: string, text: string): Record<string, string> | undefined {
  const matched = patternOf(pattern).match(bytesOf(text));
  return matched.kind === 'match' ? Object.fromEntries(matched.fields) : undefined;
}

t.test('a pattern takes its line apart into named fields', async (t) => {
  const line =
    '(?<state>ST|US),(?<basis>GS|NT) *(?<sign>[+-]?) *(?<value>\\d+(?:\\.\\d+)?)(?<unit>kg|g) *';
  t.strictSame(fieldsOf(line, 'ST,GS    20.7g  '), {
    state: 'ST',
    basis: 'GS',
    sign: '',
    value: '20.7',
    unit: 'g',
  });
  t.strictSame(fieldsOf(line, 'US,NT-  120kg')?.['sign'], '-');
  t.equal(fieldsOf(line, 'ST,GS    20.7'), undefined, 'it must match to the end');
  t.equal(fieldsOf(line, ' ST,GS    20.7g'), undefined, 'and from the beginning');
  t.strictSame(fieldsOf('(?<a>x*)(?<b>x*)', 'xxx'), { a: 'xxx', b: '' }, 'the first takes most');
  t.strictSame(fieldsOf('(?<a>a)?b', 'b'), {}, 'a field that was not there has no value');
  t.strictSame(fieldsOf('(?:(?<a>[0-9]),?)+', '1,2,3'), { a: '3' }, 'the last of a repetition');
  t.strictSame(fieldsOf('', ''), {});
});

t.test('what a pattern may not hold is refused with its place', async (t) => {
  for (const [pattern, at, message] of [
    ['(a)\\1', 1, /begins with/],
    ['(?<a>x)\\k<a>', 9, /not known/],
    ['(?=x)', 2, /nothing else is taken/],
    ['(?<=x)', 2, /nothing else is taken/],
    ['(?!x)', 2, /nothing else is taken/],
    ['^x', 0, /means nothing here/],
    ['x$', 1, /means nothing here/],
    ['x+?', 2, /is not repeated/],
    ['x**', 2, /is not repeated/],
    ['(?:x', 4, /not closed/],
    ['x)', 1, /no group to close/],
    ['[a', 2, /ends too early/],
    ['[z-a]', 4, /to a later one/],
    ['x{3,2}', 1, /at most 64/],
    ['x{99}', 1, /at most 64/],
    ['x{a}', 1, /is written/],
    ['*x', 0, /means nothing here/],
    ['\\q', 2, /not known/],
    ['\\xG0', 2, /two hexadecimal digits/],
    ['é', 1, /as \\x41/],
    ['x\\', 2, /ends too early/],
    ['(?:(?:(?:(?:(?:(?:(?:(?:(?:x)))))))))', 27, /nested deeper/],
    ['(?:(?:x{64}){64}){64}', 0, /too large/],
    [Array.from({ length: 9 }, (_, i) => `(?<f${i}>x)`).join(''), 0, /more than 8 fields/],
  ] as const) {
    const parsed = compilePattern(pattern);
    t.match(parsed, { kind: 'malformed', message }, pattern);
    if (parsed.kind === 'malformed') t.equal(parsed.at, at, pattern);
  }
});

t.test('patterns at which other matchers hang are judged at once', async (t) => {
  const line = bytesOf('a'.repeat(250));
  for (const pattern of ['(?:a*)*b', '(?:a|a)*b', '(?:a|aa)+b', 'a*a*a*a*a*a*a*a*b', '(?:a?){64}b'])
    t.strictSame(patternOf(pattern).match(line), { kind: 'no' }, pattern);
});

/** Patterns of the allowed kind, written for both matchers. */
const patterns = fc.letrec<{ node: string; atom: string }>((tie) => ({
  node: fc
    .array(
      fc
        .tuple(tie('atom'), fc.constantFrom('', '', '?', '*', '+', '{2}', '{0,2}', '{1,}'))
        .map(([atom, times]) => atom + times),
      { minLength: 1, maxLength: 4 },
    )
    .map((items) => items.join('')),
  atom: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom('a', 'b', '\\.', '[ab]', '[^a]', '\\d', '[a-c0-1]', '\\x61'),
    fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((nodes) => `(?:${nodes.join('|')})`),
  ),
})).node;

t.test('it agrees with the regular expressions of the language', async (t) => {
  fc.assert(
    fc.property(
      patterns,
      fc.array(fc.constantFrom('a', 'b', 'c', '.', '0', '1'), { maxLength: 8 }),
      (pattern, characters) => {
        const text = characters.join('');
        const parsed = compilePattern(pattern);
        if (parsed.kind === 'malformed') return /too large/.test(parsed.message);
        const isMatch = parsed.pattern.match(bytesOf(text)).kind === 'match';
        const first = text.charCodeAt(0);
        if (isMatch && text !== '' && !parsed.pattern.begins(first)) return false;
        return isMatch === new RegExp(`^(?:${pattern})$`).test(text);
      },
    ),
    { numRuns: 800, seed: 21 },
  );
  t.pass();
});
