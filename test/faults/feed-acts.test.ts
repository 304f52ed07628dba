/** Acts of a person upon the feed of a running gate: they count at the lane, and stand in the journal and in the inputs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { node } from '../../scripts/main-job/programs.ts';
import { repositoryFile } from '../support/repository.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const boxes = ['CSQU3054383', 'CBHU3202732', 'HLXU2008419'] as const;

async function feed(site: VirtualSite, ...args: readonly string[]) {
  const cli = repositoryFile('dist/src/cli/kakou.js');
  const child = spawn(
    node.command,
    [...node.args, cli, 'feed', ...args, '--config', site.configFile],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  const [status] = (await once(child, 'close')) as [number];
  return { status, text };
}

t.test(
  'a gap and a taint are taken by a person, and the decisions under it are listed',
  async (t) => {
    const site = await VirtualSite.start(t, {
      lanes: [{ laneId: 'in-1', direction: 'in' }],
      configure: (config) => {
        const { sources } = config['feed'] as { sources: object[] };
        sources.push({ source: 'port', kinds: ['hold'] });
      },
    });
    await site.startDaemon();
    const file = join(site.directory, 'port.ndjson');
    const lines = [
      { kakouFeed: 1, source: 'port', mode: 'delta' },
      { sequence: 3, kind: 'hold', note: boxes[1] },
      { watermark: { through: 3, at: new Date().toISOString() }, records: 1 },
    ];
    writeFileSync(file, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    const imported = await feed(site, 'import', file);
    t.match(imported, { status: 0, text: /taken as port\.import/ });
    const first = planned({ number: 1, direction: 'in', containers: [boxes[0]] });
    t.equal(await site.pass('in-1', first), 'turnedBack', 'a source with a gap may hide a hold');

    const who = ['--person', '王芳', '--reason', '已电话核实'];
    const gap = ['--source', 'port', '--from', '1', '--through', '2'];
    t.match(await feed(site, 'acknowledge-gap', ...gap, ...who), {
      status: 0,
      text: /counts as current/,
    });
    t.match(await feed(site, 'acknowledge-gap', ...gap, ...who), { status: 1, text: /no gap/ });
    const second = planned({ number: 2, direction: 'in', containers: [boxes[1]] });
    t.equal(await site.pass('in-1', second), 'turnedBack', 'the line may have been a hold on it');

    t.match(await feed(site, 'quarantine', 'redrive', '1', ...who), {
      status: 1,
      text: /still cannot/,
    });
    t.match(await feed(site, 'quarantine', 'dispose', '1', ...who), {
      status: 0,
      text: /taints nothing/,
    });
    const third = planned({ number: 3, direction: 'in', containers: [boxes[1]] });
    t.equal(await site.pass('in-1', third), 'crossed');

    await site.until(() => site.heard('person.acted.v1').length >= 6, 'the acts reach the centre');
    const acts = site.heard('person.acted.v1').map(({ data }) => [data['act'], data['refused']]);
    t.match(acts, [
      ['acknowledgeGap', undefined],
      ['acknowledgeGap', undefined],
      ['acknowledgeGap', /no gap/],
      ['redrive', undefined],
      ['redrive', /still cannot be read/],
      ['disposeTaint', undefined],
    ]);
    t.match(site.heard('person.acted.v1')[0]?.data, {
      person: '王芳',
      reason: '已电话核实',
      first: 1,
    });
    const review = await feed(site, 'review');
    t.match(review.text, /admit .*CBHU3202732[\s\S]*under port 1 to 2; port 3 by CBHU3202732/);
    t.notMatch(review.text, /CSQU3054383/, 'what was decided before is not under it');
    await site.wholeAtCentre(t);
  },
);
