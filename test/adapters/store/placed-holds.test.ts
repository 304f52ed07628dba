/** A hold that a person of the site has placed stops at the lanes as one of the feed does. */
import { join } from 'node:path';
import t from 'tap';
import { FeedCache } from '../../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../../src/adapters/store/feed-schema.ts';
import { openForReading, openForWriting } from '../../../src/adapters/store/open-database.ts';
import type { FactsQuery } from '../../../src/core/facts.ts';
import type { PersonAct } from '../../../src/core/yard/yard-change.ts';
import { noonMs } from '../../support/facts.ts';
import { ledgerIn } from '../../support/open-ledger.ts';
import { box, plate } from '../../support/released.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const query = {
  direction: 'out',
  plates: [plate],
  tags: [],
  containers: [box],
} as unknown as FactsQuery;

t.test('it is among the facts of a look-up, and a commit sees that it came', async (t) => {
  const folder = temporaryFolder();
  const file = join(folder, 'feed.db');
  openForWriting({ file, applicationId: feedApplicationId, migrations: feedMigrations }).close();
  const ledger = ledgerIn(folder);
  t.teardown(() => ledger.close());
  const cache = new FeedCache({
    db: openForReading(file),
    sources: [],
    clockState: () => 'synced',
    ledger: () => ledger,
  });
  let acts = 0;
  const act = (wish: PersonAct) => {
    acts += 1;
    const by = { person: '王芳', actId: `yard-act-${acts}` };
    return ledger.actInYard({ kind: 'act', atMs: noonMs, ...by, act: wish });
  };
  const before = cache.gather(query);
  t.strictSame(before.holds, []);

  act({
    act: 'placeHold',
    subject: { kind: 'container', name: box },
    instruction: 'stop',
    reason: '封条可疑',
  });
  t.not(cache.stamp(query), before.stamp, 'what was decided on the facts of before conflicts');
  const [hold] = cache.gather(query).holds;
  t.match(hold, {
    kind: 'hold',
    subject: { kind: 'container', container: box },
    moves: ['enter', 'leave', 'load', 'yardMove'],
    instruction: 'stop',
    state: 'placed',
    authority: '王芳',
    reason: '封条可疑',
  });
  const others = { ...query, containers: ['CBHU3202732'], plates: [] } as unknown as FactsQuery;
  t.strictSame(cache.gather(others).holds, [], 'its siblings are not held');

  act({
    act: 'placeHold',
    subject: { kind: 'vehicle', name: plate },
    instruction: 'inspect',
    reason: '查验',
  });
  t.strictSame(
    cache.gather(query).holds.map(({ subject }) => subject.kind),
    ['vehicle', 'container'],
  );
  act({ act: 'liftHold', hold: hold?.id ?? '', reason: '封条完好' });
  t.strictSame(
    cache.gather(query).holds.map(({ subject }) => subject.kind),
    ['vehicle'],
  );
});
