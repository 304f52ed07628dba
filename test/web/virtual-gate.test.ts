import t from 'tap';
import { faultText } from '../../src/core/fault-codes.ts';
import { zh } from '../../src/panel/web/text/zh.ts';
import { planned, rig } from '../faults/planned.ts';
import { missing } from '../support/peers.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { has, laneOf, open, startBrowser, wordsOf } from './browser.ts';

const box = 'CSQU3054383';

t.test('the page over a running gate', { skip: missing('chromium') }, async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    manner: { patienceMs: 2_500 },
  });
  const [context] = await Promise.all([startBrowser(t), site.startDaemon()]);
  const address = `http://127.0.0.1:${site.panelPort}/`;
  const { page, misdeeds } = await open(t, context, address);
  const lane = laneOf(page, 'in-1');
  const word = lane.locator('.word');
  await word.getByText(zh.word.idle).waitFor();
  t.equal(await lane.locator('.devices .up').count(), 3, 'what is asked or talks by itself is up');
  const cameras = await lane.locator('.devices .silent').allTextContents();
  t.equal(cameras.length, 2, 'cameras have not spoken yet');
  for (const camera of cameras) has(t, camera, [zh.device.never, faultText('not-heard').zh]);

  const truck = planned({ number: 1, direction: 'in', containers: [box] });
  const unreleased = { ...truck, feed: truck.feed.filter(({ kind }) => kind !== 'proof') };
  const departure = site.pass('in-1', unreleased);
  await word.getByText(zh.word.referred).waitFor();
  has(t, await wordsOf(lane.locator('.vehicle')), [
    ...[rig(1).plate, rig(1).tag, 'CSQU 305438 3', zh.container.right, 'kg'],
  ]);
  const reason = `箱 ${box} 缺少放行信息：码头放行`;
  has(t, await wordsOf(lane.locator('.reasons')), [reason, zh.consequence.refer]);
  t.equal(await lane.locator('.devices .up').count(), 5, 'the cameras have spoken');
  const newest = `${rig(1).plate} ${reason}`;
  await lane.locator('.exceptions').getByText(newest).waitFor();

  t.equal(await departure, 'turnedBack');
  const row = lane.locator('tbody tr').filter({ hasText: rig(1).plate });
  await row.getByText(zh.ended.acknowledged).waitFor();
  has(t, await wordsOf(row), [box, zh.ended.referred]);
  await word.getByText(zh.word.idle).waitFor();
  const heading = lane.getByRole('heading', { level: 3 });
  t.equal(await wordsOf(heading), zh.decision.ofOther.replace('{plate}', rig(1).plate));

  await site.killDaemon();
  await page.locator('.banner').waitFor();
  await site.startDaemon();
  await page.locator('.banner').waitFor({ state: 'detached' });
  has(t, await wordsOf(lane.locator('.exceptions')), [newest]);
  t.strictSame(
    misdeeds.filter((each) => !/net::ERR_/.test(each)),
    [],
  );
});
