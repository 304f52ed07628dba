/** Pictures fail while trucks pass: nothing but the pictures is lost, and it is said once. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { VirtualSite } from '../support/virtual-site.ts';
import { planned } from './planned.ts';

const box = 'CSQU3054383';
const otherBox = 'MSCU6639870';

t.test('trucks pass while pictures cannot be kept, and it heals', async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    pictures: true,
  });
  // A file where the folder of the pictures must be: nothing can be written there, whoever runs the test.
  const pictures = join(site.directory, 'data', 'pictures');
  mkdirSync(join(site.directory, 'data'), { recursive: true });
  writeFileSync(pictures, '');
  await site.startDaemon();
  t.equal(
    await site.pass('in-1', planned({ number: 1, direction: 'in', containers: [box] })),
    'crossed',
  );
  await site.until(() => site.outcomes().length === 1, 'the passage has ended');
  t.strictSame(site.outcomes(), ['passed']);
  t.strictSame(
    site.heard('alarm.raised.v1').map(({ data }) => data['code']),
    ['picture-worker-crashed'],
    'said once, however often it is tried',
  );

  rmSync(pictures);
  await site.until(() => site.heard('alarm.ended.v1').length === 1, 'pictures are kept again');
  const next = planned({ number: 2, direction: 'in', containers: [otherBox] });
  t.equal(await site.pass('in-1', next), 'crossed');
  await site.until(() => site.heard('passage.decided.v1').length === 2, 'the second decision');
  const [, decided] = site.heard('passage.decided.v1');
  const named = (decided?.data['pictures'] ?? []) as { sha256: string; role: string }[];
  t.strictSame(named.map(({ role }) => role).sort(), ['container', 'plate', 'scene']);

  // Without a word: what is named in the journal and was stored is still there.
  await site.killDaemon();
  await site.startDaemon();
  for (const { sha256 } of named) {
    const answer = await fetch(`http://127.0.0.1:${site.panelPort}/api/pictures/${sha256}`);
    t.equal(answer.status, 200);
    const bytes = new Uint8Array(await answer.arrayBuffer());
    t.equal(createHash('sha256').update(bytes).digest('hex'), sha256);
  }
  t.ok(existsSync(join(pictures, 'incoming')));
  await site.wholeAtCentre(t);
});
