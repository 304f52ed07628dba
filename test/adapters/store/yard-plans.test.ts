import t from 'tap';
import { openForReading } from '../../../src/adapters/store/open-database.ts';
import { insideStatement } from '../../../src/adapters/store/yard-reader.ts';
import { YardStory } from '../../support/yard-story.ts';

t.test('who is inside is counted without going through all visits there ever were', async (t) => {
  const yard = new YardStory();
  const db = openForReading(yard.file);
  t.teardown(() => db.close());
  const plan = db
    .prepare<[{ atMs: number }], { detail: string }>(`EXPLAIN QUERY PLAN ${insideStatement}`)
    .all({ atMs: 1 })
    .map(({ detail }) => detail);
  t.ok(
    plan.some((detail) => /USING INDEX visit_open/.test(detail)),
    plan.join('; '),
  );
  t.ok(plan.some((detail) => /USING INDEX visit_ended \(closed_at>\?\)/.test(detail)));
  t.notOk(plan.some((detail) => /visit_time|^SCAN visit$/.test(detail)));
});
