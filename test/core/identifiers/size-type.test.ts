import fc from 'fast-check';
import t from 'tap';
import { parseSizeType } from '../../../src/core/identifiers/size-type.ts';

t.test('codes as painted, as sent, and as they were painted before 1995', async (t) => {
  for (const [code, expected] of [
    ['22G1', { form: 'type', lengthMm: 6_058, heightMm: 2_591, group: 'generalPurpose' }],
    ['45R1', { form: 'type', lengthMm: 12_192, heightMm: 2_896, group: 'reefer' }],
    ['LEG1', { form: 'type', lengthMm: 13_716, heightMm: 2_896, group: 'generalPurpose' }],
    ['22gp', { code: '22GP', form: 'group', group: 'generalPurpose', reducedStrength: false }],
    ['42 UT', { code: '42UT', form: 'group', group: 'openTop' }],
    ['22GB', { form: 'type', group: 'generalPurpose', reducedStrength: true }],
    ['4310', { form: 'old', lengthMm: 12_192, heightMm: 2_591 }],
    ['2210', { form: 'old', lengthMm: 6_058 }],
    ['22P3', { group: 'platform' }],
    ['22T6', { group: 'tank' }],
  ] as const)
    t.match(parseSizeType(code), { kind: 'sizeType', ...expected }, code);
});

t.test('a code that no table has is kept, and what it says is left open', async (t) => {
  const parsed = parseSizeType('9XK7');
  t.match(parsed, { kind: 'sizeType', code: '9XK7', form: 'type' });
  for (const member of ['lengthMm', 'heightMm', 'group']) t.notOk(member in parsed, member);
});

t.test('what is no code says what one is', async (t) => {
  for (const text of ['', '22G', '22G12', '2 2', 'GGGG!', '22-1G2'])
    t.match(parseSizeType(text), { kind: 'malformed', hint: /four characters/ }, text);
  fc.assert(fc.property(fc.string(), (text) => parseSizeType(text).kind.length > 0));
});
