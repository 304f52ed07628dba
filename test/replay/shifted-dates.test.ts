/** Dates of an ISAPI camera move to now, whatever they are cut by, and nothing else of its bytes does. */
import t from 'tap';
import type { RecordedEntry } from '../../src/ports/recording.ts';
import {
  piecesWithShiftedDates,
  withHeadsOfNow,
  withShiftedDates,
} from '../../src/replay/shifted-dates.ts';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const text = (of: Uint8Array) => Buffer.from(of).toString('latin1');
const hourMs = 3_600_000;

t.test('a date goes on by seconds, in XML and in JSON, with any offset', async (t) => {
  const before =
    'é<dateTime>2026-11-30T23:59:59+08:00</dateTime>{"dateTime": "2026-12-01T00:00:00Z"}';
  t.equal(
    text(withShiftedDates(bytes(before), hourMs + 400)),
    'é<dateTime>2026-12-01T00:59:59+08:00</dateTime>{"dateTime": "2026-12-01T01:00:00Z"}',
  );
});

t.test('what is no date of the message stays as it is', async (t) => {
  for (const each of ['<dateTime>2026-13-45T99:00:00</dateTime>', '2026-12-01T00:00:00', '']) {
    const before = bytes(each);
    t.equal(withShiftedDates(before, hourMs), before, each);
  }
});

t.test('a date that comes in pieces moves, and each piece keeps its length', async (t) => {
  const whole = bytes('--b\r\n\r\n<dateTime>2026-12-01T10:00:00+08:00</dateTime>\r\n');
  for (let cut = 1; cut < whole.length; cut += 1) {
    const pieces = [whole.subarray(0, cut), whole.subarray(cut)];
    const moved = piecesWithShiftedDates(pieces, 24 * hourMs);
    t.strictSame(
      moved.map(({ length }) => length),
      pieces.map(({ length }) => length),
    );
    t.match(text(Buffer.concat(moved)), '<dateTime>2026-12-02T10:00:00+08:00</dateTime>');
  }
});

t.test('the beginning of an older stream bears the dates of the start', async (t) => {
  const entry = (source: string, wallMs: number, alert: string, isHead?: true): RecordedEntry => ({
    sequence: wallMs,
    at: { wallMs, monotonicMs: wallMs },
    source,
    event: { kind: 'received', bytes: bytes(alert) },
    ...(isHead && { isHead }),
  });
  const dated = (time: string) => `<dateTime>2026-12-01T${time}+08:00</dateTime>`;
  const headsOver = { wallMs: 2 * hourMs, monotonicMs: 2 * hourMs };
  const moved = withHeadsOfNow(
    [
      entry('camera', 0, dated('08:00:00'), true),
      entry('other', 0, dated('08:00:00'), true),
      entry('camera', hourMs, dated('09:00:00'), true),
      entry('camera', 2 * hourMs, dated('10:00:00')),
    ],
    { headsOver, sources: new Set(['camera']) },
  );
  t.strictSame(
    moved.map(({ event }) => (event.kind === 'received' ? text(event.bytes) : '')),
    [dated('09:00:00'), dated('08:00:00'), dated('10:00:00'), dated('10:00:00')],
  );
});
