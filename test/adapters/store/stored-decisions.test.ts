/** Decisions for whoever looks at them later: those of a passage in the order in which they were made. */
import { join } from 'node:path';
import t from 'tap';
import {
  decisionsOfPassage,
  decisionsSince,
} from '../../../src/adapters/store/stored-decisions.ts';
import { decisionFor, ledgerIn } from '../../support/open-ledger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

t.test('the tenth decision of a passage comes after the second', async (t) => {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  const made = (passageId: string, number: number, nowWallMs: number) => {
    const { decision, ...change } = decisionFor(passageId, []);
    if (!decision) throw new Error('a decision');
    const decisionId = `${passageId}.d${number}` as never;
    const inputs = JSON.stringify({ nowWallMs });
    ledger.commit({ ...change, decision: { ...decision, decisionId, inputs } });
  };
  for (let number = 1; number <= 11; number++) made('p-1', number, number);
  for (const number of [1, 2, 10]) made('p-2', number, 100);
  ledger.close();
  const file = join(folder, 'ledger.db');
  const numbers = Array.from({ length: 11 }, (_, i) => `p-1.d${i + 1}`);
  const ids = (rows: Iterable<{ readonly decisionId: string }>) =>
    [...rows].map(({ decisionId }) => decisionId);
  t.strictSame(ids(decisionsOfPassage(file, 'p-1')), numbers);
  const second = ['p-2.d1', 'p-2.d2', 'p-2.d10'];
  t.strictSame(ids(decisionsSince(file, 0)), [...numbers, ...second]);
  t.strictSame(ids(decisionsSince(file, 9)), [...numbers.slice(8), ...second]);
  t.strictSame(ids(decisionsSince(file, 101)), []);
  t.strictSame(Object.keys([...decisionsSince(file, 100)][0] ?? {}), [
    'decisionId',
    'laneId',
    'policyDigest',
    'inputs',
    'result',
    'prunedUnder',
  ]);
});
