/** Parts of a release over several lanes: the last pieces go once, whatever the lanes believed. */
import t from 'tap';
import { none } from '../../support/exactly.ts';
import { decisionFor, ledgerIn, settlement } from '../../support/open-ledger.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const whole = { lineage: 'P-1', container: 'loose:D1' };
const part = (packages: number, limit = 100) => ({
  ...whole,
  part: { takes: { packages }, limit: { packages: limit } },
});
const committed = { kind: 'committed' };
const taken = { kind: 'conflicted', reason: 'releaseTaken' };

t.test('parts are added up, and the one that goes beyond the limit is not stored', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  t.match(ledger.commit(decisionFor('p1', [part(60)])), committed);
  t.match(ledger.commit(decisionFor('p2', [part(41)])), taken);
  t.match(ledger.commit(decisionFor('p3', [part(40)])), committed);
  t.match(ledger.commit(decisionFor('p4', [part(1)])), taken);
  t.match(ledger.usesOf(['loose:D1']), [
    { lineage: 'P-1', passageId: 'p1', state: 'reserved', takes: { packages: 60 }, atMs: 1 },
    { lineage: 'P-1', passageId: 'p3', state: 'reserved', takes: { packages: 40 } },
  ]);
});

t.test('a part that was taken by pieces counts where the limit is told by weight', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(decisionFor('p1', [part(100)]));
  const byWeight = {
    ...whole,
    part: { takes: { grossWeightKg: 1 }, limit: { grossWeightKg: 5_000 } },
  };
  t.match(ledger.commit(decisionFor('p2', [byWeight])), taken);
});

t.test('two lanes that both saw the last pieces: one of them goes', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(decisionFor('p1', [part(60)]));
  const both = [decisionFor('lane-a', [part(40)]), decisionFor('lane-b', [part(40)])];
  t.match(
    both.map((each) => ledger.commit(each)),
    [committed, taken],
  );
});

t.test('what is used up stays used, what is returned may go again', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(decisionFor('p1', [part(60)]));
  ledger.commit(decisionFor('p2', [part(40)]));
  t.match(ledger.commit(settlement('p1', [part(60)], 'consumed')), committed);
  t.match(ledger.commit(settlement('p2', [part(40)], 'returned')), committed);
  t.match(ledger.usesOf(['loose:D1']), [{ passageId: 'p1', state: 'consumed' }]);
  t.match(ledger.commit(settlement('p1', [part(60)], 'returned')), committed);
  t.match(ledger.usesOf(['loose:D1']), [{ passageId: 'p1' }], 'used is not given back');
  t.match(ledger.commit(decisionFor('p3', [part(41)])), taken);
  t.match(ledger.commit(decisionFor('p4', [part(40)])), committed);
});

t.test('whole and in part exclude each other', async (t) => {
  const first = ledgerIn(temporaryFolder());
  first.commit(decisionFor('p1', [whole]));
  t.match(first.commit(decisionFor('p2', [part(1)])), taken);
  const second = ledgerIn(temporaryFolder());
  second.commit(decisionFor('p1', [part(1)]));
  t.match(second.commit(decisionFor('p2', [whole])), taken);
  t.match(second.commit(decisionFor('p3', [{ lineage: 'P-2', container: 'loose:D1' }])), committed);
});

t.test('a part of a truck that had not left is known after a restart', async (t) => {
  const folder = temporaryFolder();
  const before = ledgerIn(folder);
  before.commit(decisionFor('p1', [part(60)]));
  before.close();
  const ledger = ledgerIn(folder);
  t.match(ledger.unendedPassages(), [{ passageId: 'p1', releases: [part(60)] }]);
  ledger.commit(settlement('p1', [part(60)], 'consumed'));
  t.match(ledger.unendedPassages(), [{ passageId: 'p1', releases: none }]);
  t.match(ledger.commit(decisionFor('p2', [part(41)])), taken);
});

t.test(
  'an officer finds what a passage has reserved, in part and whole, and can return it',
  async (t) => {
    const ledger = ledgerIn(temporaryFolder());
    const other = { lineage: 'P-2', container: 'CSQU3054383' };
    ledger.commit(decisionFor('p1', [part(60), other]));
    t.strictSame(ledger.acts.reservedFor('p1'), [part(60), other]);
    t.strictSame(ledger.acts.reservedFor('p'), [], 'another passage with the same beginning');
    ledger.commit(settlement('p1', ledger.acts.reservedFor('p1'), 'returned'));
    t.strictSame(ledger.acts.reservedFor('p1'), []);
    t.match(ledger.commit(decisionFor('p2', [part(100)])), committed);
    ledger.commit(settlement('p2', [part(100)], 'consumed'));
    t.strictSame(ledger.acts.reservedFor('p2'), [], 'what is used up is not given back');
  },
);

t.test('parts are told from a moment on where one is named', async (t) => {
  const ledger = ledgerIn(temporaryFolder());
  ledger.commit(decisionFor('p1', [part(1)]));
  const told = (fromMs: number) =>
    ledger.usesOf(['loose:D1'], new Map([['loose:D1', fromMs]])).map(({ atMs }) => atMs);
  t.strictSame([told(1), told(2)], [[1], []]);
});
