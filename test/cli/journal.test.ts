/** The commands on a log, by themselves and asked of a shell. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { node } from '../../scripts/main-job/programs.ts';
import { SigningKeys } from '../../src/adapters/system/signing-key.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import { logIn } from '../support/journal-log.ts';
import { note } from '../support/open-ledger.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function kakou(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    node.command,
    [...node.args, repositoryFile('dist/src/cli/kakou.js'), 'journal', ...args],
    { encoding: 'utf8', timeout: 60_000 },
  );
  return { status, stdout, stderr };
}

/** The data of a gate that has run, and its configuration. */
function site() {
  const folder = temporaryFolder();
  const directory = join(folder, 'data');
  const keys = new SigningKeys(directory);
  const ledger = logIn(directory, { signer: (announced) => keys.settled(announced) });
  ledger.commit({ events: [note('p1'), note('p2')] });
  ledger.checkpoint();
  const { epoch } = ledger;
  ledger.close();
  const config = join(folder, 'gate.yaml');
  writeFileSync(
    config,
    virtualConfig({
      directory,
      panelPort: 8080,
      devicePushPort: 8081,
      brokerUrl: 'mqtt://127.0.0.1:1883',
      feedDirectory: join(folder, 'feed'),
      policyFile: repositoryFile('config/policies/strict-import-export.json'),
      lanes: [
        {
          laneId: 'in-1',
          direction: 'in',
          ports: { ioModule: 1502, weighbridge: 4001, reader: 4002 },
        },
      ],
    })
      .replace(/^site: .*$/m, 'site: CNSHK')
      .replace(/^gate: .*$/m, 'gate: gate-1'),
  );
  return { folder, config, file: join(directory, 'ledger.db'), epoch };
}

const verified = (...args: string[]) => {
  const { status, stdout, stderr } = kakou('verify', ...args);
  return { status, stderr, ...JSON.parse(stdout) };
};

t.test('a log is exported, verified, and one passage proven to somebody else', async (t) => {
  const { folder, file } = site();
  const out = join(folder, 'log.ndjson');
  t.match(kakou('export', file, '--out', out), { status: 0, stdout: '' });
  const whole = verified(out);
  t.match(whole, { status: 0, ok: true, entries: 4, checkpoints: 1 });
  t.equal(kakou('export', file).stdout, readFileSync(out, 'utf8'));
  t.match(kakou('export', file, '--out', out), { status: 1, stderr: /exists/ });
  t.match(kakou('export', file, '--from', '9'), {
    status: 1,
    stderr: /hint: its entries are 1 to 4/,
  });
  t.match(kakou('export', file, '--from', 'x'), { status: 2 });
  t.notOk(existsSync(`${out}.part`));

  const proof = join(folder, 'proof.json');
  t.match(kakou('prove', file, '--passage', 'p1', '--out', proof), { status: 0 });
  const checked = kakou('verify-proof', proof, '--key', whole.verifierKey);
  t.equal(checked.status, 0, checked.stderr);
  t.match(JSON.parse(checked.stdout), { ok: true, entries: [{ subject: 'p1' }] });
  writeFileSync(proof, readFileSync(proof, 'utf8').replace('arm-stuck', 'arm-stack'));
  const forged = kakou('verify-proof', proof, '--key', whole.verifierKey);
  t.match(forged, { status: 1, stderr: /entry-not-in-tree: .*\n {4}hint: / });
  t.match(kakou('prove', file), { status: 2, stderr: /--entry, --passage or --consistency/ });
  t.match(kakou('prove', file, '--entry', '2', '--passage', 'p1'), { status: 2 });
  t.match(kakou('prove', file, '--consistency', '4'), { status: 2 });
  t.match(kakou('prove', file, '--consistency', '4,4'), { status: 0 });
});

t.test('where no daemon runs, the key is changed and an epoch begun by the command', async (t) => {
  const { folder, config, file, epoch } = site();
  const before = verified(file);
  const rotated = kakou('rotate-key', '--config', config, '--person', 'Li Wei');
  t.match(
    rotated,
    { status: 0, stdout: /^signing key: entry 5 announces the new key/ },
    rotated.stderr,
  );
  const after = verified(file, '--key', before.verifierKey);
  t.match(after, { ok: true, entries: 6, checkpoints: 2 });
  t.not(after.verifierKey, before.verifierKey);

  const lastKnown = `${epoch}:9:${'a'.repeat(64)}`;
  const begun = kakou(
    'begin-epoch',
    '--config',
    config,
    '--person',
    'Li',
    '--last-known',
    lastKnown,
  );
  t.match(begun, { status: 0, stdout: /goes on in epoch [0-9a-f]{32}/ }, begun.stderr);
  const restored = verified(file, '--since', `${epoch}:6:${after.head}`);
  t.match(restored, { ok: true, reason: 'restored', lost: [{ epoch, from: 7, through: 9 }] });
  t.match(restored.stderr, /entries 7 to 9 of epoch [0-9a-f]+ were lost/);
  const malformed = kakou('begin-epoch', '--config', config, '--person', 'x', '--last-known', '1');
  t.match(malformed, { status: 2, stderr: /EPOCH:ENTRIES:HEAD/ });

  const prune = (...args: string[]) => kakou('prune', '--config', config, ...args);
  t.match(prune('--before', '2026-02-30', '--dry-run'), { status: 2 });
  t.match(prune('--before', '2999-01-01', '--dry-run'), { status: 2 });
  t.match(prune('--before', '2026-11-30'), { status: 2, stderr: /give --person, or --dry-run/ });
  const preview = prune('--before', '2026-11-30', '--dry-run');
  t.match(preview, { status: 0, stdout: /"entries":0.*/ }, preview.stderr);
  t.match(prune('--before', '2026-11-30', '--person', 'Li'), {
    status: 0,
    stdout: /0 bodies are pruned/,
  });

  const empty = join(folder, 'other.yaml');
  writeFileSync(empty, readFileSync(config, 'utf8').replace('/data', '/none'));
  const missing = kakou('rotate-key', '--config', empty, '--person', 'x');
  t.match(missing, { status: 1, stderr: /ledger.db does not exist/ });
});
