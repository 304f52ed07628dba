/** A dry run, a back-test and a re-run beside a running gate tell what the gate itself tells. */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { node } from '../../scripts/main-job/programs.ts';
import type { FeedRecord } from '../../src/simulation/traffic.ts';
import { repositoryFile } from '../support/repository.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

/** Not in this thread: the devices of the site live in it. */
function kakou(...args: string[]): Promise<Run> {
  const child = spawn(node.command, [
    ...node.args,
    repositoryFile('dist/src/cli/kakou.js'),
    ...args,
  ]);
  const run: Run = { status: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    run.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    run.stderr += text;
  });
  return new Promise((done) => child.once('close', (status) => done({ ...run, status })));
}

t.test('what would be decided, what was, and what another policy would have', async (t) => {
  const site = await VirtualSite.start(t, { lanes: [{ laneId: 'in-1', direction: 'in' }] });
  const config = ['--config', site.configFile] as const;
  const early = await kakou('decide', ...config, '--lane', 'in-1', '--plate', '粤B12345');
  t.equal(early.status, 2);
  t.match(early.stderr, /feed\.db is not there\n {4}hint: the gate has not run/);

  // A ledger of before the upgrade, and a daemon that has not been started since.
  const data = join(site.directory, 'data');
  for (const [name, sql] of [
    ['feed.db', 'CREATE TABLE source (source)'],
    ['ledger.db', 'CREATE TABLE journal (position)'],
  ] as const) {
    mkdirSync(data, { recursive: true });
    const db = new Database(join(data, name));
    db.exec(sql);
    db.close();
  }
  const older = await kakou('decide', ...config, '--lane', 'in-1', '--plate', '粤B12345');
  t.equal(older.status, 2);
  t.match(older.stderr, /no such table: \w+\n {4}hint: read it with the kakou that wrote it/);
  rmSync(data, { recursive: true });

  await site.startDaemon();
  const first = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  await site.announce(first.feed);
  const { truck, cargoKg } = first;
  const described = [
    ...['--lane', 'in-1', '--plate', truck.plate, '--tag', truck.tag],
    ...['--container', 'CSQU3054383', '--weight', String(truck.tareKg + cargoKg)],
  ];
  const would = await kakou('decide', ...config, ...described);
  t.equal(would.status, 0, would.stdout + would.stderr);
  t.match(would.stdout, /^admit by policy strict-import-export, version 1\n/);
  t.match(would.stdout, /would use \S+ for CSQU3054383/);
  const other = await kakou('decide', ...config, ...described, '--container', 'CBHU3202732');
  t.equal(other.status, 1);
  t.match(other.stdout, /refer: containers-complete: .*CBHU3202732 is not planned/);

  const file = join(site.directory, 'truck.json');
  const json = { lane: 'in-1', plates: [truck.plate], tags: [truck.tag], containers: [] };
  writeFileSync(file, JSON.stringify(json));
  const missing = await kakou('decide', ...config, '--json', file);
  t.equal(missing.status, 1);
  const { disposition, checks } = JSON.parse(missing.stdout);
  t.equal(disposition, 'refer');
  t.ok(
    (checks as { code?: string }[]).some(({ code }) => code === 'container-missing'),
    missing.stdout,
  );

  t.equal(await site.pass('in-1', first), 'crossed');
  await site.until(() => site.outcomes().length === 1, 'it has gone');
  const used = await kakou('decide', ...config, ...described);
  t.match(used.stdout, /refer: not-already-used: /, 'the ledger is asked as well');

  const [decided] = site.heard('passage.decided.v1');
  const again = await kakou('decide', ...config, '--passage', decided?.subject ?? '');
  t.equal(again.status, 0, again.stderr);
  t.match(again.stdout, /: the same, byte by byte\n$/);
  t.match((await kakou('decide', ...config, '--passage', 'nobody')).stderr, /no decision of/);
  const replayed = await kakou('replay', decided?.subject ?? '', ...config);
  t.equal(replayed.status, 0, replayed.stderr);
  t.equal(replayed.stdout, again.stdout, 'replay of a passage is the same');
  const homeless = await kakou('replay', decided?.subject ?? '');
  t.equal(homeless.status, 2);
  t.match(
    homeless.stderr,
    /no configuration is given\n {4}hint: give the configuration of its gate/,
  );

  const policy = JSON.parse(
    readFileSync(repositoryFile('config/policies/strict-import-export.json'), 'utf8'),
  );
  const stricter = join(site.directory, 'stricter.json');
  const same = await kakou(
    'backtest',
    ...config,
    '--policy',
    repositoryFile('config/policies/lenient-import-export.json'),
  );
  t.match(same.stdout, /0 of 1 decisions change; cases for a clerk: 0 before, 0 after/);
  const none = {
    ...policy,
    name: 'stricter',
    requiredProofs: policy.requiredProofs.map((each: object) => ({
      ...each,
      require: [{ anyOf: ['quarantine'] }],
    })),
  };
  writeFileSync(stricter, JSON.stringify(none));
  const changed = await kakou('backtest', ...config, '--policy', stricter);
  t.match(changed.stdout, /in-1 \S+: admit → refer proof-missing/);
  t.match(changed.stdout, /1 of 1 decisions change; cases for a clerk: 0 before, 1 after/);
  writeFileSync(stricter, '{"name":"bad"}');
  const bad = await kakou('backtest', ...config, '--policy', stricter);
  t.equal(bad.status, 2);
  t.match(bad.stderr, /hint: compare with config\/policies/);
  await site.wholeAtCentre(t);
});

t.test('a driver is told by the number of his card, which goes nowhere', async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    configure: (config) => {
      const { sources } = config['feed'] as { sources: { kinds: string[] }[] };
      sources[0]?.kinds.push('driver', 'binding');
    },
  });
  await site.startDaemon();
  const { truck, feed } = planned({ number: 1, direction: 'in', containers: ['CSQU3054383'] });
  const put = (kind: string, id: string, body: FeedRecord['body']): FeedRecord => ({
    ...{ kind, id, version: 1, op: 'put', body },
  });
  await site.announce([
    ...feed,
    put('driver', 'DRIVER-1', { cards: ['04A1B2C3D4E5F607'], status: 'valid' }),
    put('driver', 'DRIVER-2', { cards: ['04FFFFFFFFFFFF07'], status: 'valid' }),
    put('binding', 'B-1', {
      ...{ state: 'bound', origin: 'preArrival', plate: truck.plate, driverId: 'DRIVER-1' },
      ...{ containers: [], consignments: [] },
    }),
  ]);
  const truckArguments = ['--lane', 'in-1', '--plate', truck.plate, '--tag', truck.tag];
  const by = (card: string) =>
    kakou('decide', '--config', site.configFile, ...truckArguments, '--card', card);

  const own = await by('04a1b2c3d4e5f607');
  t.notMatch(own.stdout, /driver-/, own.stdout);
  const others = await by('04FFFFFFFFFFFF07');
  t.equal(others.status, 1);
  t.match(others.stdout, /refer: driver-matches-binding: /);
  const nobodys = await by('0400000000000007');
  t.equal(nobodys.status, 1);
  t.match(nobodys.stdout, /refer: driver-registered: no driver is registered with the card/);
  for (const { stdout, stderr } of [own, others, nobodys])
    t.notMatch(
      stdout + stderr,
      /04(A1B2C3D4E5F6|FFFFFFFFFFFF|000000000000)07/i,
      'only its reference',
    );

  const file = join(site.directory, 'truck.json');
  const described = { lane: 'in-1', plates: [truck.plate], tags: [truck.tag] };
  writeFileSync(file, JSON.stringify({ ...described, card: '04FFFFFFFFFFFF07' }));
  const asJson = await kakou('decide', '--config', site.configFile, '--json', file);
  t.ok(
    (JSON.parse(asJson.stdout).checks as { check: string; outcome: string }[]).some(
      ({ check, outcome }) => check === 'driver-matches-binding' && outcome === 'fail',
    ),
    asJson.stdout,
  );
  writeFileSync(file, JSON.stringify({ ...described, card: 7 }));
  const wrong = await kakou('decide', '--config', site.configFile, '--json', file);
  t.match(wrong.stderr, /"card" must be a text/);
});

t.test('a truck that cannot be understood is refused with the reason', async (t) => {
  const config = ['--config', repositoryFile('config/examples/two-lanes.yaml')] as const;
  t.match((await kakou('decide', ...config)).stderr, /give the lane with --lane/);
  t.match((await kakou('decide', ...config, '--weight', 'x')).stderr, /1 to 200000 kg/);
  t.match(
    (await kakou('decide', ...config, '--lane', 'x')).stderr,
    /no lane "x"[\s\S]*hint: one of: in-1, out-1/,
  );
  t.match(
    (await kakou('decide', ...config, '--json', '/nowhere')).stderr,
    /cannot be read: ENOENT/,
  );
  t.match(
    (await kakou('backtest', ...config, '--policy', '/nowhere')).stderr,
    /cannot be read: ENOENT/,
  );
});
