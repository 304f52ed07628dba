/** What persons did is in a recording, and done again when it is replayed: the same becomes of the same trucks. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseRecording } from '../../src/adapters/recording/recording-lines.ts';
import type { Replay } from '../../src/replay-gate.ts';
import type { PersonClient } from '../support/person-client.ts';
import { repositoryFile } from '../support/repository.ts';
import { manner, password, patiently, personsOf, standing } from '../support/site-persons.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

function kakou(...args: string[]) {
  const program = [repositoryFile('dist/src/cli/kakou.js'), ...args];
  const run = spawnSync(process.execPath, program, { encoding: 'utf8', maxBuffer: 64 << 20 });
  return { status: run.status, out: run.stdout, err: run.stderr };
}

function replay(file: string): Replay {
  const { out, err } = kakou('replay', file, '--json');
  if (out === '') throw new Error(err);
  return JSON.parse(out) as Replay;
}

t.test('corrected, released by hand and drained: the replay tells the same', async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    manner: { ...manner, patienceMs: 20_000 },
    configure: (config) => {
      patiently(config);
      config['recorder'] = { filesMax: 0 };
    },
  });
  await site.startDaemon();
  const [clerk, supervisor] = (await personsOf(site, ['clerk', 'supervisor'])) as [
    PersonClient,
    PersonClient,
  ];
  const over = (count: number) =>
    site.until(() => site.outcomes().length === count, `${count} have gone`);

  const first = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  const misread = { ...first, plateRead: { text: '粤BA7001', confidence: 98 } };
  const corrected = site.pass('in-1', misread);
  const one = await standing(t, site, clerk);
  const { body } = await clerk.post(one.acts, {
    ...{ act: 'correct', actId: 'correct-0001', seen: one.seen, plate: first.truck.plate },
    note: 'seen at the window',
  });
  const touch = { act: 'confirm', actId: 'confirm-0001', seen: body['decisionId'] };
  t.equal((await clerk.post(one.acts, touch)).status, 200);
  t.equal(await corrected, 'crossed');
  await over(1);

  const box = 'CBHU3202732';
  const whole = planned({ number: 2, direction: 'in', containers: [box] });
  const withoutProof = { ...whole, feed: whole.feed.filter(({ kind }) => kind !== 'proof') };
  const released = site.pass('in-1', withoutProof);
  const two = await standing(t, site, clerk);
  const byHand = { act: 'manualRelease', actId: 'release-0001', seen: two.seen };
  const proposed = await clerk.post(two.acts, {
    ...byHand,
    ...{ reason: 'documentsSeen', reference: 'HG-2026-0017' },
  });
  t.equal(proposed.status, 202, JSON.stringify(proposed.body));
  const approved = await supervisor.post('/api/acts/release-0001/approval');
  t.equal(approved.status, 200, JSON.stringify(approved.body));
  t.equal(await released, 'crossed');
  await over(2);

  const toLane = ['--config', site.configFile, '--lane', 'in-1', '--person', '王芳'];
  const drained = kakou('lane', 'drain', ...toLane);
  t.equal(drained.status, 0, drained.err);
  const last = planned({ number: 3, direction: 'in', containers: ['TGHU1234567'] });
  t.equal(await site.pass('in-1', last), 'turnedBack', 'the lane takes nobody');
  await over(3);
  t.strictSame(site.outcomes(), ['passed', 'passed', 'referred']);

  const file = join(site.directory, 'acts.jsonl');
  const dumped = kakou('recorder', 'dump', '--config', site.configFile, '--out', file);
  t.equal(dumped.status, 0, dumped.err);
  const text = readFileSync(file, 'utf8');
  const { entries } = parseRecording(text);
  t.match(
    entries.flatMap(({ event }) => (event.kind === 'acted' ? [event.act] : [])),
    [
      { kind: 'correct', note: 'seen at the window', by: { name: 'clerk-1', role: 'clerk' } },
      { kind: 'confirm' },
      { kind: 'manualRelease', second: undefined },
      { kind: 'manualRelease', second: { name: 'supervisor-1', role: 'supervisor' } },
    ],
  );
  t.match(
    entries.flatMap(({ event }) => (event.kind === 'ordered' ? [event] : [])),
    [{ laneId: 'in-1', act: { kind: 'drain' }, person: '王芳' }],
  );
  t.notMatch(text, password);
  const sessions = site.heard('session.opened.v1').map(({ data }) => String(data['session']));
  t.equal(sessions.length, 2);
  const acts = text.split('\n').filter((line) => line.includes('"k":"acted"'));
  for (const session of sessions) t.notMatch(acts.join('\n'), session, 'nor a session');

  const result = replay(file);
  t.strictSame(result.notes, []);
  t.strictSame(result.comparison, { compared: 3, differences: [] });
  t.match(result.replayed, [
    { outcome: 'passed', commands: ['open'], acts: [{ act: 'correct' }, { act: 'confirm' }] },
    {
      ...{ outcome: 'passed', commands: ['open'] },
      acts: [{ act: 'manualRelease', person: 'clerk-1' }],
    },
    { outcome: 'referred', reasons: [/^lane-drain/], commands: [] },
  ]);

  await t.test('without what they did it is another story', async (t) => {
    const without = (kind: string) => {
      const other = join(site.directory, `without-${kind}.jsonl`);
      const lines = text.split('\n').filter((line) => !line.includes(`"k":"${kind}"`));
      writeFileSync(other, lines.join('\n'));
      return replay(other).comparison.differences.map(({ member }) => member);
    };
    t.ok(without('acted').includes('outcome'));
    t.ok(without('ordered').length > 0);
  });
});
