import fc from 'fast-check';
import t from 'tap';
import {
  type EmulatedAlert,
  heartbeatPart,
  heartbeatXml,
  otherAlertXml,
  plateParts,
  platePost,
  plateXml,
  type StreamForm,
  streamPart,
} from '../../devices/plate-camera-isapi/emulator.ts';
import { manifest } from '../../devices/plate-camera-isapi/manifest.ts';
import type { PlateRead } from '../../src/core/observation.ts';
import type { PushAnswer } from '../../src/driver-kit/contract.ts';
import {
  cameraTimeMs,
  lintIsapiProfile,
  proveIsapiPush,
  proveIsapiStream,
} from '../../src/driver-kit/profile/isapi-lint.ts';
import {
  cutUp,
  type IsapiFirmware,
  isapiProfile,
  pushSession,
  streamSession,
  toldBy,
} from '../support/isapi-profile.ts';

const profile = isapiProfile();
const atMs = Date.UTC(2026, 10, 23, 6, 24, 57);
const at = { wallMs: atMs, monotonicMs: 5_000 };
const jpeg = (length: number) =>
  Uint8Array.of(0xff, 0xd8, 0xff, ...Buffer.alloc(length, '--boundary\r\n'));
const alert = (more: Partial<EmulatedAlert> = {}): EmulatedAlert => ({
  plate: '粤B12345',
  confidence: 97,
  colour: 'yellow',
  uuid: 'u-1',
  atMs,
  ...more,
});
const reading: PlateRead = {
  kind: 'plateRead',
  view: 'front',
  raw: '粤B12345',
  colour: 'yellow',
  confidence: 0.97,
  deviceEventId: 'u-1',
  replayed: false,
  capturedAtMs: atMs,
};

function post(answering = pushSession(profile), of = alert(), headers: object = {}): PushAnswer {
  const { contentType, body } = platePost(of);
  return answering.answer({
    method: 'POST',
    path: '/devices/in-1/plate',
    contentType: contentType.split(';')[0] ?? '',
    headers: { 'content-type': contentType, ...headers },
    body,
    receivedAt: at,
  });
}

t.test('the profile holds over the stream and as a post, and a wrong map is found', async (t) => {
  const settings = { view: 'front' };
  t.strictSame(
    proveIsapiStream(profile.isapi, () => streamSession(profile, settings)),
    [],
  );
  t.strictSame(
    proveIsapiPush(profile.isapi, () => pushSession(profile, settings)),
    [],
  );
  const wrong = structuredClone(profile) as IsapiFirmware & {
    isapi: { reading: { text: string[] } };
  };
  wrong.isapi.reading.text = ['ANPR/plateType'];
  const found = proveIsapiStream(wrong.isapi, () => streamSession(wrong, settings));
  t.match(found[0], { path: 'isapi.tests.0.expect', message: /a plate with its certainty/ });
  t.equal(proveIsapiPush(wrong.isapi, () => pushSession(wrong, settings)).length, found.length);
});

t.test('the lint names what can never match', async (t) => {
  const block = structuredClone(profile.isapi) as unknown as {
    reading: { colours: Record<string, string> };
    push: { contentTypes: string[] };
    tests: { cameraTime?: string }[];
  };
  block.reading.colours['Blue'] = 'blue';
  block.push.contentTypes.push('Text/XML');
  if (block.tests[0]) block.tests[0].cameraTime = 'yesterday';
  t.strictSame(
    lintIsapiProfile(block as never).map(({ path }) => path),
    ['isapi.reading.colours', 'isapi.push.contentTypes', 'isapi.tests.0.cameraTime'],
  );
});

t.test('times need a zone, and an offset may have one digit', async (t) => {
  t.equal(cameraTimeMs('2026-11-23T14:24:57+08:00'), atMs);
  t.equal(cameraTimeMs('2026-11-23T14:24:57+8:00'), atMs);
  t.equal(cameraTimeMs('2026-11-23T06:24:57.250Z'), atMs + 250);
  t.equal(cameraTimeMs('2026-11-23T14:24:57'), undefined, 'nobody knows which moment that is');
  t.equal(cameraTimeMs('2026-13-45T14:24:57Z'), undefined);
});

const forms: Readonly<Record<string, StreamForm>> = {
  'with lengths': { lengths: true, boundary: 'boundary', lineEnd: '\r\n' },
  'without lengths': { lengths: false, boundary: 'x'.repeat(60), lineEnd: '\r\n' },
  'with line feeds alone': { lengths: true, boundary: 'MIME_boundary', lineEnd: '\n' },
};

for (const [name, form] of Object.entries(forms)) {
  t.test(`the emulated camera's stream ${name} is read, in whatever pieces it comes`, async (t) => {
    const pictures = { plateCut: jpeg(40), scene: jpeg(300) };
    const withPictures = form.lengths ? pictures : { scene: Uint8Array.of(0xff, 0xd8, 0xff, 1, 2) };
    const bytes = Buffer.concat([
      heartbeatPart(atMs - 1_000, form),
      streamPart('application/xml', otherAlertXml('VMD', atMs), form),
      plateParts(alert(withPictures), form),
      heartbeatPart(atMs, form),
      plateParts(alert({ uuid: 'u-2', plate: 'unknown' }), form),
      heartbeatPart(atMs + 1_000, form),
    ]);
    const hear = (pieces: readonly Uint8Array[]) => {
      const session = streamSession(profile);
      session.opened(at);
      return toldBy(session, pieces, at);
    };
    const { colour: _, confidence: __, ...unread } = reading;
    const whole = hear([bytes]);
    t.strictSame(whole.observations, [reading, { ...unread, raw: '', deviceEventId: 'u-2' }]);
    t.strictSame(whole.faults, []);
    t.equal(whole.hangUp, undefined);
    t.strictSame(
      whole.pictures,
      form.lengths ? ['other 43 u-1', 'other 303 u-1'] : ['other 5 u-1'],
    );
    t.strictSame(hear(cutUp(bytes, [1])), whole, 'byte by byte');
    const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(sizes, (cuts) => {
        t.strictSame(hear(cutUp(bytes, cuts)), whole);
      }),
      { numRuns: 60 },
    );
  });
}

t.test('an alert without a length is told at once, not when the next part begins', async (t) => {
  const session = streamSession(profile);
  session.opened(at);
  const form = forms['without lengths'];
  const bytes = streamPart('application/xml', plateXml(alert()), form);
  t.strictSame(toldBy(session, [bytes], at).observations, [reading]);
});

t.test('a repeat by its id is left out and counted, over the stream and as a post', async (t) => {
  const session = streamSession(profile);
  session.opened(at);
  const twice = Buffer.concat([plateParts(alert()), plateParts(alert({ plate: '粤B99999' }))]);
  const output = session.received({ bytes: twice, receivedAt: at });
  t.strictSame(output.observations, [reading]);
  t.match(output.values, { repeated: 1 });
  const posting = pushSession(profile);
  t.strictSame(post(posting).observations, [reading]);
  const again = post(posting);
  t.strictSame([again.status, again.observations], [200, []], 'acknowledged, or it comes for ever');
});

t.test('readings of another line or direction are left out where the site says so', async (t) => {
  const settings = { view: 'rear', lines: ['2'], directions: ['reverse'] };
  const session = streamSession(profile, settings);
  session.opened(at);
  const of = (uuid: string, line: number, direction: 'forward' | 'reverse' | 'unknown') =>
    plateParts(alert({ uuid, line, direction }));
  const bytes = Buffer.concat([
    of('a', 1, 'reverse'),
    of('b', 2, 'forward'),
    of('c', 2, 'unknown'),
    of('d', 2, 'reverse'),
  ]);
  const output = session.received({ bytes, receivedAt: at });
  t.strictSame(output.observations, [{ ...reading, view: 'rear', deviceEventId: 'd' }]);
  t.match(output.values, { otherLine: 1, otherDirection: 2 });
  const pictured = plateParts(alert({ uuid: 'e', line: 1, scene: jpeg(9) }));
  t.strictSame(toldBy(session, [pictured], at).pictures, [], 'nor is its picture');
});

t.test("a reading's age is told by the camera's own clock once a heartbeat came", async (t) => {
  const replayed = (heartbeat: number | undefined, capturedAt: number, after = 0) => {
    const session = streamSession(profile);
    session.opened(at);
    if (heartbeat !== undefined) toldBy(session, [heartbeatPart(heartbeat)], at);
    const later = { wallMs: at.wallMs + after, monotonicMs: at.monotonicMs + after };
    const told = toldBy(session, [plateParts(alert({ atMs: capturedAt }))], later);
    const [first] = told.observations as PlateRead[];
    return [first?.replayed, ...told.faults];
  };
  const hour = 3_600_000;
  t.strictSame(replayed(undefined, atMs), [false]);
  t.strictSame(replayed(undefined, atMs - hour), [true, 'notification-clock'], 'by the gate');
  t.strictSame(replayed(atMs - hour, atMs - hour), [false], 'a camera an hour behind');
  t.strictSame(replayed(atMs - hour, atMs - hour + 30_000, 30_000), [false]);
  t.strictSame(replayed(atMs - hour, atMs - hour, 30_000), [true], 'half a minute old');
  t.strictSame(replayed(atMs, atMs + 60_000), [true, 'notification-clock'], 'ahead of itself');
  t.strictSame(replayed(atMs, atMs - 9_000), [false]);
});

t.test("an alarm that was stored does not turn the camera's clock back", async (t) => {
  const session = streamSession(profile);
  session.opened(at);
  const old = atMs - 3_600_000;
  const stored = streamPart('application/xml', otherAlertXml('VMD', old));
  const told = toldBy(session, [stored, plateParts(alert({ atMs: old }))], at);
  t.match(
    told.observations,
    [{ replayed: true }],
    'or a reading of then would look like one of now',
  );
  toldBy(session, [heartbeatPart(atMs), stored], at);
  const live = toldBy(session, [plateParts(alert({ uuid: 'now' }))], at);
  t.match(live.observations, [{ replayed: false }]);
});

t.test('what was sent again is history', async (t) => {
  const session = streamSession(profile);
  const told = toldBy(session, [plateParts(alert({ retransmitted: true }))], at);
  t.strictSame(told.observations, [{ ...reading, replayed: true }]);
});

t.test('a stream that ends, breaks, pours or falls silent is hung up', async (t) => {
  const opened = () => {
    const session = streamSession(profile);
    session.opened(at);
    return session;
  };
  const good = plateParts(alert());
  const ended = Buffer.concat([
    good,
    Buffer.from('--boundary--'),
    plateParts(alert({ uuid: 'z' })),
  ]);
  t.match(toldBy(opened(), [ended], at), { hangUp: 'alert-stream-ended', observations: [reading] });
  const broken = Buffer.concat([
    good,
    Buffer.from('garbage\r\n'),
    plateParts(alert({ uuid: 'z' })),
  ]);
  const told = toldBy(opened(), [broken], at);
  t.equal(told.hangUp, 'multipart-malformed');
  t.equal(told.observations.length, 1, 'what came before stands, what comes behind is not read');
  const huge = Buffer.from('--boundary\r\nContent-Length: 99999999\r\n\r\n');
  t.equal(toldBy(opened(), [huge], at).hangUp, 'multipart-malformed');
  const flood = Buffer.concat(
    Array.from({ length: 200 }, (_, i) => plateParts(alert({ uuid: `f${i}` }))),
  );
  const poured = toldBy(opened(), [flood], at);
  t.equal(poured.hangUp, 'alert-stream-flooded');
  t.equal(poured.observations.length, 50);
  const slow = `<!--${'-x'.repeat(7_000)}-->`;
  const long = streamPart('application/xml', heartbeatXml(atMs).replace('</Ev', `${slow}</Ev`));
  const longs = toldBy(opened(), [Buffer.concat(Array.from({ length: 20 }, () => long))], at);
  t.strictSame([longs.goodMessages, longs.hangUp], [8, 'alert-stream-flooded']);
  const silent = opened();
  const drip = (ms: number) => ({ wallMs: ms, monotonicMs: at.monotonicMs + ms });
  toldBy(silent, [heartbeatPart(atMs)], at);
  for (let ms = 1_000; ms <= 59_000; ms += 1_000) {
    toldBy(silent, [heartbeatPart(atMs).subarray(ms / 1_000 - 1, ms / 1_000)], drip(ms));
    t.equal(silent.tick(drip(ms)).hangUp, undefined);
  }
  t.equal(
    silent.tick(drip(61_000)).hangUp?.code,
    'alert-stream-silent',
    'single bytes are no life',
  );
  t.equal(silent.tick(drip(62_000)).hangUp, undefined, 'told once');
});

t.test('the answer to a post is empty: it can be taken for no order', async (t) => {
  const answer = post();
  t.strictSame(answer.observations, [reading]);
  t.strictSame([answer.status, answer.contentType, answer.body], [200, 'text/plain', '']);
  const pictured = post(
    pushSession(profile),
    alert({ plateCut: jpeg(20), scene: jpeg(90), uuid: 'p' }),
  );
  t.strictSame(
    pictured.pictures?.map(({ role, bytes }) => [role, bytes.length]),
    [
      ['plate', 23],
      ['scene', 93],
    ],
  );
});

t.test('a post of XML alone, and under another name of its part', async (t) => {
  const answer = (contentType: string, body: Uint8Array, header = contentType) =>
    pushSession(profile).answer({
      method: 'POST',
      path: '/',
      contentType,
      headers: { 'content-type': header },
      body,
      receivedAt: at,
    });
  const bare = answer('application/xml', Buffer.from(`\uFEFF${plateXml(alert())}`));
  t.strictSame(bare.observations, [reading]);
  const { contentType, body } = platePost(alert(), 'MoveDetection');
  t.strictSame(answer('multipart/form-data', body, contentType).observations, [reading]);
  const heartbeat = answer('text/xml', Buffer.from(heartbeatXml(atMs)));
  t.strictSame([heartbeat.status, heartbeat.observations], [200, []]);
});

t.test('a post that is none is refused with the reason, counted, and tells nothing', async (t) => {
  const { contentType, body } = platePost(alert({ scene: jpeg(50) }));
  const request = {
    method: 'POST',
    path: '/',
    contentType: 'multipart/form-data',
    headers: { 'content-type': contentType },
    body,
    receivedAt: at,
  };
  const cases: readonly (readonly [string, object, number])[] = [
    ['method', { method: 'PUT' }, 405],
    ['type', { contentType: 'text/html' }, 415],
    ['size', { body: new Uint8Array(5_000_000) }, 413],
    ['half an alert', { body: body.subarray(0, body.length / 2) }, 400],
    ['half a picture', { body: body.subarray(0, -70) }, 400],
    ['no alert', { body: Buffer.from('--b\r\n\r\nx\r\n--b--'), headers: {} }, 400],
    ['nothing', { body: new Uint8Array() }, 400],
    [
      'a document type',
      { contentType: 'text/xml', body: Buffer.from(`<!DOCTYPE a>${plateXml(alert())}`) },
      400,
    ],
    [
      'JSON that is no alert',
      { contentType: 'application/json', body: Buffer.from('{"a":1}') },
      400,
    ],
    [
      'JSON too deep',
      {
        contentType: 'application/json',
        body: Buffer.from(
          `{"eventType":"ANPR","aNPR":{"licensePlate":"A1"},"b":${'{"a":'.repeat(900)}1${'}'.repeat(901)}`,
        ),
      },
      400,
    ],
    ['no UTF-8', { contentType: 'text/xml', body: Buffer.from('<a>\xff</a>', 'latin1') }, 400],
    [
      'too many alerts',
      { body: Buffer.from(`${'--b\r\n\r\n<a/>\r\n'.repeat(3)}--b--`), headers: {} },
      400,
    ],
    [
      'too many parts',
      { body: Buffer.from(`${'--b\r\n\r\n<a/>\r\n'.repeat(17)}--b--`), headers: {} },
      400,
    ],
  ];
  for (const [name, change, status] of cases) {
    const answer = pushSession(profile).answer({ ...request, ...change });
    t.equal(answer.status, status, name);
    t.strictSame(answer.observations, [], name);
    t.equal(answer.faults.length, 1, name);
    t.notMatch(answer.body, /粤B/, 'the answer quotes nothing');
  }
});

t.test('the driver names its transports and the form each of them has', async (t) => {
  t.equal(manifest.shape, 'stream');
  t.strictSame(manifest.transports, ['isapi', 'httpPush']);
  t.equal(manifest.instead?.httpPush?.shape, 'push');
});
