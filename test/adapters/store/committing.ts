/** Commits as fast as it can and says each sequence once it is durable. Ended by a signal from outside. */
import { writeSync } from 'node:fs';
import { ledgerIn, note } from '../../support/open-ledger.ts';

const ledger = ledgerIn(process.argv[2] ?? '');
for (;;) {
  const result = ledger.commit({ events: [note('x'), note('y')] });
  if (result.kind === 'committed') writeSync(1, `${result.lastSequence}\n`);
}
