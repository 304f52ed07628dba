/** A real daemon whose lane is linked to a customs gate platform, over real connections. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { parseRecording } from '../../src/adapters/recording/recording-lines.ts';
import type { Replay } from '../../src/replay-gate.ts';
import { CustomsPlatform, type HeardCapture } from '../../src/simulation/customs-platform.ts';
import { repositoryFile } from '../support/repository.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const good = '0'.repeat(20);
const boxes = ['CSQU3054383', 'CBHU3202732', 'TGHU1234567', 'HLXU2008419'] as const;
const truck = (number: number) =>
  planned({ number, direction: 'in', containers: [boxes[number - 1] ?? boxes[0]] });

function kakou(...args: string[]) {
  const program = [repositoryFile('dist/src/cli/kakou.js'), ...args];
  const run = spawnSync(process.execPath, program, { encoding: 'utf8', maxBuffer: 64 << 20 });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

async function linkedSite(
  t: Test,
  { answerWithinMs, patienceMs }: { answerWithinMs: number; patienceMs: number },
) {
  const platform = await CustomsPlatform.start({ react: () => undefined });
  t.teardown(() => platform.stop());
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    manner: { patienceMs },
    configure: (config) => {
      config['recorder'] = { filesMax: 0 };
      config['customsPlatform'] = {
        premises: '5205000001',
        host: '127.0.0.1',
        port: platform.port,
        answerWithinMs,
      };
      const [lane] = config['lanes'] as Record<string, unknown>[];
      if (lane) lane['customsLane'] = '0000000012';
    },
  });
  await site.startDaemon();
  return { site, platform };
}

const causes = (site: VirtualSite) =>
  site.heard('exception.opened.v1').map(({ data }) => data['cause']);

t.test('released, refused and silent; and the replay tells the same', async (t) => {
  const { site, platform } = await linkedSite(t, { answerWithinMs: 900, patienceMs: 4_000 });
  const ended = (count: number) =>
    site.until(() => site.outcomes().length === count, `${count} have gone`);

  platform.react = ({ seqNo }, { answer }) => answer({ seqNo, word: good, hint: '放行' });
  t.equal(await site.pass('in-1', truck(1)), 'crossed');
  await ended(1);
  const [first] = platform.captures;
  t.match(first, { premises: '5205000001', lane: '0000000012', direction: 'I' });
  t.match(first?.xml, /<VE_NAME>粤BA1001<\/VE_NAME>/);
  t.match(first?.xml, /<CONTA_ID_F>CSQU3054383<\/CONTA_ID_F>/);
  t.match(first?.xml, /<GROSS_WT>\d{5}<\/GROSS_WT>/);

  platform.react = ({ seqNo }, { answer }) => answer({ seqNo, word: '00z00000000000000000' });
  t.equal(await site.pass('in-1', truck(2)), 'turnedBack');
  await ended(2);
  t.strictSame(causes(site), ['platform-disagrees']);

  platform.react = () => undefined;
  t.equal(await site.pass('in-1', truck(3)), 'turnedBack');
  await ended(3);
  t.strictSame(causes(site), ['platform-disagrees', 'platform-silent']);
  t.match(
    site.heard('alarm.raised.v1').map(({ data }) => data['code']),
    ['platform-no-answer'],
  );

  platform.react = ({ seqNo }, { answer }) => {
    answer({ seqNo: '20000101000000000001', word: good });
    answer({ seqNo, word: good, lane: '0000000013' });
    answer({ seqNo, word: good, direction: 'E' });
    answer({ seqNo, word: 'Z0000000000000000000' });
    answer({ seqNo, word: good });
  };
  t.equal(await site.pass('in-1', truck(4)), 'turnedBack', 'none of these is a release for it');
  await ended(4);
  t.strictSame(site.outcomes(), ['passed', 'refused', 'referred', 'referred']);
  t.strictSame(
    site.heard('platform.answerIgnored.v1').map(({ data }) => data['why']),
    ['unknownNumber', 'noSuchLane', 'addressedElsewhere', 'second'],
  );
  t.equal(site.contacts.length, 1, 'the open contact was made once');
  const numbers = site.heard('platform.asked.v1').map(({ data }) => data['seqNo']);
  t.strictSame(
    numbers,
    platform.captures.map(({ seqNo }) => seqNo),
  );
  t.equal(new Set(numbers).size, 4);

  const file = join(site.directory, 'platform.jsonl');
  const dumped = kakou('recorder', 'dump', '--config', site.configFile, '--out', file);
  t.equal(dumped.status, 0, dumped.err);
  const { entries } = parseRecording(readFileSync(file, 'utf8'));
  t.equal(entries.filter(({ event }) => event.kind === 'platformAsked').length, 4);
  const captured = platform.captures.length;
  const { out, err } = kakou('replay', file, '--json');
  t.not(out, '', err);
  const { comparison, notes, replayed } = JSON.parse(out) as Replay;
  t.strictSame(notes, []);
  t.strictSame(comparison, { compared: 4, differences: [] });
  t.match(
    replayed.map(({ outcome }) => outcome),
    ['passed', 'refused', 'referred', 'referred'],
  );
  t.equal(platform.captures.length, captured, 'a replay asks nobody');

  const again = kakou('replay', String(replayedPassage(site)), '--config', site.configFile);
  t.equal(again.status, 0, again.err);
  t.match(again.out, /same/);

  const config = ['--config', site.configFile, '--lane', 'in-1'];
  const tried = kakou('decide', ...config, '--plate', '粤BA1001', '--container', boxes[0]);
  t.match(tried.out, /customs gate platform has not been asked/);
});

const replayedPassage = (site: VirtualSite) => site.heard('platform.answered.v1')[0]?.subject;

t.test('the answer for truck A does nothing while truck B stands there', async (t) => {
  const { site, platform } = await linkedSite(t, { answerWithinMs: 9_000, patienceMs: 4_000 });
  const asked: { capture: HeardCapture; release: () => void }[] = [];
  platform.react = (capture, { answer }) => {
    asked.push({ capture, release: () => answer({ seqNo: capture.seqNo, word: good }) });
  };
  t.equal(await site.pass('in-1', truck(1)), 'turnedBack', 'A has waited in vain');
  await site.until(() => site.outcomes().length === 1, 'A has gone');
  t.strictSame(site.outcomes(), ['withdrawn']);
  const passing = site.pass('in-1', truck(2));
  await site.until(() => asked.length === 2, 'B is asked about');
  asked[0]?.release();
  await site.until(() => site.heard('platform.answerIgnored.v1').length === 1, 'it is ignored');
  await new Promise((done) => setTimeout(done, 300));
  t.equal(site.contacts.length, 0);
  asked[1]?.release();
  t.equal(await passing, 'crossed');
  await site.until(() => site.outcomes().length === 2, 'B has gone');
  t.strictSame(site.outcomes(), ['withdrawn', 'passed']);
  t.equal(site.contacts.length, 1);
  await site.wholeAtCentre(t);
});

t.test('a restart while it is asked about: the old answer opens nothing', async (t) => {
  const { site, platform } = await linkedSite(t, { answerWithinMs: 2_500, patienceMs: 15_000 });
  const asked: HeardCapture[] = [];
  platform.react = (capture, { answer }) => {
    asked.push(capture);
    if (asked.length === 1) return;
    // What was asked before the restart is answered now, on the only connection that there is.
    answer({ seqNo: asked[0]?.seqNo ?? '', word: good });
  };
  const passing = site.pass('in-1', truck(1));
  await site.until(() => asked.length === 1, 'it is asked about');
  await site.killDaemon();
  await site.startDaemon();
  await site.until(() => asked.length === 2, 'it is asked about anew');
  t.not(asked[1]?.seqNo, asked[0]?.seqNo, 'with another number');
  t.equal(await passing, 'turnedBack');
  await site.until(() => site.outcomes().length === 1, 'it has gone');
  t.strictSame(site.outcomes(), ['referred']);
  t.strictSame(
    site.heard('platform.answerIgnored.v1').map(({ data }) => data['why']),
    ['unknownNumber'],
  );
  t.equal(site.contacts.length, 0);
});
