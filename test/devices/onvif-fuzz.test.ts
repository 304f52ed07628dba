/**
 * Everything between a camera's bytes and a reading, against bytes of nobody's design: nothing throws, nothing
 * takes long, and nothing is read that does not stand there. Short here; a million of each family by
 * `npx tsc -b && KAKOU_FUZZ_CASES=1000000 node dist/test/devices/onvif-fuzz.test.js`.
 */
import fc from 'fast-check';
import t from 'tap';
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
import { resolvedTopics } from '../../src/driver-kit/onvif-message.ts';
import { readXml, type XmlElement } from '../../src/driver-kit/xml.ts';
import { onvifProfile } from '../support/onvif-under-test.ts';

const numRuns = Number(process.env['KAKOU_FUZZ_CASES'] ?? 3_000);
// A million of each take minutes.
if (process.env['KAKOU_FUZZ_CASES'] !== undefined) t.setTimeout(0);
const profile = onvifProfile();
const topics = new Set(resolvedTopics(profile.onvif));
const limits = { lengthMax: 4_000, depthMax: 8, nodesMax: 100, attributesMax: 8 };
const at = { wallMs: 0, monotonicMs: 0 };
const utcMs = Date.UTC(2026, 10, 23);

/** A property that ran as often as it was asked to. */
function holds<T>(arbitrary: fc.Arbitrary<T>, property: (value: T) => boolean): void {
  fc.assert(fc.property(arbitrary, property), { numRuns });
}

function hear(text: string) {
  if (manifest.shape !== 'notification') throw new TypeError('another shape');
  const session = manifest.session({ profile, settings: { view: 'front' } });
  return session.notified({ text, receivedAt: at, heldMsMax: 0 });
}

const garbage = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('utf8')),
);

/** Pieces that XML is made of, in any order. */
const pieces = [
  '<',
  '>',
  '/>',
  '</',
  '<a',
  '</a>',
  '<a>',
  ' b="c"',
  ' b=',
  '"',
  "'",
  '&',
  '&amp;',
  '&#',
  '&#x41;',
  '&#xD800;',
  ';',
  '<!--',
  '-->',
  '<![CDATA[',
  ']]>',
  '<!DOCTYPE',
  '<!ENTITY',
  '[',
  ']',
  '<?xml version="1.0"?>',
  '<?',
  '?>',
  ' xmlns="urn:a"',
  ' xmlns:p="urn:p"',
  '<p:a',
  '</p:a>',
  ' hasOwnProperty=""',
  ' __proto__="x"',
  ' constructor="y"',
  '粤',
  '\uD83D',
  '\uFEFF',
  '\0',
  '\n',
  ' ',
  'xmlns',
  '%e;',
];
const nearXml = fc
  .array(fc.constantFrom(...pieces), { maxLength: 40 })
  .map((parts) => parts.join(''));

const messages = [
  write.profileMPlate({
    utcMs,
    plate: '粤B12345',
    objectId: '15',
    likelihood: 0.9,
    colour: 'Blue',
    country: 'CN',
  }),
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

/** A good text with a part cut out, doubled, or replaced by something else. */
const damaged = (texts: readonly string[]) =>
  fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(
        fc.tuple(
          fc.nat(5_000),
          fc.nat(60),
          fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8 })),
        ),
        { minLength: 1, maxLength: 4 },
      ),
    )
    .map(([text, cuts]) =>
      cuts.reduce((whole, [from, length, put], i) => {
        const start = from % (whole.length + 1);
        const middle = i % 3 === 2 ? whole.slice(start, start + length).repeat(2) : put;
        return `${whole.slice(0, start)}${middle}${whole.slice(start + (i % 2 ? 0 : length))}`;
      }, text),
    );

const any = (texts: readonly string[]) => fc.oneof(garbage, nearXml, damaged(texts));

function isWithin(element: XmlElement, depth = 1): boolean {
  const { children, attributes } = element;
  return (
    depth <= limits.depthMax &&
    attributes.length <= limits.attributesMax &&
    children.every((child) => isWithin(child, depth + 1))
  );
}

t.test('no text makes the reader of XML throw or go beyond its limits', async (t) => {
  holds(any(messages), (text) => {
    const reading = readXml(text, limits);
    return reading.kind === 'refused' ? reading.reason.length > 0 : isWithin(reading.root);
  });
  t.pass();
});

t.test('no text makes the driver throw, and no plate comes out that did not go in', async (t) => {
  let read = 0;
  holds(any(messages), (text) => {
    const output = hear(text);
    return output.observations.every((observation) => {
      if (observation.kind !== 'plateRead') return false;
      read += 1;
      // Entities and CDATA may stand for it; any other plate is there letter by letter.
      return observation.raw === '' || /&|CDATA/.test(text) || text.includes(observation.raw);
    });
  });
  t.ok(read > 0, `${read} damaged messages still told a plate`);
});

t.test('garbage tells nothing at all', async (t) => {
  holds(fc.oneof(garbage, nearXml), (text) => {
    const { observations, faults } = hear(text);
    return observations.length === 0 && faults.length === 1;
  });
  t.pass();
});

t.test('no answer of a camera makes its reading fail but by its own error', async (t) => {
  const readings = [
    readSubscription,
    readRenewal,
    (answer: Parameters<typeof readPull>[0]) => readPull(answer, topics),
    (answer: Parameters<typeof readPull>[0]) =>
      readProfileToken(answer, 'http://www.onvif.org/ver20/media/wsdl'),
    (answer: Parameters<typeof readPull>[0]) =>
      readSnapshotUri(answer, 'http://www.onvif.org/ver10/media/wsdl'),
  ];
  holds(fc.tuple(any(answers), fc.constantFrom(...readings)), ([text, reading]) => {
    const answer = { text, status: 200, at };
    isRefusal(answer);
    try {
      reading(answer);
      return true;
    } catch (error) {
      return error instanceof CameraFailure && error.message.length <= 260;
    }
  });
  t.pass();
});

t.test('no challenge makes the sign-in throw, nor tell the password', async (t) => {
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
    'SHA-256',
    'stale=true',
    'x',
  ];
  const challenge = fc.oneof(
    garbage,
    fc.array(fc.constantFrom(...parts), { maxLength: 30 }).map((each) => each.join('')),
  );
  holds(fc.array(challenge, { maxLength: 3 }), (challenges) => {
    const header = authorization(challenges, {
      method: 'GET',
      uri: '/a',
      username: 'gate',
      password: 'S3cret-of-the-camera',
      isBasicAllowed: false,
    });
    return header === undefined || (header.startsWith('Digest ') && !header.includes('S3cret'));
  });
  t.pass();
});
