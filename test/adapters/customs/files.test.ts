import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { DirectoryDrop } from '../../../src/adapters/customs/directory-drop.ts';
import { FeedWriter } from '../../../src/adapters/store/feed-writer.ts';
import { none } from '../../support/exactly.ts';
import { at, box, FeedSite, fileText, hold, nowMs, proof } from '../../support/feed-site.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const granted = fileText([proof(1, 'granted')]);
const names = (site: FeedSite, folder: string) =>
  readdirSync(join(site.drops, folder)).filter((name) => name.endsWith('.ndjson'));

/** Scans until what stands still is set aside. */
async function standStill(site: FeedSite): Promise<void> {
  await site.drop.scan();
  site.nowMs += 61_000;
  await site.drop.scan();
}

t.test('a file that is never whole is set aside with what is wrong with its end', async (t) => {
  for (const [name, content, reason] of [
    ['empty', '', 'the file is empty'],
    ['half', granted.slice(0, 120), 'the last line has no line end'],
    [
      'no-end',
      fileText([proof(1, 'granted')], { trailer: false }),
      'the last line is no watermark',
    ],
    ['no-line-end', granted.trimEnd(), 'the last line has no line end'],
    ['old-mac', granted.replaceAll('\n', '\r'), 'the last line has no line end'],
    [
      'zeros',
      Buffer.concat([Buffer.from(granted), Buffer.alloc(4_096)]),
      'the last line has no line end',
    ],
    ['utf-16', Buffer.from(`\uFEFF${granted}`, 'utf16le'), 'the file is UTF-16; the feed is UTF-8'],
    ['blank', '\n\n\n', 'the last line is no watermark'],
  ] as const) {
    const site = new FeedSite();
    site.write(name, content as string);
    site.write('z-good', fileText([hold(1)]));
    await standStill(site);
    t.strictSame(
      site.reason(`${name}.ndjson`),
      { code: 'feed-file-incomplete', reason: `the file stopped growing: ${reason}` },
      name,
    );
    t.strictSame(names(site, ''), [], name);
    t.match(site.ask(), { proofs: none, holds: [{ id: 'H-1' }] }, `${name} holds up no other`);
  }
});

t.test('a file of only a watermark has no header', async (t) => {
  const site = new FeedSite();
  const report = await site.take('a', granted.split('\n').slice(2).join('\n'));
  t.match(report, { code: 'feed-file-headless', reason: 'the first line is no feed header' });
  const newer = await site.take('b', granted.replace('"kakouFeed":1', '"kakouFeed":2'));
  t.match(newer, { code: 'feed-file-headless', reason: /kakouFeed must be equal to constant/ });
});

t.test('a byte order mark, line ends of other systems and blank lines are read', async (t) => {
  const site = new FeedSite();
  const text = fileText([proof(1, 'granted'), hold(2)]);
  t.match(await site.take('a', `\uFEFF${text.replaceAll('\n', '\r\n')}\r\n  \n`), {
    kind: 'ingested',
    report: { applied: 2, quarantined: 0 },
  });
  t.match(site.ask(), { proofs: [{ id: 'P-1' }], holds: [{ reason: '查验' }] });
});

t.test('a second header or a watermark amid a file: a delta is taken up to there', async (t) => {
  const other = fileText([hold(9)], { source: 'someone' });
  for (const [name, text, line] of [
    ['two files in one', granted + other, 'line 3 is a watermark'],
    [
      'a second header',
      fileText([proof(1, 'granted'), other.split('\n')[0] ?? '', hold(2)]),
      'line 3 is a second header',
    ],
    [
      'a header of another version',
      fileText([proof(1, 'granted'), '{"kakouFeed":2}', hold(2)]),
      'line 3 is a second header',
    ],
    [
      'a broken watermark',
      fileText([proof(1, 'granted'), '{"watermark":0}', hold(2)]),
      'line 3 is a watermark',
    ],
  ] as const) {
    const site = new FeedSite();
    t.match(
      await site.take('a', text),
      { code: 'feed-file-mixed', reason: `${line} amid the file; the lines before it were taken` },
      name,
    );
    t.match(site.ask(), { proofs: [{ id: 'P-1' }], holds: none });
    t.equal(site.cache.sources()[0]?.watermarkAtMs, undefined, 'no watermark of it counts');

    const whole = new FeedSite();
    const snapshot = text.replaceAll('"delta"', '"snapshot"');
    t.match(await whole.take('a', snapshot), {
      reason: `${line} amid the file; nothing was taken`,
    });
    t.strictSame(whole.ask().proofs, []);
  }
});

t.test('bytes that are no UTF-8 cost their line, and a hold in it taints', async (t) => {
  const site = new FeedSite();
  const [header, first, second, trailer] = fileText([proof(1, 'granted'), hold(2)]).split('\n');
  const [before = '', behind = ''] = (second ?? '').split('查验');
  const bytes = Buffer.concat([
    Buffer.from(`${header}\n${first}\n${before}`),
    // The same two characters in GBK.
    Buffer.from('b2e9d1e9', 'hex'),
    Buffer.from(`${behind}\n${trailer}\n`),
  ]);
  t.match(await site.take('a', bytes), { report: { applied: 1, quarantined: 1 } });
  t.match(site.db.prepare('SELECT reason FROM quarantine').all(), [
    { reason: 'the line has bytes that are no UTF-8' },
  ]);
  t.match(site.ask().taints, [{ resembles: 'CSQU305438' }]);
  t.match(
    site.cache.sources()[0]?.gaps,
    [{ from: 2, to: 2 }],
    'its number cannot be trusted, so it is missing',
  );
  const lost = await site.take('b', fileText([{ ...proof(3, 'granted'), id: 'P-\uFFFD' }]));
  t.match(lost, { report: { applied: 0, quarantined: 1 } }, 'nor what the sender has lost');
});

t.test('a NUL byte costs its line', async (t) => {
  const site = new FeedSite();
  const text = fileText([hold(1), proof(2, 'granted')]).replace('查验', '查\0验');
  t.match(await site.take('a', text), { report: { applied: 1, quarantined: 1 } });
  t.match(site.ask(), { proofs: [{}], holds: none, taints: [{ resembles: 'CSQU305438' }] });
});

t.test('a line that is too long costs itself, with what can be seen of it', async (t) => {
  for (const bytes of [300_000, 3_000_000]) {
    const site = new FeedSite();
    const long = JSON.stringify({ ...hold(1), asOf: at, filler: '验'.repeat(bytes / 3) });
    t.match(await site.take('a', fileText([long, hold(2), proof(3, 'granted')])), {
      report: { applied: 2, quarantined: 1, gaps: [{ first: 1, last: 1 }] },
    });
    const [row] = site.db.prepare('SELECT reason, length(line) AS kept FROM quarantine').all();
    t.match(row, { reason: 'the line has more than 262144 bytes' });
    t.match(site.ask(), { holds: [{ id: 'H-2' }], taints: [{ resembles: 'CSQU305438' }] });
  }
  const site = new FeedSite();
  const longest = JSON.stringify({ asOf: at, version: 1, op: 'put', ...hold(1) });
  const padded = longest + ' '.repeat(262_144 - Buffer.byteLength(longest));
  t.match(await site.take('a', fileText([padded], { through: 1 })), { report: { applied: 1 } });
  t.match(await site.take('b', fileText([`${padded} `], { through: 2 })), {
    report: { quarantined: 1 },
  });
});

t.test('lines are the same wherever a block of the file ends', async (t) => {
  const site = new FeedSite();
  const records = Array.from({ length: 4_000 }, (_, i) => ({
    ...hold(i + 1, i % 2 === 0 ? box : 'CBHU3202732'),
    id: `布控-${i}-${'验'.repeat(i % 7)}`,
  }));
  const text = fileText(records);
  t.ok(Buffer.byteLength(text) > 3 * 262_144, 'it is read in several blocks');
  t.match(await site.take('a', text), { report: { applied: 4_000, quarantined: 0, gaps: none } });
  const ids = site.db.prepare('SELECT id FROM fact_1 ORDER BY sequence').pluck().all();
  t.strictSame(
    ids,
    records.map(({ id }) => id),
  );
});

t.test('names with spaces, Chinese characters and other alphabets are taken', async (t) => {
  const site = new FeedSite();
  const files = ['放行 数据 01', "it's (1) & more", '-rf', 'ünï', 'テスト', '\n\t'];
  files.forEach((name, i) => {
    site.write(name, fileText([hold(i + 1)]));
  });
  writeFileSync(join(site.drops, 'LOUD.NDJSON'), fileText([hold(7)]));
  await site.drop.scan();
  t.equal(site.ask().holds.length, 7);
  t.strictSame(
    names(site, 'applied').sort(),
    [...files.map((name) => `${name}.ndjson`), 'LOUD.ndjson'].sort(),
  );
});

t.test('a name that is no UTF-8 is taken, and one of 250 bytes can be set aside', async (t) => {
  const site = new FeedSite();
  const gbk = Buffer.concat([
    Buffer.from(`${site.drops}/`),
    Buffer.from('b7c5d0d0', 'hex'),
    Buffer.from('.ndjson'),
  ]);
  writeFileSync(gbk, granted);
  const longName = '放'.repeat(81);
  site.write(longName, fileText([], { source: 'someone' }));
  await site.drop.scan();
  t.match(site.ask().proofs, [{ id: 'P-1' }]);
  t.strictSame(names(site, 'applied'), ['\uFFFD\uFFFD\uFFFD\uFFFD.ndjson']);
  t.match(site.reason(`${'放'.repeat(66)}.ndjson`), { code: 'feed-source-unknown' });
  t.strictSame(names(site, ''), []);
});

t.test('what is no file is set aside and never followed', async (t) => {
  const site = new FeedSite();
  const outside = join(temporaryFolder(), 'outside.ndjson');
  writeFileSync(outside, granted);
  symlinkSync(outside, join(site.drops, 'link.ndjson'));
  symlinkSync('nowhere', join(site.drops, 'broken.ndjson'));
  mkdirSync(join(site.drops, 'folder.ndjson'));
  writeFileSync(join(site.drops, 'folder.ndjson', 'inner.ndjson'), granted);
  execFileSync('mkfifo', [join(site.drops, 'pipe.ndjson')]);
  site.write('z-good', fileText([hold(1)]));
  await site.drop.scan();
  for (const [name, what] of [
    ['link', 'a link'],
    ['broken', 'a link'],
    ['folder', 'a folder'],
    ['pipe', 'a device or a pipe'],
  ]) {
    t.strictSame(site.reason(`${name}.ndjson`), {
      code: 'feed-file-irregular',
      reason: `it is ${what} and no file`,
    });
  }
  t.match(site.ask(), { proofs: none, holds: [{ id: 'H-1' }] });
  t.equal(readFileSync(outside, 'utf8'), granted, 'what the link points to stays as it was');
  t.strictSame(names(site, ''), []);
});

t.test(
  'a file that may not be read is set aside and holds up no other',
  { skip: process.getuid?.() === 0 && 'root may read everything' },
  async (t) => {
    const site = new FeedSite().write('a', granted).write('b', fileText([hold(1)]));
    chmodSync(join(site.drops, 'a.ndjson'), 0o000);
    await site.drop.scan();
    t.match(site.reason('a.ndjson'), { code: 'feed-file-unreadable', reason: /EACCES/ });
    t.match(site.ask(), { proofs: none, holds: [{ id: 'H-1' }] });
  },
);

t.test('other files and those under way are left alone', async (t) => {
  const site = new FeedSite();
  const others = ['.a.ndjson', 'a.ndjson.part', 'b.json', 'c.ndjson~'];
  for (const name of others) writeFileSync(join(site.drops, name), granted);
  await standStill(site);
  t.strictSame(site.reports, []);
  t.ok(others.every((name) => existsSync(join(site.drops, name))));
});

t.test('a name that was used before overwrites nothing', async (t) => {
  const site = new FeedSite();
  await site.take('feed', fileText([hold(1), 'bad 1']));
  await site.take('feed', fileText([hold(2), 'bad 2'], { through: 2 }));
  await site.take('feed', fileText([], { source: 'someone' }));
  await site.take('feed', fileText([], { source: 'stranger' }));
  t.equal(names(site, 'applied').length, 2);
  t.equal(names(site, 'rejected').length, 2);
  t.equal(site.ask().holds.length, 2);
  const rows = site.db.prepare('SELECT file, line FROM quarantine ORDER BY id').all();
  t.match(rows, [{ line: 'bad 1' }, { line: 'bad 2' }], 'the bad lines of both are kept');
  for (const { file } of rows as { file: string }[]) t.ok(site.has('applied', file), file);
});

t.test('files out of order and again leave what files in order leave', async (t) => {
  const texts = [[proof(1, 'granted')], [hold(2)], [proof(3, 'revoked', 2)], [hold(4)]].map((r) =>
    fileText(r),
  );
  const inOrder = new FeedSite();
  for (const [i, text] of texts.entries()) await inOrder.take(`f${i}`, text);
  for (const order of [
    [3, 2, 1, 0],
    [1, 3, 0, 2],
    [0, 0, 1, 2, 2, 3, 1],
  ]) {
    const site = new FeedSite();
    for (const [i, which] of order.entries()) await site.take(`f${i}`, texts[which] ?? '');
    const { stamp: _stamp, ...facts } = site.ask();
    const { stamp: _expected, ...expected } = inOrder.ask();
    t.strictSame(facts, expected, order.join(' '));
  }
});

t.test('a file that grows is taken when it is whole, however it was cut', async (t) => {
  const text = Buffer.from(fileText([proof(1, 'granted'), hold(2)]));
  for (let cut = 1; cut < text.length; cut += 7) {
    const site = new FeedSite();
    site.write('a', text.subarray(0, cut));
    await site.drop.scan();
    t.strictSame(site.reports, []);
    appendFileSync(join(site.drops, 'a.ndjson'), text.subarray(cut));
    await site.drop.scan();
    t.match(site.reports, [{ report: { applied: 2, quarantined: 0 } }], `cut at ${cut}`);
  }
});

/** A directory whose store does something in the middle of a file. */
function meddling(site: FeedSite, meddle: () => void): DirectoryDrop {
  const writer = new FeedWriter(site.db);
  let isDone = false;
  const sink = new Proxy(writer, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (typeof member !== 'function') return member;
      if (key !== 'inTransaction') return member.bind(target);
      return (work: () => void) => {
        if (!isDone) {
          isDone = true;
          meddle();
        }
        target.inTransaction(work);
      };
    },
  });
  return new DirectoryDrop({
    directory: site.drops,
    sources: [{ source: 'customs', kinds: ['proof', 'hold'] }],
    sink,
    incompleteAfterMs: 60_000,
    now: () => nowMs,
    onReport: (report) => site.reports.push(report),
  });
}

t.test('a file that changes while it is read is read again', async (t) => {
  const more = fileText([proof(1, 'granted'), hold(2)]);
  for (const [title, change] of [
    ['written anew', (path: string) => writeFileSync(path, more)],
    [
      'another in its place',
      (path: string) => {
        writeFileSync(`${path}.part`, more);
        renameSync(`${path}.part`, path);
      },
    ],
  ] as const) {
    const site = new FeedSite().write('a', granted);
    const drop = meddling(site, () => change(join(site.drops, 'a.ndjson')));
    await drop.scan();
    t.strictSame(names(site, ''), ['a.ndjson'], `${title}: it stays`);
    await drop.scan();
    t.match(site.ask(), { proofs: [{ id: 'P-1' }], holds: [{ id: 'H-2' }] }, title);
    t.strictSame(names(site, 'applied'), ['a.ndjson']);
  }
});

t.test('a file that grows behind its watermark while read is not lost', async (t) => {
  const site = new FeedSite().write('a', granted);
  const path = join(site.drops, 'a.ndjson');
  const more = fileText([hold(2)]);
  const drop = meddling(site, () => appendFileSync(path, more));
  await drop.scan();
  await drop.scan();
  t.match(site.reports.at(-1), { kind: 'rejected', code: 'feed-file-mixed' });
  t.equal(readFileSync(join(site.drops, 'rejected', 'a.ndjson'), 'utf8'), granted + more);
});

t.test('a file that is cut or taken away while it is read', async (t) => {
  const site = new FeedSite();
  const text = fileText(Array.from({ length: 4_000 }, (_, i) => hold(i + 1)));
  site.write('a', text);
  const path = join(site.drops, 'a.ndjson');
  await meddling(site, () => truncateSync(path, 300_000)).scan();
  t.equal(site.reports.length, 0, 'it changed, so it is looked at again');
  await standStill(site);
  t.match(site.reason('a.ndjson'), { code: 'feed-file-incomplete' });

  const gone = new FeedSite().write('a', granted);
  const elsewhere = join(gone.folder, 'elsewhere');
  const drop = meddling(gone, () => renameSync(join(gone.drops, 'a.ndjson'), elsewhere));
  t.equal(await drop.scan(), true);
  t.match(gone.reports, [{ kind: 'ingested' }]);
  t.match(gone.ask().proofs, [{ id: 'P-1' }]);
});

t.test('a store that fails keeps the file, tells it once, and takes it later', async (t) => {
  const site = new FeedSite().write('a', granted).write('b', fileText([hold(2)]));
  let isFull = true;
  const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  const writer = new FeedWriter(site.db);
  const inTransaction = writer.inTransaction.bind(writer);
  writer.inTransaction = (work) => {
    if (isFull) throw full;
    inTransaction(work);
  };
  const drop = new DirectoryDrop({
    directory: site.drops,
    sources: [{ source: 'customs', kinds: ['proof', 'hold'] }],
    sink: writer,
    incompleteAfterMs: 60_000,
    now: () => nowMs,
    onReport: (report) => site.reports.push(report),
  });
  for (let i = 0; i < 5; i++) t.equal(await drop.scan(), false, 'the next try should wait');
  t.strictSame(site.reports, [
    { kind: 'failed', reason: 'a.ndjson: database or disk is full' },
    { kind: 'failed', reason: 'b.ndjson: database or disk is full' },
  ]);
  isFull = false;
  t.equal(await drop.scan(), true);
  t.match(site.ask(), { proofs: [{}], holds: [{}] });
});

t.test('a file on which the program fails is set aside and holds up no other', async (t) => {
  const site = new FeedSite().write('a', granted).write('b', fileText([hold(1)]));
  const drop = meddling(site, () => {
    throw new TypeError('a defect');
  });
  t.equal(await drop.scan(), true);
  t.strictSame(site.reason('a.ndjson'), { code: 'feed-file-unreadable', reason: 'a defect' });
  t.match(site.ask(), { proofs: none, holds: [{ id: 'H-1' }] });
});

t.test('a file that cannot be moved is taken once, told once, and moved later', async (t) => {
  const site = new FeedSite();
  site.write('a', fileText([proof(1, 'granted')], { mode: 'snapshot' }));
  // A folder where the file should go: no rename can put a file in its place.
  const applied = join(site.drops, 'applied');
  renameSync(applied, `${applied}-away`);
  writeFileSync(applied, 'in the way');
  for (let i = 0; i < 5; i++) t.equal(await site.drop.scan(), true);
  t.match(site.reports, [{ kind: 'ingested' }, { kind: 'failed', reason: /a\.ndjson: ENOTDIR/ }]);
  t.equal(site.reports.length, 2);
  t.equal(site.db.prepare('SELECT revision FROM source').pluck().get(), 1, 'and not again');
  renameSync(applied, `${applied}-was`);
  renameSync(`${applied}-away`, applied);
  await site.drop.scan();
  t.strictSame(names(site, 'applied'), ['a.ndjson']);
});

t.test('a directory that is gone is told once and comes back', async (t) => {
  const site = new FeedSite();
  renameSync(site.drops, `${site.drops}-away`);
  for (let i = 0; i < 3; i++) t.equal(await site.drop.scan(), false);
  t.match(site.reports, [{ kind: 'failed', reason: /ENOENT/ }]);
  t.equal(site.reports.length, 1);
  renameSync(`${site.drops}-away`, site.drops);
  t.equal(await site.drop.scan(), true);
  t.match(await site.take('a', granted), { kind: 'ingested' });
});

t.test('a stop amid a file leaves it for the next start', async (t) => {
  const site = new FeedSite();
  const text = fileText(Array.from({ length: 6_000 }, (_, i) => hold(i + 1)));
  site.write('a', text).write('b', fileText([hold(6_001)]));
  let stopped: Promise<void> | undefined;
  const drop: DirectoryDrop = meddling(site, () => {
    stopped = drop.stop();
  });
  await drop.scan();
  await stopped;
  t.strictSame(site.reports, []);
  t.strictSame(names(site, ''), ['a.ndjson', 'b.ndjson']);
  await site.drop.scan();
  t.match(site.reports, [{ report: { gaps: none } }, { report: { applied: 1 } }]);
  t.match(site.cache.sources(), [{ appliedSequence: 6_001, gaps: none }]);
});

t.test('a file still being written under its final name is not taken half', async (t) => {
  const site = new FeedSite();
  const handle = openSync(join(site.drops, 'a.ndjson'), 'w');
  t.teardown(() => closeSync(handle));
  for (const line of fileText([proof(1, 'granted'), hold(2)]).split(/(?<=\n)/)) {
    t.strictSame(site.reports, []);
    writeSync(handle, line);
    await site.drop.scan();
  }
  t.match(site.reports, [{ report: { applied: 2 } }]);
});
