/** Who was not let through lately: kept with the decision, looked up once and ahead of the next. */
import t from 'tap';
import { ledgerIn, note } from '../../support/open-ledger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const refusal = (plate: string, atMs: number, passage = `p-${atMs}`) => ({
  events: [note(passage)],
  turnedBack: {
    plate,
    atMs,
    passageId: passage as never,
    disposition: 'refuse',
    reasons: ['proof-missing'],
  },
});

t.test('the last two of each plate are told, newest first', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  for (const atMs of [1, 3, 2]) ledger.commit(refusal('粤B12345', atMs));
  ledger.commit(refusal('粤B99999', 9));
  t.strictSame(
    ledger.turnedBackOf(['粤B12345']).map(({ atMs }) => atMs),
    [3, 2],
  );
  t.match(ledger.turnedBackOf(['粤B99999', '粤B00000']), [
    { plate: '粤B99999', atMs: 9, disposition: 'refuse', reasons: ['proof-missing'] },
  ]);
  t.strictSame(ledger.turnedBackOf([]), []);
});

t.test('a decision that is made anew in the same moment is one refusal', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(refusal('粤B12345', 1));
  t.match(ledger.commit(refusal('粤B12345', 1)), { kind: 'committed' });
  t.equal(ledger.turnedBackOf(['粤B12345']).length, 1);
});
