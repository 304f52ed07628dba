/** The built page in a real Chromium, over the real server; everything a page may not do is written down. */
import { existsSync } from 'node:fs';
import { type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import type { Test } from 'tap';
import { createPanel, type Panel } from '../../src/panel/server.ts';
import type { StreamLimits } from '../../src/panel/stream.ts';
import type { GateView } from '../../src/runtime/read-model.ts';
import { type FixtureSource, fixtureSource } from '../support/panel-fixture.ts';
import { programPath } from '../support/peers.ts';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

export const booth = { width: 1024, height: 768 };
export const desk = { width: 1920, height: 1080 };

export const builtPage = repositoryFile('dist/web');

export async function startBrowser(t: Test): Promise<BrowserContext> {
  if (!existsSync(builtPage)) throw new Error('the page is not built: run "npm run build:web"');
  const context = await chromium.launchPersistentContext(temporaryFolder(), {
    executablePath: programPath('chromium') ?? 'chromium',
    headless: true,
    viewport: booth,
    hasTouch: true,
    timezoneId: 'Asia/Shanghai',
    args: [
      ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
    ],
  });
  context.setDefaultTimeout(10_000);
  t.teardown(() => context.close());
  return context;
}

export interface Served {
  readonly panel: Panel;
  readonly source: FixtureSource;
  readonly address: string;
}

export interface ServeOptions {
  readonly view?: GateView;
  readonly port?: number;
  readonly limits?: Partial<StreamLimits>;
  /** Folder of the page, where it is not the built one. */
  readonly webRoot?: string;
}

export async function serve(t: Test, options: ServeOptions = {}): Promise<Served> {
  const source = fixtureSource(options.view);
  const panel = await createPanel({
    source,
    host: '127.0.0.1',
    port: options.port ?? 0,
    webRoot: options.webRoot ?? builtPage,
    log: { warn: () => undefined, error: () => undefined },
    ...(options.limits && { limits: options.limits }),
  });
  t.teardown(() => panel.close());
  return { panel, source, address: await panel.listen() };
}

export interface Screen {
  readonly page: Page;
  /** Errors on the console, violations of the policy, exceptions, requests to another origin. */
  readonly misdeeds: string[];
}

export interface ScreenOptions {
  readonly language?: 'zh' | 'en';
  readonly size?: { readonly width: number; readonly height: number };
  /** The page's clock stands still and is moved by the test. */
  readonly clockInHand?: boolean;
}

/** Opens the page and waits for what the server has to say. */
export async function open(
  t: Test,
  context: BrowserContext,
  address: string,
  { language, size = booth, clockInHand = false }: ScreenOptions = {},
): Promise<Screen> {
  const page = await context.newPage();
  t.teardown(() => page.close());
  const misdeeds: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') misdeeds.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => misdeeds.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => misdeeds.push(`dialog: ${dialog.message()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(address)) misdeeds.push(`request: ${request.url()}`);
  });
  await page.addInitScript((chosen) => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`policy ${violatedDirective} ${blockedURI}`),
    );
    if (chosen !== undefined) localStorage.setItem('kakou.language', chosen);
  }, language);
  if (clockInHand) await page.clock.install();
  await page.setViewportSize(size);
  await page.goto(address);
  await page.locator('main').waitFor();
  return { page, misdeeds };
}

/** A page over a gate of its own. Whatever a page may not do fails the test at its end. */
export async function onScreen(
  t: Test,
  context: BrowserContext,
  options: ScreenOptions & {
    readonly view?: GateView;
    /** What the browser may write down all the same, because the test makes it happen. */
    readonly mayFail?: RegExp;
  },
  look: (screen: { readonly page: Page; readonly source: FixtureSource }) => Promise<void>,
): Promise<void> {
  const { source, address } = await serve(t, options);
  const { page, misdeeds } = await open(t, context, address, options);
  await page.locator('.lane').first().waitFor();
  await look({ page, source });
  const unasked = misdeeds.filter((each) => !options.mayFail?.test(each));
  t.strictSame(unasked, [], 'no error, no violation of the policy, no request elsewhere');
}

export const laneOf = (page: Page, laneId: string) =>
  page.locator(`article[data-lane="${laneId}"]`);

export async function wordsOf(locator: Locator): Promise<string> {
  return ((await locator.textContent()) ?? '').replace(/\s+/g, ' ');
}

/** Each part is somewhere in what is shown. */
export function has(t: Test, shown: string, parts: readonly string[]): void {
  t.strictSame(
    parts.filter((part) => !shown.includes(part)),
    [],
    `shown: ${parts.join(', ').slice(0, 80)}`,
  );
}
