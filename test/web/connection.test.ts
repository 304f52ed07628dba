import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import t from 'tap';
import { freePort } from '../../scripts/main-job/programs.ts';
import { en } from '../../src/panel/web/text/en.ts';
import { zh } from '../../src/panel/web/text/zh.ts';
import { gateView, laneHeld } from '../support/panel-fixture.ts';
import { missing } from '../support/peers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { booth, builtPage, has, laneOf, open, serve, startBrowser, wordsOf } from './browser.ts';
import { stallingLine } from './stalling-line.ts';

const skip = missing('chromium');
const tables = { zh, en };

/** What the browser itself says about a server that is not there is no misdeed of the page. */
const ofTheBrowser = /^console: Failed to load resource|net::ERR_/;

const mark = (page: Page) => page.locator('.connection');
const lane = (page: Page) => laneOf(page, 'in-1');
const stateOf = (page: Page) => lane(page).locator('.word');

/** Everything on the screen that counts time, but for what is said about the line itself. */
function agesOf(page: Page): Promise<string[]> {
  return page.locator('.age, .since').allTextContents();
}

async function isOnTop(banner: Locator): Promise<boolean> {
  const box = await banner.boundingBox();
  return box !== null && box.y >= 0 && box.y + box.height <= booth.height;
}

t.test('the line to the gate', { skip }, async (t) => {
  const context = await startBrowser(t);

  await t.test(
    'a server that goes away leaves a picture that cannot be taken for live',
    async (t) => {
      const port = await freePort();
      const { panel, address } = await serve(t, { port });
      const screens = [];
      // One after the other: the choice of the language is kept for both in the same place.
      for (const language of ['zh', 'en'] as const) {
        const options = { language, clockInHand: true };
        screens.push({ language, ...(await open(t, context, address, options)) });
      }
      for (const { page, language } of screens) {
        await mark(page).getByText(tables[language].connection.live).waitFor();
        t.equal(await page.locator('.banner').count(), 0);
      }
      await panel.close();
      const ages = new Map<string, string[]>();

      for (const { page, language } of screens) {
        const { lost, connection } = tables[language];
        const banner = page.getByRole('alert').locator('.banner');
        await banner.waitFor();
        has(t, await wordsOf(banner), [lost.title]);
        has(t, await wordsOf(mark(page)), [connection.lost]);
        t.strictSame(
          await page.locator('.lane .stale').allTextContents(),
          gateView.lanes.map(() => lost.notLive),
          'each lane says so beside its state',
        );
        const filter = await page
          .locator('.view')
          .evaluate((view) => getComputedStyle(view).filter);
        t.equal(filter, 'grayscale(1)', 'no colour of a state is left');
        await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
        t.ok(await isOnTop(banner), 'it stays in sight at the end of the page');

        ages.set(language, await agesOf(page));
      }

      // The clock is that of the whole browser.
      await screens[0]?.page.clock.fastForward(65_000);
      for (const { page, language } of screens) {
        const { lost, age } = tables[language];
        const picture = lost.picture.replace('{age}', age.minutes.replace('{n}', '1'));
        await page.locator('.banner').getByText(picture).waitFor();
        t.strictSame(await agesOf(page), ages.get(language), 'the ages stand still with it');
      }

      await serve(t, { port, view: { ...gateView, lanes: [laneHeld] } });
      for (const { page, language, misdeeds } of screens) {
        await stateOf(page).getByText(tables[language].word.held).waitFor();
        t.equal(await page.locator('.banner, .stale').count(), 0, 'it has recovered by itself');
        has(t, await wordsOf(mark(page)), [tables[language].connection.live]);
        t.strictSame(
          misdeeds.filter((each) => !ofTheBrowser.test(each)),
          [],
        );
      }
    },
  );

  await t.test('a daemon that comes back with another page has it loaded', async (t) => {
    const port = await freePort();
    const { panel, address } = await serve(t, { port });
    const { page, misdeeds } = await open(t, context, address, { language: 'zh' });
    await lane(page).waitFor();
    const replaced = temporaryFolder();
    cpSync(builtPage, replaced, { recursive: true });
    const title = 'the next version';
    const index = join(replaced, 'index.html');
    writeFileSync(index, readFileSync(index, 'utf8').replace('<body>', `<body title="${title}">`));
    await panel.close();
    await page.locator('.banner').waitFor();
    await serve(t, { port, webRoot: replaced });
    await page.locator(`body[title="${title}"] .lane`).first().waitFor();
    t.strictSame(
      misdeeds.filter((each) => !ofTheBrowser.test(each)),
      [],
    );
  });

  await t.test('a line that falls silent counts as lost after a few seconds', async (t) => {
    const [customs, ...others] = gateView.feed;
    if (customs?.staleAfterMs === undefined) throw new Error('the fixture has a feed');
    const view = {
      ...gateView,
      feed: [{ ...customs, ageMs: customs.staleAfterMs - 3_000 }, ...others],
    };
    const { address, source } = await serve(t, { view, limits: { keepAliveMs: 60_000 } });
    const line = await stallingLine(t, address);
    const { page, misdeeds } = await open(t, context, line.address, {
      language: 'zh',
      clockInHand: true,
    });
    const since = lane(page).locator('.since');
    await since.getByText(/已 2[34] 秒/).waitFor();
    const first = page.locator('.status li').first();
    t.notMatch(await wordsOf(first), zh.feed.stale);
    line.stall();
    source.change({ kind: 'lane', lane: laneHeld });

    await page.clock.fastForward(5_000);
    await since.getByText(/已 (2[89]|3\d) 秒/).waitFor();
    t.match(await wordsOf(first), zh.feed.stale, 'a source outlives its time between two messages');
    t.match(await wordsOf(mark(page)), zh.connection.live, 'a short silence is none');
    await page.clock.fastForward(5_000);
    await page.locator('.banner').waitFor();
    t.equal(await page.locator('.stale').count(), 2);

    line.resume();
    await stateOf(page).getByText(zh.word.held).waitFor();
    t.equal(await page.locator('.banner, .stale').count(), 0);
    t.strictSame(misdeeds, []);
  });

  await t.test('signs of life keep a quiet gate live', async (t) => {
    const { address } = await serve(t, { limits: { keepAliveMs: 50 } });
    const { page, misdeeds } = await open(t, context, address, {
      language: 'zh',
      clockInHand: true,
    });
    for (const round of [1, 2, 3]) {
      await mark(page)
        .getByText(/^[01] 秒前更新$/)
        .waitFor();
      await page.clock.fastForward(6_000);
      t.equal(await page.locator('.banner').count(), 0, `after ${round * 6} s`);
    }
    t.strictSame(misdeeds, []);
  });

  await t.test('a page that is turned away says so and tries again', async (t) => {
    const { address } = await serve(t, { limits: { clientsMax: 1 } });
    const holder = new AbortController();
    const held = await fetch(new URL('api/stream', address), { signal: holder.signal });
    t.equal(held.status, 200);
    for (const language of ['zh', 'en'] as const) {
      const { page, misdeeds } = await open(t, context, address, { language, clockInHand: true });
      await page.getByRole('alert').getByText(tables[language].lost.unreachable).waitFor();
      t.equal(await page.locator('.lane').count(), 0);
      t.strictSame(
        misdeeds.filter((each) => !ofTheBrowser.test(each)),
        [],
      );
      if (language === 'zh') {
        // Its own next attempt would take the place that becomes free.
        await page.close();
        continue;
      }
      holder.abort();
      await page.clock.fastForward(6_000);
      await lane(page).waitFor();
      t.equal(await page.locator('.banner').count(), 0);
    }
  });

  await t.test('while nothing has come yet, that is what is said', async (t) => {
    const { address } = await serve(t);
    for (const language of ['zh', 'en'] as const) {
      const { connection, lost } = tables[language];
      await context.route('**/api/stream', () => undefined);
      const { page, misdeeds } = await open(t, context, address, { language, clockInHand: true });
      await page.getByText(connection.waiting).waitFor();
      has(t, await wordsOf(mark(page)), [connection.connecting]);
      await page.clock.fastForward(9_000);
      await page.getByRole('alert').getByText(lost.unreachable).waitFor();
      await context.unroute('**/api/stream');
      await page.clock.fastForward(9_000);
      await lane(page).waitFor();
      t.strictSame(misdeeds, []);
    }
  });
});
