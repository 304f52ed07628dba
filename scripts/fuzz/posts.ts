/**
 * JSON that plate and container cameras post, read by the field maps of their profiles: nothing throws, what is told
 * stands in the body, nothing the body holds is repeated in an answer, no answer orders the camera to act, and a good
 * post afterwards is read.
 */
import fc from 'fast-check';
import * as portal from '../../devices/container-camera-http/emulator.ts';
import { manifest as containerCamera } from '../../devices/container-camera-http/manifest.ts';
import * as camera from '../../devices/plate-camera-http/emulator.ts';
import { manifest as plateCamera } from '../../devices/plate-camera-http/manifest.ts';
import type { PushAnswer, PushSession } from '../../src/driver-kit/contract.ts';
import type { PushProfile } from '../../src/driver-kit/profile/push.ts';
import { answerOrders } from '../../src/driver-kit/profile/push-lint.ts';
import { damaged, type Stock, textOf } from './damage.ts';
import { demand, type FuzzFamily, familyOf } from './family.ts';
import { judgePicture, judgeReading } from './readings.ts';
import type { ShippedProfile } from './shipped-profiles.ts';

/** Stands in good bodies as a password does. */
const secret = 'S3cret-of-the-camera';
const capturedAtMs = Date.UTC(2026, 10, 23, 6, 24, 57);
const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4);
const plate = { serialNumber: secret, plateId: 7, text: '粤B12345', capturedAtMs };
const capture = {
  lane: secret,
  passId: 'p-1',
  capturedAtMs,
  containers: [
    { position: 'front', number: 'CSQU3054383', isoType: '22G1', confidence: 0.98 },
    { position: 2, number: 'OOLU5669697', confidence: 0.5 },
  ],
  images: [{ view: 'left', bytes: jpeg }],
} as const;

const pieces = [
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '"',
  '\\',
  '\\u0000',
  '\\ud83d',
  'null',
  'true',
  '1e400',
  '-0',
  '{"a":'.repeat(60),
  '['.repeat(500),
  '"__proto__":{"license":"A1"},',
  '"hasOwnProperty":1,',
  '"constructor":null,',
  '"license":"B2",',
  '"number":"CSQU3054383",',
  '\uFEFF',
  '\0',
  '粤',
];

/** What a field may hold that nobody thought of. */
const evils: readonly unknown[] = [
  null,
  true,
  '',
  ' ',
  0,
  -1,
  1e308,
  2 ** 53,
  0.1,
  '0',
  'x'.repeat(33),
  'x'.repeat(5_000),
  '\u0000\uD800',
  '_无_',
  'data:image/png;base64,iVBORw0KGgo=',
  'iVBORw0KGgo',
  'AAAA',
  '9999-99-99T99:99:99Z',
  '+275760-09-13T00:00:00.001Z',
  [],
  {},
  [[]],
  Array.from({ length: 40 }, () => ({ number: 'CSQU3054383' })),
  { length: 1, 0: 'a' },
  { toString: 1, valueOf: 2 },
];

export function postFamilies({ name, profile }: ShippedProfile): readonly FuzzFamily[] {
  const { push } = profile;
  if (!push) return [];
  const manifest = push.plate ? plateCamera : containerCamera;
  if (manifest.shape !== 'push') throw new TypeError('another shape');
  const settings = push.plate ? { view: 'front' } : {};
  return [familyWith(name, push, () => manifest.session({ profile, settings }))];
}

function familyWith(name: string, block: PushProfile, open: () => PushSession): FuzzFamily {
  const good = goodBodies(block);
  const stock: Stock = { good, pieces };
  const cases = fc.record({
    body: fc.oneof(damaged(stock), misfilled(good)),
    type: fc.constantFrom('application/json', 'application/json', ...block.contentTypes, 'a/b'),
  });
  const usual = fingerprint(judge(open(), good[0] ?? new Uint8Array(), 'application/json'));
  return familyOf(name, cases, ({ body, type }) => {
    const session = open();
    judge(session, body, type);
    const next = judge(session, good[0] ?? new Uint8Array(), 'application/json');
    demand(next.observations.length === 1, 'the next post is not read');
    demand(fingerprint(next) === usual, 'the next post is read as another one');
  });
}

const fingerprint = ({ status, observations, body }: PushAnswer) =>
  JSON.stringify([status, observations, body]);

function goodBodies({ plate: map, tests }: PushProfile): readonly Uint8Array[] {
  const posts = map
    ? [
        camera.platePost({ ...plate, colour: 'yellow', confidence: 97, scene: jpeg, plate: jpeg }),
        camera.platePost({ ...plate, text: null, offline: true }),
        camera.terminalPost(secret, 1, 1),
        camera.serialDataPost(secret, jpeg),
        camera.heartbeatPost('1', secret),
      ]
    : [portal.containerPost(capture), portal.heartbeatPost(secret)];
  const own = tests.map(({ body }) => (typeof body === 'string' ? body : JSON.stringify(body)));
  return [...posts.map(({ body }) => body), ...own.map((text) => Buffer.from(text))];
}

/** A good body in which some fields hold something else. */
function misfilled(good: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const bodies = good.map(textOf).filter(isJson);
  const change = fc.tuple(fc.nat(60), fc.nat(evils.length - 1));
  return fc
    .tuple(fc.constantFrom(...bodies), fc.array(change, { minLength: 1, maxLength: 4 }))
    .map(([text, changes]) => {
      const body: unknown = JSON.parse(text);
      for (const [which, evil] of changes) {
        const places = placesIn(body);
        const place = places[which % places.length];
        if (place) place.holder[place.key] = structuredClone(evils[evil]);
      }
      return Buffer.from(JSON.stringify(body));
    });
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

interface Holder {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesIn(value: unknown): readonly Holder[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key) => [{ holder, key }, ...placesIn(holder[key])]);
}

function judge(session: PushSession, body: Uint8Array, contentType: string): PushAnswer {
  const answer = session.answer({
    method: 'POST',
    path: '/',
    contentType,
    headers: { 'content-type': contentType },
    body,
    receivedAt: { wallMs: capturedAtMs, monotonicMs: 0 },
  });
  const { status, observations, faults, pictures = [] } = answer;
  demand([200, 400, 413, 415].includes(status), `status ${status}`);
  const isRefused = observations.length === 0 && faults.length === 1;
  demand(status === 200 || isRefused, 'refused and yet told, or not counted');
  demand(observations.length <= 1 && pictures.length <= 32, 'more than a post has');
  demand(answerOrders(JSON.parse(answer.body)).length === 0, 'an answer that orders');
  const said = `${answer.body} ${faults.map(({ detail }) => detail).join(' ')}`;
  demand(!said.includes(secret), 'what the body holds is repeated');
  demand(faults.length <= 64 && said.length <= 16_000, 'more is said than anybody reads');
  if (observations.length > 0) {
    // A byte order mark is no part of the text.
    const texts = textsIn(JSON.parse(textOf(body).replace(/^\uFEFF/, '')));
    for (const told of observations) judgeReading(told, (text) => text === '' || texts.has(text));
  }
  for (const picture of pictures) judgePicture(picture);
  return answer;
}

function textsIn(value: unknown, texts = new Set<string>()): ReadonlySet<string> {
  if (typeof value === 'string') texts.add(value);
  else if (typeof value === 'object' && value !== null)
    for (const each of Object.values(value)) textsIn(each, texts);
  return texts;
}
