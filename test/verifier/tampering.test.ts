import t from 'tap';
import { campaign } from '../../scripts/tampering/campaign.ts';
import { tamperings } from '../../scripts/tampering/tamperings.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

t.test('whatever is done to a log, the verifier names the first wrong entry', async (t) => {
  const { trials, misses } = campaign(temporaryFolder(), { seed: 1, trials: 400 });
  t.strictSame(misses, []);
  t.equal(Object.keys(trials).length, tamperings.length + 2, 'everything was tried');
  for (const [name, count] of Object.entries(trials)) t.ok(count >= 8, `${name}: ${count}`);
});
