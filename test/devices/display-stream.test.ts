import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import t from 'tap';
import { LedDisplay } from '../../devices/display-stream/emulator.ts';
import { manifest } from '../../devices/display-stream/manifest.ts';
import type { DisplayNotice, StreamSession } from '../../src/driver-kit/contract.ts';
import { proveDisplayProfile } from '../../src/driver-kit/profile/display-lint.ts';
import { parseProfile } from '../../src/driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import type { OpenStream, StreamEvents } from '../../src/ports/transport.ts';
import { DeviceHeart } from '../../src/runtime/device.ts';
import { StreamDevice } from '../../src/runtime/device-shapes.ts';
import { laneNotices } from '../../src/runtime/lane-orders.ts';
import { FakeTime } from '../support/fake-timers.ts';
import { cutUp } from '../support/isapi-profile.ts';
import { repositoryFile } from '../support/repository.ts';

const json = (name: string) =>
  JSON.parse(readFileSync(repositoryFile(`firmware-profiles/display/${name}.json`), 'utf8'));

function profileOf(name: string): FirmwareProfile {
  const parsed = parseProfile(json(name));
  if (parsed.kind !== 'profile') throw new Error(JSON.stringify(parsed.findings));
  return parsed.profile;
}

const frames = profileOf('generic-frame');
const texts = profileOf('generic-text');

function sessionOf(profile = frames, settings: object = {}): StreamSession {
  if (manifest.shape !== 'stream') throw new TypeError('another shape');
  const session = manifest.session({ profile, settings: { ...settings } });
  session.opened(at(0));
  return session;
}

const at = (monotonicMs: number) => ({ wallMs: 0, monotonicMs });
const notice = (kind: DisplayNotice['kind'], zh: string, en: string): DisplayNotice => ({
  kind,
  text: { zh, en },
});
const wait = notice('wait', '请停车等候', 'Please wait');
const go = notice('go', '请通行', 'Please go');

t.test('the display of another hand shows the rows and answers, in whatever pieces', async (t) => {
  const reason = { zh: '箱号无法识别', en: 'number not read' };
  const seeClerk = { ...notice('seeClerk', '请联系工作人员', 'See the clerk'), reason };
  const session = sessionOf();
  const bytes = Buffer.concat(session.show?.(seeClerk, at(0)).send ?? []);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
      const display = new LedDisplay();
      const answers = cutUp(bytes, sizes).flatMap((piece) => display.received(piece));
      t.strictSame(display.rows, [
        '请联系工作人员',
        'See the clerk',
        '箱号无法识别',
        'number not read',
      ]);
      t.strictSame([display.taken, display.garbage, answers.length], [4, 0, 4]);
    }),
    { numRuns: 50 },
  );
  const told = session.received({ bytes: Uint8Array.of(0xaa, 0x56, 1, 0), receivedAt: at(10) });
  t.equal(told.goodMessages, 1);
});

t.test(
  'only the newest text is written, and a "go" that is over is taken back at once',
  async (t) => {
    const session = sessionOf();
    const written = (output: { send: readonly Uint8Array[] } | undefined) => {
      const display = new LedDisplay();
      for (const bytes of output?.send ?? []) display.received(bytes);
      return display.rows[1];
    };
    t.equal(written(session.show?.(wait, at(0))), 'Please wait');
    t.equal(written(session.show?.(notice('wait', '一', 'one'), at(50))), '', 'too soon');
    t.equal(written(session.show?.(go, at(60))), '');
    t.equal(written(session.tick(at(100))), '');
    t.equal(written(session.tick(at(200))), 'Please go', 'the one before is never written');
    t.equal(written(session.show?.(wait, at(210))), 'Please wait', 'no driver goes on an old word');
    t.equal(written(session.tick(at(10_000))), '');
    t.equal(
      written(session.tick(at(10_300))),
      'Please wait',
      'again, for one that was switched off',
    );
  },
);

t.test(
  'a display that does not answer is told, and one that cannot is as good as its line',
  async (t) => {
    const session = sessionOf();
    session.show?.(wait, at(0));
    t.strictSame(session.tick(at(900)).faults, []);
    t.strictSame(
      session.tick(at(1_100)).faults.map(({ code }) => code),
      ['notice-unanswered'],
    );
    t.strictSame(session.tick(at(1_200)).faults, [], 'once for each text');
    const garbage = session.received({
      bytes: Buffer.from('hello'.repeat(100)),
      receivedAt: at(2_000),
    });
    t.strictSame([garbage.goodMessages, garbage.observations], [undefined, []]);
    const mute = sessionOf(texts);
    t.equal(mute.show?.(wait, at(0)).goodMessages, 1);
    t.strictSame(mute.tick(at(5_000)).faults, []);
  },
);

t.test('at the end nothing is left to be read', async (t) => {
  const session = sessionOf();
  const display = new LedDisplay();
  for (const bytes of session.show?.(go, at(0)).send ?? []) display.received(bytes);
  t.equal(display.rows[1], 'Please go');
  for (const bytes of session.closing?.() ?? []) display.received(bytes);
  t.strictSame(display.rows, ['', '', '', '']);
});

t.test('a site chooses rows and address', async (t) => {
  const session = sessionOf(frames, { address: 7, rows: [['reasonEn', 'en'], []] });
  const display = new LedDisplay(7);
  for (const bytes of session.show?.(go, at(0)).send ?? []) display.received(bytes);
  t.strictSame(display.rows, ['Please go', '', '', ''], 'what stood in the other rows is gone');
  const checked = (profile: FirmwareProfile, settings: object) =>
    manifest.check?.({ profile, settings: { ...settings } }).map(({ path }) => path);
  t.strictSame(checked(texts, { address: 1 }), ['settings.address']);
  t.strictSame(checked(texts, { rows: [['zh'], ['en'], ['zh']] }), ['settings.rows']);
  t.strictSame(checked(frames, { address: 1, rows: [['zh']] }), []);
});

t.test('text of a camera cannot order the display about', async () => {
  const text = fc.string({ unit: 'binary', maxLength: 60 });
  fc.assert(
    fc.property(text, (raw) => {
      const display = new LedDisplay();
      const sent = sessionOf().show?.(notice('seeClerk', raw, raw), at(0)).send ?? [];
      for (const bytes of sent) display.received(bytes);
      return display.taken === 4 && display.garbage === 0;
    }),
    { numRuns: 1_000 },
  );
});

t.test('a profile whose frames do not hold or cannot work is refused', async (t) => {
  const changed = (change: (block: { frame: object }) => void) => {
    const wrong = json('generic-frame');
    change(wrong.display);
    return wrong;
  };
  const lint = (wrong: object) => {
    const parsed = parseProfile(wrong);
    return parsed.kind === 'invalid' ? parsed.findings.map(({ path }) => path) : [];
  };
  const frame = (more: object) => lint(changed((block) => Object.assign(block.frame, more)));
  t.strictSame(frame({ addressAt: 6 }), ['/display/frame/addressAt']);
  t.strictSame(frame({ row: { at: 9, from: 1 } }), ['/display/frame/row/at']);
  t.strictSame(frame({ tail: '0D' }), ['/display/frame/check/at']);
  t.strictSame(frame({ row: undefined }), ['/display/frame/row']);
  const long = { length: { at: 4, size: 1, endian: 'big', plus: 0 }, per: 'all' };
  t.strictSame(
    lint(
      changed((block) => Object.assign(block, { columns: 80, frame: { ...block.frame, ...long } })),
    ),
    ['/display/frame/length/size'],
  );
  const sum = structuredClone(frames) as FirmwareProfile & { display: { frame: { tail: string } } };
  sum.display.frame.tail = '00 0A';
  const found = proveDisplayProfile(sum.display, (settings) => sessionOf(sum, settings));
  t.match(found[0], { path: 'display.tests.0.frames', message: /writes \[AA 55/ });
});

t.test('notices of one moment are shown once, when everything else is done', async (t) => {
  const time = new FakeTime();
  const shown: string[] = [];
  const device = (capability: string) =>
    ({
      heart: { settings: { manifest: { capabilities: [capability] } } },
      show: ({ kind }: DisplayNotice) => shown.push(`${capability} ${kind}`),
    }) as never;
  const { notice: tell } = laneNotices([device('Barrier'), device('TextDisplay')], {
    timers: time,
    laneId: 'in-1',
  });
  tell(wait);
  tell(go);
  t.strictSame(shown, [], 'not in the call');
  await time.pass(1);
  t.strictSame(shown, ['TextDisplay go']);
  tell(wait);
  await time.pass(1);
  t.strictSame(shown, ['TextDisplay go', 'TextDisplay wait']);
});

t.test('a display that was away shows what is to be seen now, not what was', async (t) => {
  const time = new FakeTime();
  const display = new LedDisplay();
  let events: StreamEvents | undefined;
  let isAway = true;
  const transport = {
    async open(given: StreamEvents): Promise<OpenStream> {
      if (isAway) throw Object.assign(new Error('away'), { code: 'connect-refused' });
      events = given;
      return { nonce: 1, write: (bytes) => display.received(bytes), close: () => undefined };
    },
  };
  const heart = new DeviceHeart(
    { deviceId: 'd' as never, laneId: 'in-1', manifest, profile: frames, settings: {} },
    { clock: time, timers: time, random: () => 0, observe: () => undefined, log: () => undefined },
  );
  if (manifest.shape !== 'stream') throw new TypeError('another shape');
  const device = new StreamDevice(heart, manifest, transport);
  await device.start().catch(() => undefined);
  device.show(go);
  device.show(wait);
  isAway = false;
  await time.pass(1_000);
  t.equal(display.rows[1], 'Please wait');
  t.equal(display.taken, 4, 'the "go" of before was never written');
  events?.closed('port-lost', 'test');
  device.show(notice('welcome', '欢迎光临', 'Welcome'));
  await time.pass(2_000);
  t.equal(display.rows[1], 'Welcome');
  device.stop();
  t.equal(display.rows[1], '');
  device.show(go);
  t.equal(display.rows[1], '', 'nothing after the stop');
});
