/** Changes the signing key as fast as it can, commits between, and says each change once it is done. */
import { writeSync } from 'node:fs';
import { SigningKeys } from '../../../src/adapters/system/signing-key.ts';
import { rotateKey } from '../../../src/gate-journal-acts.ts';
import { logIn } from '../../support/journal-log.ts';
import { note } from '../../support/open-ledger.ts';

const folder = process.argv[2] ?? '';
const keys = new SigningKeys(folder);
const ledger = logIn(folder, { signer: (announced) => keys.settled(announced) });
for (let i = 1; ; i++) {
  ledger.commit({ events: [note('x')] });
  if (rotateKey({ ledger, keys }, 'tester').ok) writeSync(1, `${i}\n`);
}
