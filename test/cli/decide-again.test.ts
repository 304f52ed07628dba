import t from 'tap';
import { rerunLines } from '../../src/cli/decide-again.ts';

const policy = { name: 'p', version: 1 };
const stored = {
  disposition: 'admit',
  policy,
  transactionTypes: ['importLocal'],
  checks: [
    { check: 'plate-read', outcome: 'pass' },
    { check: 'not-held', outcome: 'pass' },
  ],
  releases: [{ lineage: 'L', container: 'CSQU3054383' }],
};

t.test('what differs is told member by member and check by check', async (t) => {
  const again = {
    ...stored,
    disposition: 'refer',
    checks: [
      { check: 'plate-read', outcome: 'pass' },
      { check: 'not-held', outcome: 'fail', code: 'container-held', consequence: 'refer' },
      { check: 'seal-matches', outcome: 'pass' },
    ],
    releases: [],
  };
  const lines = rerunLines({
    decisionId: 'd.1',
    kind: 'differs',
    stored: JSON.stringify(stored),
    again: JSON.stringify(again),
  });
  t.strictSame(lines, [
    'd.1: DIFFERS',
    '  disposition: stored "admit", again "refer"',
    '  releases: stored [{"lineage":"L","container":"CSQU3054383"}], again []',
    '  not-held: stored {"outcome":"pass"}, again {"outcome":"fail","code":"container-held","consequence":"refer"}',
    '  seal-matches: stored -, again {"outcome":"pass"}',
  ]);
});

t.test('a decision under a policy that is no longer there cannot be made again', async (t) => {
  const [line] = rerunLines({ decisionId: 'd.1', kind: 'otherPolicy', digest: 'abc' });
  t.match(line, /its policy abc is not in this configuration/);
});
