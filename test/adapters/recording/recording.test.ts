import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { recordingFolder } from '../../../src/adapters/recording/recording-folder.ts';
import { parseRecording, recordingLines } from '../../../src/adapters/recording/recording-lines.ts';
import { passageIdOf } from '../../../src/core/identity.ts';
import type { RecordedEntry, RecordedEvent, Recording } from '../../../src/ports/recording.ts';
import { gathered } from '../../support/facts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const gate = {
  kakou: '0.1.0',
  bootId: 'boot-1',
  clockState: 'synced',
  configDigest: 'd',
  config: { site: 'S' },
  policies: ['{}'],
  profiles: { 'a/b': { digest: 'p', profile: {} } },
};
const header = { ...gate, cause: { trigger: 'asked' as const }, savedAtMs: 1_790_000_000_000 };
const instant = { wallMs: 1_790_000_000_123, monotonicMs: 5_000.125 };
const request = { function: 2, address: 0, quantity: 2 } as const;
const reply = { kind: 'bits', bits: [true, false] } as const;

const events: readonly RecordedEvent[] = [
  { kind: 'opened' },
  { kind: 'openFailed', code: 'port-absent', detail: 'ENOENT' },
  { kind: 'closed', code: 'port-lost', detail: '' },
  { kind: 'hungUp' },
  { kind: 'received', bytes: Buffer.from([2, 0x0a, 0xff]), cutBytes: 4 },
  { kind: 'sent', bytes: Buffer.from([5]) },
  {
    kind: 'exchange',
    request,
    result: { kind: 'reply', reply, receivedAt: instant },
    requestedMs: 4_999,
    lastMs: 6_000,
    repeats: 7,
  },
  {
    kind: 'posted',
    contentType: 'application/json',
    body: Buffer.from('{"plate":"粤B12345"}'),
    answer: { status: 200 },
  },
  { kind: 'posted', contentType: 'x', body: Buffer.from([0xff, 0xd8, 0]), answer: { status: 400 } },
  { kind: 'fetched', notifications: [{ text: '<a/>\n', receivedAt: instant, heldMsMax: 9 }] },
  { kind: 'faulted', code: 'onvif-lost', detail: 'x' },
  { kind: 'lost', code: 'onvif-lost', detail: 'x' },
  { kind: 'facts', facts: gathered() },
  { kind: 'factsFailed', detail: 'x' },
  {
    kind: 'committed',
    events: [{ type: 'gate.started.v1', subject: 'g', timeMs: 1, data: {} }],
    isDecision: false,
    result: 'committed',
  },
  {
    kind: 'acted',
    laneId: 'in-1',
    act: {
      ...{ kind: 'confirm', passageId: passageIdOf('p'), seen: null },
      by: { name: 'clerk-1', role: 'clerk', actId: 'a-1' },
    },
  },
  { kind: 'ordered', laneId: 'in-1', act: { kind: 'turn', to: 'in' }, person: '王芳' },
];
const entries: readonly RecordedEntry[] = events.map((event, i) => ({
  sequence: i + 1,
  at: instant,
  source: 'device-1',
  ...(i === 0 && { isHead: true as const }),
  event,
}));
const recording: Recording = { entries, losses: [{ source: 'device-1', dropped: 3 }] };
const text = [...recordingLines(recording, header)].join('');

t.test('everything that is recorded comes out of the file as it went in', async (t) => {
  const read = parseRecording(text);
  t.equal(read.cut, undefined);
  t.strictSame(read.entries, entries);
  t.strictSame(read.losses, recording.losses);
  t.match(read.header, header);
  t.match(text, '"hex":"020aff"', 'bytes can be read by eye, and by kakou parse');
  t.match(text, '粤B12345', 'and so can text');
});

t.test('a file that is cut anywhere is read up to the cut, and says so', async (t) => {
  const first = text.indexOf('\n') + 1;
  const bytes = Buffer.from(text);
  for (
    let length = bytes.length - 2;
    length > Buffer.byteLength(text.slice(0, first));
    length -= 7
  ) {
    const whole = bytes.subarray(0, length).toString().split('\n').length - 2;
    const read = parseRecording(bytes.subarray(0, length).toString());
    if (read.cut === undefined || ![whole, whole + 1].includes(read.entries.length)) {
      t.fail(`cut at ${length}: ${read.entries.length} of ${whole}, ${read.cut}`);
    }
  }
});

t.test('a line that is broken or no entry ends the reading with its number', async (t) => {
  const lines = text.split('\n');
  const broken = (line: string) =>
    parseRecording(lines.map((each, i) => (i === 3 ? line : each)).join('\n'));
  for (const line of ['{', '[]', '{"n":1}', '{"n":1,"m":2,"w":3,"s":"a","k":"received"}', 'null']) {
    const read = broken(line);
    t.match(read.cut, /line 4/, line);
    t.equal(read.entries.length, 2);
  }
  const missing = lines.filter((_, i) => i !== 3).join('\n');
  t.match(parseRecording(missing).cut, /16 of 17 entries/);
});

t.test('what is no recording, or one of another version, is refused with a hint', async (t) => {
  t.throws(() => parseRecording(''), { message: /no recording/, hint: /recorder dump/ });
  t.throws(() => parseRecording('{"format":"kakou-recording","formatVersion":4,"kakou":"9.9"}\n'), {
    message: /version 4; this kakou reads versions 1 to 3/,
    hint: /9\.9/,
  });
  t.throws(() => parseRecording('{"format":"kakou-recording","formatVersion":1}\n'), {
    message: /not whole/,
  });
});

const folderOf = (directory: string, limits = { filesMax: 3, bytesMax: 1_000_000 }) => {
  let now = header.savedAtMs;
  return recordingFolder({ directory, gate, now: () => (now += 1_000), ...limits });
};

t.test('saved files are bounded in number, the newest stay, and none is half', async (t) => {
  const directory = join(temporaryFolder(), 'data', 'recordings');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'old.recording.jsonl.part'), 'half');
  writeFileSync(join(directory, 'notes.txt'), "somebody's own");
  const folder = folderOf(directory);
  const saved: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    saved.push(await folder.save(recording, { trigger: 'alarm', code: `arm-stuck/${n}` }));
  }
  const names = readdirSync(directory).sort();
  t.strictSame(names, [...saved.slice(2).map((path) => path.split('/').at(-1)), 'notes.txt']);
  const [path = ''] = saved.slice(-1);
  t.match(path, /\d{8}T\d{6}-\d{3}Z-alarm-arm-stuck_4\.recording\.jsonl$/);
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.strictSame(parseRecording(readFileSync(path, 'utf8')).entries, entries);
});

t.test('saved files are bounded in bytes; one that is larger alone is cut there', async (t) => {
  const directory = temporaryFolder();
  const many = Array.from({ length: 2_000 }, () => entries[4] as RecordedEntry);
  const folder = folderOf(directory, { filesMax: 10, bytesMax: 150_000 });
  const path = await folder.save({ entries: many, losses: [] }, { trigger: 'asked' });
  t.ok(statSync(path).size <= 150_000);
  const read = parseRecording(readFileSync(path, 'utf8'));
  t.ok(read.entries.length > 500);
  t.match(read.cut, /before its own last line/);
  await folder.save(recording, { trigger: 'asked' });
  await folder.save({ entries: many, losses: [] }, { trigger: 'asked' });
  const bytes = readdirSync(directory).reduce(
    (sum, name) => sum + statSync(join(directory, name)).size,
    0,
  );
  t.ok(bytes <= 150_000, `${bytes}`);
});

t.test('a folder that cannot be written is told', async (t) => {
  const file = join(temporaryFolder(), 'a-file');
  writeFileSync(file, '');
  await t.rejects(folderOf(join(file, 'x')).save(recording, { trigger: 'asked' }), {
    code: 'ENOTDIR',
  });
});
