/** A field fault is recorded by a real daemon, fetched, played again without it, and tells the same. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parse } from 'yaml';
import { heartbeatPost } from '../../devices/plate-camera-http/emulator.ts';
import { LlrpReader } from '../../devices/rfid-llrp/emulator.ts';
import { node } from '../../scripts/main-job/programs.ts';
import { parseRecording } from '../../src/adapters/recording/recording-lines.ts';
import type { Replay } from '../../src/replay-gate.ts';
import { type BadLine, badLine } from '../support/bad-line.ts';
import { hostLlrpReader } from '../support/llrp-reader-host.ts';
import { repositoryFile } from '../support/repository.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned, rig } from './planned.ts';

const inbound = [{ laneId: 'in-1', direction: 'in' }] as const;

function kakou(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    node.command,
    [...node.args, repositoryFile('dist/src/cli/kakou.js'), ...args],
    { encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  return { status, stdout, stderr };
}

function replay(file: string): { status: number | null; result: Replay; stderr: string } {
  const { status, stdout, stderr } = kakou('replay', file, '--json');
  return { status, result: JSON.parse(stdout || '{}') as Replay, stderr };
}

const secret = 'correct-horse-7';

/** A heartbeat as cameras of this family send it, signed in in every way there is. */
async function heartbeat(site: VirtualSite): Promise<number> {
  const { devicePush } = parse(readFileSync(site.configFile, 'utf8')) as {
    devicePush: { port: number };
  };
  const { contentType, body } = heartbeatPost('camera-of-the-secret', secret);
  const path = `/devices/in-1/plate?password=${secret}`;
  const answer = await fetch(`http://127.0.0.1:${devicePush.port}${path}`, {
    method: 'POST',
    headers: { 'content-type': contentType, authorization: `Digest ${secret}`, cookie: secret },
    body: Buffer.from(body),
  });
  return answer.status;
}

async function siteWithBadLine(t: Test): Promise<{ site: VirtualSite; line: BadLine }> {
  let site: VirtualSite | undefined;
  const line = await badLine({ port: () => site?.lane('in-1').weighbridge.port ?? 0 });
  t.teardown(() => line.close());
  site = await VirtualSite.start(t, {
    lanes: inbound,
    configure: (config) => {
      config['recorder'] = { afterMs: 1_000, everyMs: 1_000, filesMax: 2 };
      for (const device of config['devices'] as { id: string; transport: { port: number } }[]) {
        if (device.id === 'in-1-scale') device.transport.port = line.port;
      }
    },
  });
  return { site, line };
}

t.test('a field fault that was recorded gives the same passages when it is replayed', async (t) => {
  const { site, line } = await siteWithBadLine(t);
  await site.startDaemon();
  const lane = site.lane('in-1');
  line.garble = 0x44;
  lane.modbus.inject({ fault: { kind: 'dropReply' }, on: 'read', times: 1 });
  t.equal(
    await site.pass('in-1', planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] })),
    'crossed',
    'split and garbled weights, a lost answer of the module',
  );
  const misread = planned({ number: 2, direction: 'in', containers: ['CBHU3202732'] });
  const plateRead = { text: '粤BA1O0Z', confidence: 97 };
  t.equal(await site.pass('in-1', { ...misread, plateRead }), 'turnedBack', 'a misread plate');
  t.equal(
    await site.pass('in-1', planned({ number: 3, direction: 'in', containers: ['MSKU9070323'] })),
    'crossed',
  );
  await site.until(() => site.outcomes().length === 3, 'all have gone');
  t.ok(line.garbled > 5, 'bytes were turned round on the line');
  await new Promise((done) => setTimeout(done, 1_500));

  t.equal(await heartbeat(site), 200, 'the camera tells its password in clear');
  const file = join(site.directory, 'fault.jsonl');
  const dumped = kakou('recorder', 'dump', '--config', site.configFile, '--out', file);
  t.equal(dumped.status, 0, dumped.stderr);
  t.equal(statSync(file).mode & 0o777, 0o600, 'for the eyes of its owner');
  const again = kakou('recorder', 'dump', '--config', site.configFile, '--out', file);
  t.equal(again.status, 1);
  t.match(again.stderr, /is there already[\s\S]*hint:/);

  const recording = parseRecording(readFileSync(file, 'utf8'));
  t.notMatch(readFileSync(file, 'utf8'), secret, 'and it is not in the recording');
  t.match(readFileSync(file, 'utf8'), /camera-of-the-secret/, 'the rest of that post is');
  const isLostReply = ({ event }: (typeof recording.entries)[number]) =>
    event.kind === 'exchange' && event.result.kind === 'failed';
  t.ok(recording.entries.some(isLostReply), 'the lost answer is in the recording');

  const { status, result, stderr } = replay(file);
  t.equal(status, 0, stderr);
  t.strictSame(result.comparison, { compared: 3, differences: [] });
  t.strictSame(result.notes, []);
  t.strictSame(result.otherWrites, [], 'the module was written what it was written');
  t.strictSame(
    result.replayed.map(({ outcome }) => outcome),
    site.outcomes(),
    'what the centre was told of the gate itself',
  );
  const decided = site.heard('passage.decided.v1').map(({ data }) => ({
    disposition: data['disposition'],
    plate: data['plate'],
    containers: data['containers'],
    weight: data['weight'],
  }));
  t.strictSame(
    result.replayed.map(({ decisions: [first] }) => ({
      disposition: first?.disposition,
      plate: first?.plate,
      containers: first?.containers,
      weight: first?.weight,
    })),
    decided,
  );
  t.match(
    result.replayed.map(({ commands }) => commands),
    [['open'], [], ['open']],
  );

  await t.test('one byte of a plate, and it tells another story', async (t) => {
    const text = readFileSync(file, 'utf8');
    const changed = text
      .split('\n')
      .map((each) => (each.includes('"k":"posted"') ? each.replace('粤BA1001', '粤BA1007') : each))
      .join('\n');
    t.not(changed, text);
    const other = join(site.directory, 'other.jsonl');
    writeFileSync(other, changed);
    const replayed = replay(other);
    t.equal(replayed.status, 1, replayed.stderr);
    t.match(replayed.result.comparison.differences, [{ laneId: 'in-1' }]);
    const members = replayed.result.comparison.differences.map(({ member }) => member);
    t.ok(members.includes('outcome'), members.join());
    t.match(kakou('replay', other).stdout, /DIFFERS in-1 .*\n[\s\S]*the replay differs/);
  });

  await t.test('another truck than was recorded is judged by the feed that is given', async (t) => {
    const other = join(site.directory, 'other.jsonl');
    t.match(replay(other).result.notes, [/^not recorded: .*粤BA1007/]);
    const { status, stdout } = kakou('replay', other, '--feed', site.feedDirectory, '--json');
    t.equal(status, 1);
    const { notes, replayed } = JSON.parse(stdout) as Replay;
    t.match(notes, [/^not recorded, and taken from the feed: .*粤BA1007/]);
    t.equal(notes.length, 1);
    t.equal(replayed[0]?.decisions[0]?.plate, '粤BA1007');
    t.match(replayed[0]?.decisions[0]?.checks, [{ code: 'plate-tag-conflict' }]);
    t.ok(readdirSync(join(site.feedDirectory, 'applied')).length > 0, 'the folder is as it was');
    const wrong = kakou('replay', other, '--feed', '/nowhere');
    t.equal(wrong.status, 2);
    t.match(wrong.stderr, /ENOENT[\s\S]*hint:/);
  });

  await t.test(
    'one digit of the weights, whose check then fails, and it tells another story',
    async (t) => {
      const lines = readFileSync(file, 'utf8').split('\n');
      const weight = Buffer.from('026000').toString('hex');
      const other = join(site.directory, 'weight.jsonl');
      const changed = lines.map((each) =>
        each.includes('"s":"in-1-scale"') && each.includes('"k":"received"')
          ? each.replaceAll(weight, Buffer.from('027000').toString('hex'))
          : each,
      );
      writeFileSync(other, changed.join('\n'));
      const replayed = replay(other);
      t.equal(replayed.status, 1);
      t.match(
        replayed.result.comparison.differences.find(({ member }) => member === 'weight'),
        { recorded: { weightKg: 26_000 } },
      );
    },
  );

  await t.test(
    'one that begins in the middle of every connection tells of who came later',
    async (t) => {
      const begun = recording.entries.find(
        ({ event }) =>
          event.kind === 'committed' &&
          event.events.some(({ type }) => type.startsWith('passage.ended')),
      );
      const sinceMs = (begun?.at.monotonicMs ?? 0) + 200;
      const later = join(site.directory, 'later.jsonl');
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(1, -1);
      const kept = lines.flatMap((each) => {
        const entry = JSON.parse(each) as { m: number; k: string };
        if (entry.m >= sinceMs) return [each];
        return entry.k === 'opened' ? [JSON.stringify({ ...entry, head: true })] : [];
      });
      const heads = kept.filter((each) => each.includes('"head":true'));
      t.ok(heads.length >= 3, `${heads.length} connections`);
      const rest = kept.filter((each) => !heads.includes(each));
      const [header = ''] = readFileSync(file, 'utf8').split('\n', 1);
      const end = JSON.stringify({ k: 'end', entries: kept.length });
      writeFileSync(later, [header, ...heads, ...rest, end, ''].join('\n'));
      const replayed = replay(later);
      t.strictSame(replayed.result.comparison, { compared: 2, differences: [] }, replayed.stderr);
      t.strictSame(replayed.result.notes, []);
    },
  );

  await t.test('a file that was cut is read up to the cut, and says so', async (t) => {
    const text = readFileSync(file, 'utf8');
    const first = text.indexOf('\n');
    const other = join(site.directory, 'cut.jsonl');
    writeFileSync(other, text.slice(0, first + Math.floor((text.length - first) * 0.6)));
    const { stdout } = kakou('replay', other);
    t.match(stdout, /entries; CUT: the file ends in line \d+/);
  });

  await t.test('what went wrong has saved recordings by itself, and not too many', async (t) => {
    const folder = join(site.directory, 'data', 'recordings');
    const names = readdirSync(folder).sort();
    t.equal(names.filter((name) => name.endsWith('.recording.jsonl')).length, names.length);
    t.ok(names.length >= 1 && names.length <= 2, names.join());
    const [name = ''] = names;
    const saved = parseRecording(readFileSync(join(folder, name), 'utf8'));
    t.equal(saved.cut, undefined);
    t.ok(['device', 'alarm', 'passage'].includes(saved.header.cause.trigger));
    t.equal(replay(join(folder, names.at(-1) ?? '')).status, 0);
  });
});

t.test('no gate answers, no recording: the reason and a hint', async (t) => {
  const { site } = await siteWithBadLine(t);
  const { status, stderr } = kakou('recorder', 'dump', '--config', site.configFile);
  t.equal(status, 1);
  t.match(stderr, /no gate answers at 127\.0\.0\.1:\d+\n {4}hint: /);
});

t.test('a file that is no recording is refused with the reason and a hint', async (t) => {
  const file = repositoryFile('package.json');
  const { status, stderr } = kakou('replay', file);
  t.equal(status, 2);
  t.match(stderr, /no recording of kakou[\s\S]*hint:/);
  t.match(kakou('replay', '/nowhere').stderr, /cannot be read: ENOENT[\s\S]*hint:/);
});

t.test('a recording that begins in the middle of every connection tells the same', async (t) => {
  const reader = new LlrpReader();
  const { port } = await hostLlrpReader(t, reader);
  const site = await VirtualSite.start(t, {
    lanes: inbound,
    configure: (config) => {
      config['recorder'] = { keepMs: 15_000, filesMax: 0 };
      for (const device of config['devices'] as Record<string, unknown>[]) {
        if (device['id'] !== 'in-1-rfid') continue;
        device['driver'] = 'rfid-llrp';
        device['profile'] = 'rfid-reader/llrp-generic';
        device['transport'] = { kind: 'tcp', host: '127.0.0.1', port };
      }
    },
  });
  await site.startDaemon();
  const pass = async (number: number, container: string) => {
    reader.field([{ epc: rig(number).tag }]);
    const ended = site.outcomes().length;
    const how = await site.pass(
      'in-1',
      planned({ number, direction: 'in', containers: [container] }),
    );
    reader.field([]);
    await site.until(() => site.outcomes().length > ended, 'it has gone');
    return how;
  };
  t.equal(await pass(1, 'CSQU3054383'), 'crossed');
  await new Promise((done) => setTimeout(done, 16_000));
  t.equal(await pass(2, 'CBHU3202732'), 'crossed');
  await new Promise((done) => setTimeout(done, 1_000));
  const file = join(site.directory, 'middle.jsonl');
  const dumped = kakou('recorder', 'dump', '--config', site.configFile, '--out', file);
  t.equal(dumped.status, 0, dumped.stderr);
  const { entries } = parseRecording(readFileSync(file, 'utf8'));
  const heads = new Set(entries.filter(({ isHead }) => isHead).map(({ source }) => source));
  t.strictSame([...heads].sort(), ['in-1-io', 'in-1-rfid', 'in-1-scale'], 'all are older');
  const { status, result, stderr } = replay(file);
  t.equal(status, 0, stderr);
  t.strictSame(result.comparison, { compared: 1, differences: [] });
  t.match(result.replayed.at(-1), { outcome: 'passed' });
});
