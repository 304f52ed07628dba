/** From the camera's post to the clerk's screen: the whole way of a picture, over a running gate. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import { en } from '../../src/panel/web/text/en.ts';
import { zh } from '../../src/panel/web/text/zh.ts';
import type { GateView } from '../../src/runtime/read-model.ts';
import { planned } from '../faults/planned.ts';
import { gateView } from '../support/panel-fixture.ts';
import { missing } from '../support/peers.ts';
import { VirtualSite } from '../support/virtual-site.ts';
import { booth, has, laneOf, onScreen, open, startBrowser, wordsOf } from './browser.ts';
import { overflowingParts } from './probes.ts';

const skip = missing('chromium');
const box = 'CSQU3054383';

t.test('pictures of a truck are on the screen, on record and on the disk', { skip }, async (t) => {
  const site = await VirtualSite.start(t, {
    lanes: [{ laneId: 'in-1', direction: 'in' }],
    manner: { patienceMs: 4_000 },
    pictures: true,
  });
  const [context] = await Promise.all([startBrowser(t), site.startDaemon()]);
  const address = `http://127.0.0.1:${site.panelPort}/`;
  const { page, misdeeds } = await open(t, context, address);
  const pictures = laneOf(page, 'in-1').locator('.pictures');

  const truck = planned({ number: 1, direction: 'in', containers: [box] });
  const unreleased = { ...truck, feed: truck.feed.filter(({ kind }) => kind !== 'proof') };
  const departure = site.pass('in-1', unreleased);
  await pictures.locator('img').nth(2).waitFor();
  const words = await wordsOf(pictures);
  has(t, words, [zh.picture.label, zh.picture.scene, zh.picture.plate, zh.picture.container]);
  await page.waitForFunction(
    () =>
      [...document.images].length === 3 && [...document.images].every((i) => i.naturalWidth > 0),
  );
  const hrefs = await pictures
    .locator('a')
    .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
  t.equal(hrefs.length, 3);
  t.strictSame(await page.evaluate(overflowingParts), []);

  const hashes: string[] = [];
  for (const href of hrefs) {
    const answer = await fetch(href);
    t.equal(answer.headers.get('content-type'), 'image/jpeg');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    hashes.push(createHash('sha256').update(bytes).digest('hex'));
    t.equal(href, `${address}api/pictures/${hashes.at(-1)}`, 'the bytes are what the hash says');
    let kept: string | null = null;
    // Until there is a thumbnail the original stands in for it.
    for (let tries = 0; kept !== 'private, max-age=3600, immutable' && tries < 100; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      kept = (await fetch(`${href}/thumbnail`)).headers.get('cache-control');
    }
    t.equal(kept, 'private, max-age=3600, immutable', 'a thumbnail has been made');
  }
  await site.until(() => site.heard('passage.decided.v1').length === 1, 'a decision');
  const [decided] = site.heard('passage.decided.v1');
  const named = (decided?.data['pictures'] ?? []) as { sha256: string; deviceId: string }[];
  t.strictSame(named.map(({ sha256 }) => sha256).sort(), [...hashes].sort(), 'in the entry too');
  t.strictSame([...new Set(named.map(({ deviceId }) => deviceId))].sort(), [
    'in-1-boxes',
    'in-1-plate',
  ]);
  const rows = new Database(join(site.directory, 'data', 'pictures.db'), { readonly: true });
  const without = rows.prepare('SELECT count(*) FROM picture_use WHERE passage_id IS NULL').pluck();
  await site.until(() => without.get() === 0, 'each picture has its passage');
  t.strictSame(rows.prepare('SELECT DISTINCT passage_id FROM picture_use').pluck().all(), [
    decided?.subject,
  ]);
  rows.close();

  t.equal(await departure, 'turnedBack');
  await pictures.getByText(zh.picture.ofOther.replace('{plate}', '')).waitFor();
  t.equal(await pictures.locator('img').count(), 3, 'of who left last');
  await site.wholeAtCentre(t);
  // A picture that is not stored yet is asked for again.
  t.strictSame(
    misdeeds.filter((each) => !/404/.test(each)),
    [],
  );

  // Days later, after a restart: the case still shows who stood there.
  await site.killDaemon();
  await page.locator('.banner').waitFor();
  await site.startDaemon();
  await page.locator('.banner').waitFor({ state: 'detached' });
  t.equal(await pictures.count(), 0, 'the lane has forgotten who left last');
  const ofCase = laneOf(page, 'in-1').locator('.case');
  t.equal(await ofCase.locator('img').count(), 0, 'none is loaded unasked');
  await ofCase.getByText(zh.exceptions.pictures.replace('{n}', '3')).click();
  await ofCase.locator('img').nth(2).waitFor();
  await page.waitForFunction(
    () => document.images.length === 3 && [...document.images].every((i) => i.naturalWidth > 0),
  );
  const links = await ofCase
    .locator('a')
    .evaluateAll((all) => all.map((a) => (a as HTMLAnchorElement).href));
  t.strictSame(links.sort(), [...hrefs].sort());
  t.strictSame(await page.evaluate(overflowingParts), []);
});

t.test('a picture that is not there says so, and moves nothing else', { skip }, async (t) => {
  const context = await startBrowser(t);
  const [laneIn, ...others] = gateView.lanes;
  if (!laneIn) throw new Error('the fixture has a lane');
  const roles = ['scene', 'plate', 'container', 'other'] as const;
  const pictures = roles.map((role, n) => ({
    role,
    sha256: String(n).repeat(64),
    deviceId: 'camera',
  }));
  const [truck, ...behind] = laneIn.passages;
  if (!truck) throw new Error('the fixture has a truck');
  const lane = { ...laneIn, passages: [{ ...truck, pictures }, ...behind] };
  const view: GateView = { ...gateView, lanes: [lane, ...others] };
  for (const [language, words] of Object.entries({ zh, en })) {
    const options = { view, language: language as 'zh' | 'en', mayFail: /404/ };
    await onScreen(t, context, options, async ({ page }) => {
      const strip = laneOf(page, 'in-1').locator('.pictures');
      await strip.getByText(words.picture.absent).nth(3).waitFor();
      has(
        t,
        await wordsOf(strip),
        roles.map((role) => words.picture[role]),
      );
      for (const part of ['.state', '.tractor', '.weight', '.disposition']) {
        const where = await laneOf(page, 'in-1').locator(part).first().boundingBox();
        t.ok(where && where.y + where.height <= booth.height, `${part} is in sight`);
      }
      const reason = await laneOf(page, 'in-1').locator('.reasons li').nth(2).boundingBox();
      t.ok(reason && reason.y + reason.height <= booth.height, 'reasons keep their place');
      t.strictSame(await page.evaluate(overflowingParts), []);
    });
  }
});
