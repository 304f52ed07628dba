import type { Page } from 'playwright-core';
import t, { type Test } from 'tap';
import { catalogue } from '../../src/core/decision/catalogue.ts';
import { checkTitles } from '../../src/panel/web/text/check-titles.ts';
import { en } from '../../src/panel/web/text/en.ts';
import { zh } from '../../src/panel/web/text/zh.ts';
import type { GateView } from '../../src/runtime/read-model.ts';
import { gateView } from '../support/panel-fixture.ts';
import { missing } from '../support/peers.ts';
import { onScreen, startBrowser } from './browser.ts';
import { everyWordView, quietView } from './every-word.ts';
import { colouredSigns, faintParts, focusRing, textsOfPage, unfold } from './probes.ts';

const skip = missing('chromium');
const tables = { zh, en };
const languages = ['zh', 'en'] as const;
type Language = (typeof languages)[number];

/** All texts of a table with their keys, e.g. `word.idle`. */
function leavesOf(table: object, path = ''): [key: string, text: string][] {
  return Object.entries(table).flatMap(([key, value]) =>
    typeof value === 'string' ? [[`${path}${key}`, value]] : leavesOf(value, `${path}${key}.`),
  );
}

/** What a site, a device or a person has named: it stands the same in both languages. */
function namesIn({ site, gate, feed, devices, lanes }: GateView): string[] {
  const passages = lanes.flatMap((lane) => lane.passages);
  const decisions = [
    ...passages.flatMap(({ decision }) => decision ?? []),
    ...lanes.flatMap(({ lastDecision }) => lastDecision ?? []),
  ];
  // A plate is drawn in two parts, a container number in three.
  const plates = passages
    .flatMap(({ tractor, trailer }) => [tractor?.text ?? '', trailer?.text ?? ''])
    .flatMap((text) => [text, text.slice(0, 2), text.slice(2)]);
  const boxes = passages
    .flatMap(({ containers }) => containers)
    .flatMap(({ text, isoType = '' }) => [
      ...[text, isoType, `${text.slice(0, 4)} ${text.slice(4, 10)} ${text.slice(10)}`],
    ]);
  const ended = lanes.flatMap(({ lastPassages }) => lastPassages);
  const cases = lanes.flatMap(({ openExceptions }) => openExceptions.newest);
  return [
    ...[site, gate, 'kg', 'English', '中文', ...plates, ...boxes],
    ...feed.map(({ source }) => source),
    ...devices.flatMap(({ deviceId, counters }) => [deviceId, ...Object.keys(counters)]),
    ...lanes.map(({ laneId }) => laneId),
    ...lanes.flatMap(({ alarms }) => alarms.map(({ of = '' }) => of)),
    ...passages.flatMap(({ tags, referredFor }) => [...tags, ...referredFor.map((f) => f.code)]),
    ...ended.flatMap(({ plate = '', containers }) => [plate, ...containers]),
    ...cases.map(({ plate = '' }) => plate),
    ...[...passages, ...ended].flatMap(({ pictures = [] }) =>
      pictures.map(({ deviceId }) => deviceId),
    ),
    ...decisions.flatMap(({ plate = '', policy, checks }) => [
      ...[plate, policy.name, ...checks.map(({ code = '' }) => code)],
    ]),
  ];
}

/** Sentences of the core in one language; they quote names. */
function sentencesIn(view: GateView, language: Language): string[] {
  const sentences: string[] = [];
  JSON.stringify(view, (_key, value) => {
    const text = (value as { text?: Partial<Record<Language, string>> } | null)?.text?.[language];
    if (text !== undefined) sentences.push(text);
    return value;
  });
  return sentences;
}

function without(text: string, parts: readonly string[]): string {
  return parts.reduce((rest, part) => rest.replaceAll(part, ' '), text);
}

const shownTexts = { zh: [] as string[], en: [] as string[] };

async function languageIsPure(t: Test, page: Page, language: Language, view: GateView) {
  t.equal(await page.locator('html').getAttribute('lang'), language === 'zh' ? 'zh-CN' : 'en');
  const shown = await page.evaluate(textsOfPage);
  shownTexts[language].push(...shown);
  const parts = [...new Set([...sentencesIn(view, language), ...namesIn(view)])]
    .filter((part) => part !== '')
    .sort((a, b) => b.length - a.length);
  const foreign = language === 'zh' ? /[A-Za-z]{2,}/ : /\p{Script=Han}/u;
  t.strictSame(
    shown.filter((text) => foreign.test(without(text, parts))),
    [],
    `nothing but ${language} and names`,
  );
  const other = leavesOf(tables[language === 'zh' ? 'en' : 'zh']).map(([, text]) => text);
  t.strictSame(
    shown.filter((text) => other.includes(text) && !parts.includes(text)),
    [],
    'no text of the other table',
  );
  const keys = leavesOf(tables[language]).flatMap(([key]) => (key.includes('.') ? [key] : []));
  t.strictSame(
    shown.filter((text) => text.includes('{') || keys.some((key) => text.includes(key))),
    [],
    'no key and no unfilled place',
  );
}

async function textStandsOut(t: Test, page: Page) {
  t.strictSame(await page.evaluate(faintParts), []);
  await page.evaluate(() => document.querySelector('.view')?.classList.add('lost'));
  t.strictSame(await page.evaluate(faintParts), [], 'drawn grey');
  await page.evaluate(() => {
    const title = document.querySelector<HTMLElement>('h1');
    if (title) title.style.color = '#6d8aa3';
  });
  t.equal((await page.evaluate(faintParts)).length, 1, 'a faint text would have been found');
}

async function noStateByColourAlone(t: Test, page: Page) {
  const signs = await page.evaluate(colouredSigns);
  for (const kind of new Set(signs.map(({ of }) => of))) {
    const ofKind = signs.filter(({ of }) => of === kind);
    t.ok(
      ofKind.every(({ shape, words }) => shape !== '' && words !== ''),
      `${kind}: a shape and words beside each colour`,
    );
    const shapes = new Set(ofKind.map(({ shape }) => shape)).size;
    const colours = new Set(ofKind.map((sign) => sign.colours)).size;
    t.ok(shapes > 1 && shapes >= colours, `${kind}: ${shapes} shapes, ${colours} colours`);
  }
}

async function keyboardReaches(t: Test, page: Page) {
  const pressable = await page.locator('button, summary').count();
  t.ok(pressable > everyWordView.lanes.length);
  const rings = [];
  for (let n = 0; n < pressable; n += 1) {
    await page.keyboard.press('Tab');
    rings.push(await page.evaluate(focusRing));
  }
  t.equal(rings[0]?.name, '中文');
  t.equal(rings[1]?.name, 'English');
  t.match(rings[2]?.name, 'lane-0');
  const unringed = rings.filter(({ outline }) => !/^solid [3-9]px rgb/.test(outline));
  t.strictSame(unringed, [], 'each shows a ring');
  const folded = page.locator('details').first();
  t.equal(await folded.getAttribute('open'), '');
  await folded.locator('summary').focus();
  await page.keyboard.press('Space');
  t.equal(await folded.getAttribute('open'), null, 'and is pressed by a key');
}

t.test('each check has its name, and no name is left over', async (t) => {
  const checks = [...catalogue.map(({ id }) => id), 'policy-rule', 'person', 'platform'];
  t.strictSame(Object.keys(checkTitles).sort(), checks.sort());
});

t.test('a gate in every state at once, and one where nothing has happened', { skip }, async (t) => {
  const context = await startBrowser(t);
  for (const language of languages) {
    for (const view of [gateView, everyWordView, quietView]) {
      await onScreen(t, context, { language, view, mayFail: /404/ }, async ({ page }) => {
        await page.evaluate(unfold);
        const absent = page.locator('.pictures .absent').first();
        if (view === everyWordView) await absent.waitFor();
        await t.test(`nothing but ${language}`, (t) => languageIsPure(t, page, language, view));
        if (language === 'en') return;
        if (view === everyWordView) {
          await t.test('no state is told by colour alone', (t) => noStateByColourAlone(t, page));
          await t.test('the keyboard reaches everything', (t) => keyboardReaches(t, page));
        }
        await t.test('text stands out from its ground', (t) => textStandsOut(t, page));
      });
    }
    // What is shown only without a live stream is looked at where the server goes away.
    const unshown = leavesOf(tables[language]).filter(([key, text]) => {
      if (/^lost\.|^connection\.(connecting|lost|waiting)$/.test(key)) return false;
      const pattern = text.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(/\{\w+\}/g, '.+');
      return !shownTexts[language].some((shown) => new RegExp(pattern).test(shown));
    });
    t.strictSame(unshown, [], `every text of the ${language} table is shown somewhere`);
  }
});
