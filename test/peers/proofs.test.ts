import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { proveEntries } from '../../src/adapters/store/journal-proofs.ts';
import { logIn, newSigner } from '../support/journal-log.ts';
import { note } from '../support/open-ledger.ts';
import { missing } from '../support/peers.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

t.test(
  'hashlib and openssl find our proofs right, and a changed one wrong',
  { skip: missing('python3') || missing('openssl') },
  async (t) => {
    const folder = temporaryFolder();
    const signer = newSigner();
    const ledger = logIn(folder, { signer });
    ledger.commit({ events: [...Array(699).keys()].map((i) => note(`s${i + 2}`)) });
    ledger.checkpoint();
    const key = signer.verifierKey(`kakou/CNSHK/gate-1/${ledger.epoch}`);
    ledger.close();
    const check = (proof: object) => {
      const file = join(folder, 'proof.json');
      writeFileSync(file, JSON.stringify(proof));
      return spawnSync('python3', [repositoryFile('test/peers/proof-check.py'), file, key], {
        encoding: 'utf8',
      });
    };
    for (const entry of [1, 2, 255, 256, 257, 512, 513, 690, 700]) {
      const proof = proveEntries(join(folder, 'ledger.db'), { entry }, {});
      const right = check(proof);
      t.equal(right.stdout, `${String(entry).padStart(16, '0')}\n`, right.stderr);
    }
    const proof = proveEntries(join(folder, 'ledger.db'), { entry: 300 }, {});
    const [own] = proof.entries;
    const changed = { ...own, entry: own?.entry.replace('s300', 's301') };
    t.match(check({ ...proof, entries: [changed] }), {
      status: 1,
      stderr: /AssertionError: entry/,
    });
  },
);
