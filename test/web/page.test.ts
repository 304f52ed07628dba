import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { faultText } from '../../src/core/fault-codes.ts';
import { en } from '../../src/panel/web/text/en.ts';
import { zh } from '../../src/panel/web/text/zh.ts';
import type { GateView, LaneView } from '../../src/runtime/read-model.ts';
import { gateView, laneFaulted, laneHeld } from '../support/panel-fixture.ts';
import { missing } from '../support/peers.ts';
import { booth, desk, has, laneOf, onScreen, startBrowser, wordsOf } from './browser.ts';
import { overflowingParts } from './probes.ts';

const skip = missing('chromium');
const tables = { zh, en };
const languages = ['zh', 'en'] as const;
type Language = (typeof languages)[number];

const [laneIn] = gateView.lanes;
const [truck, follower] = laneIn?.passages ?? [];
if (!laneIn || !truck?.decision || !follower) throw new Error('the fixture has two trucks');
const { decision } = truck;

async function vehicleAndReasons(t: Test, page: Page, language: Language) {
  const words = tables[language];
  const lane = laneOf(page, 'in-1');
  const state = await wordsOf(lane.locator('.state'));
  has(t, state, [words.direction.in, 'in-1', words.word.referred]);
  t.match(state, /(?:2[3-9]|[345]\d)/, 'since 23 seconds, and the test takes its time');
  const vehicle = lane.getByRole('region', { name: words.vehicle.label });
  has(t, await wordsOf(vehicle), [
    ...['粤B8K62X', '97%', '粤BT719挂', '88%', 'E2801160600002084C3A51F7', '38,760 kg'],
    ...[words.weight.inferred, words.vehicle.behind, words.word.approaching],
  ]);
  const boxes = vehicle.getByRole('listitem');
  has(t, await wordsOf(boxes.nth(0)), ['MSCU 663987 0', words.container.right, '22G1']);
  has(t, await wordsOf(boxes.nth(1)), ['TGHU 487215 6', words.container.wrong, '74%']);

  const verdict = lane.getByRole('region', { name: words.decision.label });
  has(t, await wordsOf(verdict), [words.decision.refer, '14:31:47', 'strict-import-export']);
  const shown = await verdict.locator('.reasons li').allTextContents();
  t.equal(shown.length, 4, 'each reason has its row');
  for (const { text, code, consequence } of decision.checks) {
    if (code === undefined || !text || !consequence) continue;
    const row = shown.find((each) => each.includes(code)) ?? '';
    has(t, row, [text[language], words.consequence[consequence]]);
  }
  const passed = verdict.locator('details li').filter({ visible: true });
  t.equal(await passed.count(), 0, 'what passed is folded while there are reasons to read');
  await verdict.locator('summary').click();
  t.equal(await passed.count(), 16);
}

async function standings(t: Test, page: Page, language: Language) {
  const words = tables[language];
  const devices = laneOf(page, 'out-1').locator('.devices li');
  t.equal(await devices.count(), 5);
  has(t, await wordsOf(devices.nth(1)), [
    ...[words.device.containerCamera, words.device.silent, '7 ', words.device.experimental],
    faultText('device-silent')[language],
  ]);
  has(t, await wordsOf(devices.nth(2)), [
    ...[words.device.rfidReader, words.device.down, faultText('connect-refused')[language]],
  ]);
  const status = page.getByRole('region', { name: words.status });
  const sources = await status.getByRole('listitem').allTextContents();
  has(t, sources[1] ?? '', ['quarantine', '22 ', words.feed.stale]);
  for (const current of [sources[0], sources[2]]) t.notMatch(current, words.feed.stale);
  has(t, await wordsOf(status), [
    ...[words.uplink.connected, '14', words.clock.holdover],
    words.feed.gaps.replace('{n}', '1'),
  ]);
  const cases = await wordsOf(laneOf(page, 'in-1').locator('.exceptions'));
  has(t, cases, [words.exceptions.count.replace('{n}', '3'), '粤B8K62X']);
  const rows = await laneOf(page, 'out-1').locator('tbody tr').allTextContents();
  has(t, rows[0] ?? '', ['粤B2N88M', words.ended.unacknowledged]);
  has(t, rows[2] ?? '', ['闽D3088T', words.ended.held, words.ended.acknowledged]);
}

async function boothScreen(t: Test, page: Page) {
  for (const laneId of ['in-1', 'out-1']) {
    for (const part of ['.state', '.tractor', '.weight', '.disposition']) {
      const box = await laneOf(page, laneId).locator(part).first().boundingBox();
      t.ok(box && box.y + box.height <= booth.height, `${laneId} ${part} is in sight`);
    }
  }
  const reason = await laneOf(page, 'in-1').locator('.reasons li').nth(2).boundingBox();
  t.ok(reason && reason.y + reason.height <= booth.height, 'what was not passed is in sight');
  const word = await page.locator('.word').first().boundingBox();
  t.ok(word && word.height >= 36, 'the state is written large');
  for (const button of await page.getByRole('button').all()) {
    const box = await button.boundingBox();
    t.ok(box && box.height >= 44 && box.width >= 44, 'a finger can press it');
  }
  t.strictSame(await page.evaluate(overflowingParts), []);
}

t.test('a page over a gate', { skip }, async (t) => {
  const context = await startBrowser(t);

  for (const language of languages) {
    await t.test(`${language}: a lane, and what the gate rests on`, (t) =>
      onScreen(t, context, { language }, async ({ page }) => {
        await t.test('two lanes side by side on a booth’s screen', (t) => boothScreen(t, page));
        await t.test('who stands there, and why it was decided so', (t) =>
          vehicleAndReasons(t, page, language),
        );
        await t.test('devices, feed, centre, clock and cases', (t) => standings(t, page, language));
      }),
    );

    await t.test(`${language}: a desk’s screen shows two busy lanes whole`, (t) =>
      onScreen(t, context, { language, size: desk }, async ({ page }) => {
        const height = await page.evaluate(() => document.documentElement.scrollHeight);
        t.equal(height, desk.height, 'nothing has to be scrolled to');
        const passed = laneOf(page, 'out-1').locator('details li').filter({ visible: true });
        t.equal(await passed.count(), 20, 'what passed stands open where nothing else is to read');
      }),
    );
  }

  await t.test('a change at the gate is on the screen without a reload', (t) =>
    onScreen(t, context, {}, async ({ page, source }) => {
      await page.evaluate(() => {
        document.body.dataset['mark'] = 'same page';
      });
      source.change({ kind: 'lane', lane: laneHeld });
      await laneOf(page, 'in-1').getByText('粤BDF8826', { exact: true }).waitFor();
      has(t, await wordsOf(laneOf(page, 'in-1')), [zh.word.held, 'C-2024-0117']);

      source.change({ kind: 'lane', lane: laneFaulted });
      await laneOf(page, 'out-1').getByText(zh.word.faulted).waitFor();
      has(t, await wordsOf(laneOf(page, 'out-1')), [
        ...[faultText('barrier-unknown').zh, zh.vehicle.none, zh.decision.none],
      ]);

      source.change({
        kind: 'uplink',
        uplink: { connected: true, unacknowledged: 0, acknowledgedThrough: 9_000 },
      });
      const lastRow = laneOf(page, 'out-1').locator('tbody tr').first();
      await lastRow.getByText(zh.ended.acknowledged).waitFor();
      source.change({ kind: 'clock', clock: { state: 'unsynced' } });
      await page.getByText(zh.clock.unsynced).waitFor();
      t.equal(await page.evaluate(() => document.body.dataset['mark']), 'same page');
    }),
  );

  await t.test('a verdict on the vehicle before is never shown as that on this one', (t) => {
    const passages = [{ ...truck, state: 'passing' as const, hasCrossed: true }, follower];
    const lane: LaneView = { ...laneIn, passages, lastDecision: decision };
    return onScreen(t, context, { view: { ...gateView, lanes: [lane] } }, async ({ page }) => {
      has(t, await wordsOf(page.locator('.state')), [zh.word.approaching]);
      const heading = page.getByRole('heading', { level: 3 });
      t.equal(await wordsOf(heading), zh.decision.ofOther.replace('{plate}', '粤B8K62X'));
      const ground = (element: Element) => getComputedStyle(element).backgroundColor;
      const verdict = page.locator('.disposition');
      t.equal(await verdict.evaluate(ground), 'rgba(0, 0, 0, 0)', 'it bears no ground');
    });
  });

  await t.test('who crosses without a release is what the lane is about', (t) => {
    const crossing = { ...follower, state: 'passing' as const, unauthorised: true };
    const lane: LaneView = { ...laneIn, passages: [truck, crossing] };
    return onScreen(t, context, { view: { ...gateView, lanes: [lane] } }, async ({ page }) => {
      has(t, await wordsOf(page.locator('.state')), [zh.word.unauthorised]);
    });
  });

  await t.test('Chinese comes first; a choice is made by keyboard and kept', (t) =>
    onScreen(t, context, {}, async ({ page }) => {
      t.equal(await page.locator('h1').textContent(), zh.title);
      t.equal(await page.title(), zh.title);
      const english = page.getByRole('button', { name: 'English' });
      await english.focus();
      await page.keyboard.press('Enter');
      t.equal(await page.locator('h1').textContent(), en.title);
      t.equal(await english.getAttribute('aria-pressed'), 'true');
      await page.reload();
      await page.locator('.lane').first().waitFor();
      t.equal(await page.locator('h1').textContent(), en.title, 'after a reload too');
      t.equal(await page.title(), en.title);
    }),
  );

  await t.test('of more lanes than a screen shows each stays in sight by its word', (t) => {
    const lanes = ['in-1', 'in-2', 'in-3', 'in-4', 'out-1'].map(
      (laneId): LaneView => ({ ...(laneId === 'in-4' ? laneFaulted : laneHeld), laneId }),
    );
    const view = { ...gateView, lanes };
    return onScreen(t, context, { language: 'zh', view }, async ({ page, source }) => {
      const overview = page.getByRole('navigation', { name: zh.overview });
      const buttons = overview.getByRole('button');
      t.equal(await buttons.count(), 5);
      await buttons.nth(4).click();
      const box = await laneOf(page, 'out-1').boundingBox();
      const bar = await overview.boundingBox();
      t.equal(bar?.y, 0, 'the overview stays at the top');
      t.ok(box && bar && box.y >= bar.height && box.y < booth.height / 2, 'the lane has come up');
      source.change({ kind: 'lane', lane: { ...laneFaulted, laneId: 'in-1' } });
      await buttons.nth(0).getByText(zh.word.faulted).waitFor();
      has(t, await wordsOf(buttons.nth(0)), ['in-1']);
    });
  });

  await t.test('what a device or a feed sent is text, however it is made or long', (t) =>
    onScreen(t, context, { language: 'zh', view: hostileView }, async ({ page }) => {
      const lane = page.locator('.lane').first();
      await lane.locator('.tractor').getByText(script).waitFor();
      has(t, await wordsOf(lane.locator('.reasons').first()), [script, long]);
      has(t, await wordsOf(lane.locator('.reasons').nth(1)), [script, long]);
      t.equal(await page.title(), zh.title);
      t.equal(await page.locator('.lane script, .lane img').count(), 0);
      for (const size of [booth, desk]) {
        await page.setViewportSize(size);
        t.strictSame(await page.evaluate(overflowingParts), [], `${size.width} wide`);
        const lanes = await page.locator('.lane').all();
        const boxes = await Promise.all(lanes.map((each) => each.boundingBox()));
        t.equal(new Set(boxes.map((box) => box?.width)).size, 1, 'every lane keeps its width');
      }
    }),
  );
});

const script = '<script>document.title="run"</script><img src=x onerror="alert(1)">';
const long = `MSKU${'X'.repeat(600)}`;
const text = { zh: `${script}${long}`, en: `${script}${long}` };
const hostileLane: LaneView = {
  ...laneIn,
  laneId: `in-${'9'.repeat(80)}`,
  passages: [
    {
      ...truck,
      tractor: { text: script },
      trailer: { text: long },
      tags: [script, long],
      containers: [{ position: 'front', text: long, checkDigit: 'unreadable', isoType: script }],
      decision: {
        ...decision,
        plate: script,
        policy: { name: long, version: 1 },
        checks: [
          { id: long, outcome: 'fail', code: long, consequence: 'refer', text },
          ...decision.checks,
        ],
      },
      referredFor: [{ code: script, text }],
    },
    { ...follower, tractor: { text: long } },
  ],
  lastPassages: laneIn.lastPassages.map((ended) => ({
    ...ended,
    plate: script,
    containers: [long, long],
  })),
  openExceptions: {
    count: 1,
    newest: [{ exceptionId: 'x', passageId: 'y', plate: long, cause: long, text, openedAtMs: 1 }],
  },
};
const hostileView: GateView = {
  ...gateView,
  site: long,
  gate: script,
  lanes: [hostileLane, laneHeld, laneFaulted],
  devices: gateView.devices.map((device) => ({
    ...device,
    laneId: device.laneId === 'out-1' ? 'out-1' : hostileLane.laneId,
    kind: 'plateCamera',
    deviceId: `${device.deviceId}${long}`,
    fault: { code: script, text },
  })),
  feed: gateView.feed.map((each) => ({ ...each, source: `${each.source}${long}` })),
};
