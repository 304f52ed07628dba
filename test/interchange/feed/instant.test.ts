import fc from 'fast-check';
import t from 'tap';
import { instantMs } from '../../../src/interchange/feed/instant.ts';

t.test('a time that exists is that moment, by whatever offset it is written', async (t) => {
  for (const [text, same] of [
    ['2026-11-23T08:00:00Z', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23T16:00:00+08:00', '2026-11-23T08:00:00.000Z'],
    ['2026-11-23T08:00:00.123456789Z', '2026-11-23T08:00:00.123Z'],
    ['2024-02-29T23:59:59-23:59', '2024-03-01T23:58:59.000Z'],
    ['2000-02-29T00:00:00Z', '2000-02-29T00:00:00.000Z'],
    ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
    ['9999-12-31T23:59:59Z', '9999-12-31T23:59:59.000Z'],
  ] as const) {
    t.equal(instantMs(text), new Date(same).getTime(), text);
  }
  fc.assert(
    fc.property(
      fc.date({
        min: new Date('0001-01-01T00:00:00Z'),
        max: new Date('9999-12-31T23:59:59Z'),
        noInvalidDate: true,
      }),
      (date) => instantMs(date.toISOString()) === date.getTime(),
    ),
  );
});

t.test('a time of the right form that does not exist is no time', async (t) => {
  for (const text of [
    '2025-13-45T00:00:00Z',
    '2025-00-10T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-02-29T00:00:00Z',
    '1900-02-29T00:00:00Z',
    '2026-04-31T00:00:00Z',
    '2026-04-00T00:00:00Z',
    '2026-11-23T24:00:00Z',
    '2026-11-23T08:60:00Z',
    '2016-12-31T23:59:60Z',
    '2026-11-23T08:00:00+24:00',
    '2026-11-23T08:00:00+08:60',
  ]) {
    t.equal(instantMs(text), undefined, text);
  }
});

t.test('what has not the form is no time', async (t) => {
  for (const text of [
    '',
    'yesterday',
    '2026-11-23',
    '2026-11-23T08:00:00',
    '2026-11-23 08:00:00Z',
    '2026-11-23t08:00:00z',
    '2026-11-23T08:00:00+0800',
    '2026-11-23T08:00:00.Z',
    '+002026-11-23T08:00:00Z',
    '２026-11-23T08:00:00Z',
    '2026-11-23T08:00:00Z\n',
  ]) {
    t.equal(instantMs(text), undefined, JSON.stringify(text));
  }
});

t.test('a day exists where the calendar of another program has it', async (t) => {
  const two = (n: number) => String(n).padStart(2, '0');
  fc.assert(
    fc.property(
      fc.integer({ min: 1583, max: 9999 }),
      fc.integer({ min: 0, max: 14 }),
      fc.integer({ min: 0, max: 33 }),
      (year, month, day) => {
        const date = new Date(Date.UTC(year, month - 1, day));
        const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
        const text = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}T00:00:00Z`;
        return instantMs(text) === (exists ? date.getTime() : undefined);
      },
    ),
    { numRuns: 2_000 },
  );
  t.pass();
});
