/**
 * Everything between an ONVIF camera's bytes and a reading: nothing throws or takes long, nothing is read that does not
 * stand there, limits of XML hold, and the sign-in does not tell the password.
 */
import fc from 'fast-check';
import * as write from '../../devices/plate-camera-onvif/emulator-messages.ts';
import { manifest } from '../../devices/plate-camera-onvif/manifest.ts';
import { authorization } from '../../src/adapters/camera-http/digest.ts';
import {
  isRefusal,
  readProfileToken,
  readPull,
  readRenewal,
  readSnapshotUri,
  readSubscription,
} from '../../src/adapters/onvif/camera-answers.ts';
import { CameraFailure } from '../../src/adapters/onvif/camera-failure.ts';
import type { NotificationSession } from '../../src/driver-kit/contract.ts';
import { resolvedTopics } from '../../src/driver-kit/onvif-message.ts';
import { readXml, type XmlElement } from '../../src/driver-kit/xml.ts';
import { damaged, type Stock, textOf, xmlPieces } from './damage.ts';
import { demand, type FuzzFamily, familyOf } from './family.ts';
import { judgePicture, judgeReading, standsIn } from './readings.ts';
import type { ShippedProfile } from './shipped-profiles.ts';

const limits = { lengthMax: 4_000, depthMax: 8, nodesMax: 100, attributesMax: 8 };
const deepest = `${'<a>'.repeat(limits.depthMax)}${'</a>'.repeat(limits.depthMax)}`;
const at = { wallMs: 0, monotonicMs: 0 };
const utcMs = Date.UTC(2026, 10, 23);

const messages = [
  write.profileMPlate({
    utcMs,
    plate: '粤B12345',
    objectId: '15',
    likelihood: 0.9,
    colour: 'Blue',
    country: 'CN',
  }),
  write.profileMPlate({ utcMs, plate: '1234567890123456'.repeat(2) }),
  write.profileMPlate({ utcMs, plate: '001234', operation: 'Changed' }),
  write.motion(utcMs, true),
].map(write.alone);
const times = { nowMs: utcMs, endMs: utcMs + 60_000, form: 'Z' } as const;
const answers = [
  write.created('http://192.0.2.1/onvif/sub1?a=1&amp;b=2', 'sub1', times),
  write.pulled([write.profileMPlate({ utcMs, plate: '粤B12345' })], times),
  write.renewed(times),
  write.profiles(true),
  write.snapshotUri('http://192.0.2.1/a.jpg', false),
  write.fault('Sender', 'NotAuthorized', 'no'),
];

const stockOf = (texts: readonly string[]): Stock => ({
  good: texts.map((text) => Buffer.from(text)),
  pieces: xmlPieces,
});
const odd = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
);
const anyTextOf = (texts: readonly string[]) =>
  fc.oneof(
    { weight: 12, arbitrary: damaged(stockOf(texts)).map(textOf) },
    { weight: 1, arbitrary: odd },
  );

/** The messages of a camera by its profile. */
export function onvifFamilies({ name, profile }: ShippedProfile): readonly FuzzFamily[] {
  const { onvif } = profile;
  if (!onvif) return [];
  if (manifest.shape !== 'notification') throw new TypeError('another shape');
  const session = manifest.session({ profile, settings: { view: 'front' } });
  const own = onvif.tests.map(({ xml }) => xml.join('\n'));
  const good = own.find((text) => hear(session, text).observations.length > 0);
  if (good === undefined) throw new TypeError(`${name} has no test that tells a plate`);
  const usual = JSON.stringify(hear(session, good));
  return [
    familyOf(name, anyTextOf([...messages, ...own]), (text) => {
      const { observations, faults, pictures = [] } = hear(session, text);
      demand(observations.length <= 1 && faults.length <= 8, 'more than a message has');
      const stands = standsIn(text);
      for (const told of observations) judgeReading(told, stands);
      for (const picture of pictures) judgePicture(picture);
      demand(JSON.stringify(hear(session, good)) === usual, 'the next message is not read');
    }),
  ];
}

const hear = (session: NotificationSession, text: string) =>
  session.notified({ text, receivedAt: at, heldMsMax: 0 });

/** What is read of cameras and belongs to no profile. */
export function cameraFamilies(profiles: readonly ShippedProfile[]): readonly FuzzFamily[] {
  const topics = new Set(
    profiles.flatMap(({ profile }) => (profile.onvif ? resolvedTopics(profile.onvif) : [])),
  );
  return [
    familyOf('xml', anyTextOf([...messages, deepest]), (text) => {
      const reading = readXml(text, limits);
      const holds = reading.kind === 'refused' ? reading.reason !== '' : isWithin(reading.root);
      demand(holds, 'beyond the limits, or refused without a reason');
    }),
    answerFamily(topics),
    signInFamily(),
  ];
}

function isWithin(element: XmlElement, depth = 1): boolean {
  const { children, attributes } = element;
  return (
    depth <= limits.depthMax &&
    attributes.length <= limits.attributesMax &&
    children.every((child) => isWithin(child, depth + 1))
  );
}

/** No answer of a camera makes its reading fail but by its own error. */
function answerFamily(topics: ReadonlySet<string>): FuzzFamily {
  type Answer = Parameters<typeof readPull>[0];
  const readings = [
    readSubscription,
    readRenewal,
    (answer: Answer) => readPull(answer, topics),
    (answer: Answer) => readProfileToken(answer, 'http://www.onvif.org/ver20/media/wsdl'),
    (answer: Answer) => readSnapshotUri(answer, 'http://www.onvif.org/ver10/media/wsdl'),
  ];
  const cases = fc.tuple(anyTextOf(answers), fc.constantFrom(...readings));
  return familyOf('onvif-answer', cases, ([text, reading]) => {
    const answer = { text, status: 200, at };
    isRefusal(answer);
    try {
      reading(answer);
    } catch (error) {
      if (!(error instanceof CameraFailure)) throw error;
      demand(error.message.length <= 260, 'an error without end');
    }
  });
}

function signInFamily(): FuzzFamily {
  const parts = [
    'Digest ',
    'Basic ',
    'realm=',
    'nonce=',
    'qop=',
    'algorithm=',
    '"',
    '\\',
    ',',
    '=',
    ' ',
    'MD5',
    'auth',
    'auth-int',
    'SHA-256',
    'stale=true',
    'x',
  ];
  const good = [
    'Digest realm="camera", nonce="0123", qop="auth", algorithm=MD5',
    'Digest realm="camera", nonce="0123", stale=true, opaque="x"',
    'Basic realm="camera"',
  ].map((text) => Buffer.from(text));
  const challenge = damaged({ good, pieces: parts }).map(textOf);
  return familyOf('camera-sign-in', fc.array(challenge, { maxLength: 3 }), (challenges) => {
    const header = authorization(challenges, {
      method: 'GET',
      uri: '/a',
      username: 'gate',
      password: 'S3cret-of-the-camera',
      isBasicAllowed: false,
    });
    const holds =
      header === undefined || (header.startsWith('Digest ') && !header.includes('S3cret'));
    demand(holds, 'the password is told');
    demand(header === undefined || !/[\r\n]/.test(header), 'a header of several lines');
  });
}
