/** Prunes as fast as it can and says each batch once it is done. */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { SigningKeys } from '../../../src/adapters/system/signing-key.ts';
import { logIn } from '../../support/journal-log.ts';
import { note } from '../../support/open-ledger.ts';

const folder = process.argv[2] ?? '';
const keys = new SigningKeys(join(folder, 'keys'));
const time = { wallMs: Date.UTC(2026, 10, 23) };
const ledger = logIn(folder, { signer: (announced) => keys.settled(announced), time });
for (let i = 0; i < 20; i++) {
  ledger.commit({ events: [...Array(99).keys()].map((n) => note(`${i}.${n}`)) });
  ledger.checkpoint();
}
ledger.acknowledge(ledger.head().sequence);
time.wallMs += 100 * 86_400_000;
const reason = { reason: 'retention', journalDays: 30 } as const;
for (let i = 1; ; i++) {
  ledger.prune({ beforeMs: time.wallMs - 30 * 86_400_000, reason });
  writeSync(1, `${i}\n`);
}
