/**
 * Alerts of an ISAPI camera, in its stream and as posts: nothing throws, what is told stands in the bytes and does not
 * depend on how the network cut them, nothing is waited for without limit, and a good alert afterwards is read.
 */
import fc from 'fast-check';
import {
  type EmulatedAlert,
  heartbeatPart,
  heartbeatXml,
  plateParts,
  platePost,
  plateXml,
  streamPart,
} from '../../devices/plate-camera-isapi/emulator.ts';
import { manifest } from '../../devices/plate-camera-isapi/manifest.ts';
import type { PushSession, SessionOutput, StreamSession } from '../../src/driver-kit/contract.ts';
import type { IsapiProfile } from '../../src/driver-kit/profile/isapi.ts';
import { cutInto, cuts, damaged, damagedRun, type Stock, textOf, xmlPieces } from './damage.ts';
import { demand, type FuzzFamily, familyOf } from './family.ts';
import { judgePicture, judgeReading, standsIn } from './readings.ts';
import type { ShippedProfile } from './shipped-profiles.ts';

/** Small limits, so that short inputs reach them. */
const limits = { partBytesMax: 8_192, alertLengthMax: 4_096, bodyBytesMax: 32_768 } as const;
/** What a reader of multipart may hold beside a part: headers, what stands before them, a boundary. */
const aroundPartBytesMax = 6_000;
const atMs = Date.UTC(2026, 10, 23, 6, 24, 57);
const at = { wallMs: atMs, monotonicMs: 5_000 };
const settings = { view: 'front' };

const jpeg = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, ...Buffer.from('\r\n--boundary\r\n--'));
const alert: EmulatedAlert = {
  plate: '粤B12345',
  confidence: 97,
  colour: 'yellow',
  uuid: 'u-1',
  atMs,
};
/** As long as a plate may be: anything more is too long. */
const longest = { ...alert, uuid: 'u-4', plate: '1234567890123456'.repeat(2) };
const tooLong = { ...longest, uuid: 'u-5', plate: `${longest.plate}7` };
const pictured = { ...alert, uuid: 'u-2', scene: jpeg, plateCut: jpeg };
const afterwards = { ...alert, uuid: 'afterwards', plate: '京Z99999' };
const json = JSON.stringify({
  EventNotificationAlert: {
    dateTime: '2026-11-23T14:24:57+08:00',
    eventType: 'ANPR',
    eventState: 'active',
    ANPR: { licensePlate: '粤B12345', confidenceLevel: '97', line: '1', pictures: [{}, {}] },
    UUID: 'u-3',
  },
});

const pieces = [
  ...xmlPieces,
  '--boundary\r\n',
  '--boundary--',
  '--boundary',
  '--',
  '\r\n',
  '\r\n\r\n',
  '\r',
  ':',
  'Content-Length: 3\r\n',
  'Content-Length: 99999999\r\n',
  'Content-Length: -1\r\n',
  'Content-Type: image/jpeg\r\n',
  'Content-Type: application/json\r\n',
  'Content-Disposition: form-data; name="anpr.xml";filename="\\"',
  'Content-Transfer-Encoding: base64\r\n',
  '</EventNotificationAlert>',
  '<EventNotificationAlert>',
  '<eventType>ANPR</eventType>',
  '<ANPR><licensePlate>',
  '\xff\xd8\xff',
  'y'.repeat(9_000),
  '{',
  '{"a":'.repeat(40),
  '"licensePlate":1e400,',
  '"__proto__":{"eventType":"ANPR"},',
] as const;

export function isapiFamilies({ name, profile }: ShippedProfile): readonly FuzzFamily[] {
  const { isapi } = profile;
  if (!isapi) return [];
  const small: IsapiProfile = {
    ...isapi,
    partBytesMax: limits.partBytesMax,
    alertLengthMax: limits.alertLengthMax,
    push: { ...isapi.push, bodyBytesMax: limits.bodyBytesMax },
  };
  const options = { profile: { ...profile, isapi: small }, settings };
  const alerts = isapi.tests.map(({ xml }) => xml.join('\n'));
  const push = manifest.instead?.httpPush;
  if (manifest.shape !== 'stream' || push?.shape !== 'push') throw new TypeError('another shape');
  const { session } = manifest;
  return [
    streamFamily(`${name}/stream`, alerts, () => session(options)),
    postFamily(`${name}/post`, { alerts, block: small }, () => push.session(options)),
  ];
}

function streamFamily(
  name: string,
  alerts: readonly string[],
  open: () => StreamSession,
): FuzzFamily {
  const lengthless = { lengths: false, boundary: 'MIME_boundary', lineEnd: '\n' } as const;
  const stock: Stock = {
    pieces,
    good: [
      plateParts(alert),
      plateParts(pictured),
      plateParts(longest, lengthless),
      plateParts(tooLong, lengthless),
      plateParts(alert, lengthless),
      heartbeatPart(atMs),
      streamPart('application/json', json),
      ...alerts.map((text) => streamPart('application/xml; charset="UTF-8"', text)),
    ],
  };
  const cases = fc.record({ bytes: damagedRun(stock, 4), sizes: cuts });
  return familyOf(name, cases, ({ bytes, sizes }) => {
    const session = open();
    const told = hear(session, [bytes]);
    const stands = standsIn(textOf(bytes));
    for (const reading of told.observations) judgeReading(reading, stands);
    for (const picture of told.pictures) judgePicture(picture);
    const rest = new Array<number>(40).fill(1_500);
    const cut = hear(open(), cutInto(bytes, [...sizes, ...rest]));
    demand(cut.summary === told.summary, 'what is told depends on how the bytes are cut');
    judgeRecovery(session, told.isOver);
  });
}

interface Heard {
  readonly observations: SessionOutput['observations'];
  readonly pictures: NonNullable<SessionOutput['latePictures']>;
  readonly isOver: boolean;
  /** All that was told, as text. */
  readonly summary: string;
}

/** As the runtime does it: a stream that is hung up is not heard any more. */
function hear(session: StreamSession, parts: readonly Uint8Array[]): Heard {
  session.opened(at);
  const outputs: SessionOutput[] = [];
  let waiting = 0;
  for (const bytes of parts) {
    const output = session.received({ bytes, receivedAt: at });
    outputs.push(output);
    if (output.hangUp) break;
    waiting += bytes.length;
    if ((output.goodMessages ?? 0) > 0 || output.faults.length > 0) waiting = bytes.length;
    const most = limits.partBytesMax + aroundPartBytesMax + bytes.length;
    demand(waiting <= most, 'more is kept than a part');
  }
  const observations = outputs.flatMap((output) => output.observations);
  const pictures = outputs.flatMap((output) => output.latePictures ?? []);
  const faults = outputs.flatMap((output) => output.faults);
  const hangUp = outputs.at(-1)?.hangUp;
  const held = pictures.map(({ bytes, ...rest }) => ({ ...rest, length: bytes.length }));
  return {
    observations,
    pictures,
    isOver: hangUp !== undefined,
    summary: JSON.stringify([observations, faults, held, hangUp]),
  };
}

/** What is half there never comes whole, so the stream must be given up; the next one begins anew. */
function judgeRecovery(session: StreamSession, isOver: boolean): void {
  const later = { wallMs: atMs + 700_000, monotonicMs: at.monotonicMs + 700_000 };
  const silent = session.tick(later).hangUp?.code === 'alert-stream-silent';
  demand(silent !== isOver, isOver ? 'hung up twice' : 'a stream that says nothing stays open');
  session.opened(later);
  const { observations, hangUp } = session.received({
    bytes: plateParts(afterwards),
    receivedAt: later,
  });
  const [reading] = observations;
  const isRead = reading?.kind === 'plateRead' && reading.raw === afterwards.plate;
  demand(isRead && !hangUp, 'the next stream is not read');
}

function postFamily(
  name: string,
  { alerts, block }: { readonly alerts: readonly string[]; readonly block: IsapiProfile },
  open: () => PushSession,
): FuzzFamily {
  const posts = [
    platePost(alert),
    platePost(longest),
    platePost(tooLong),
    platePost(pictured),
    platePost(pictured, 'MoveDetection'),
  ];
  const bare = [plateXml(alert), plateXml(longest), heartbeatXml(atMs), json, ...alerts];
  const stock: Stock = {
    pieces: [...pieces, '-----------------------------7e13971310878\r\n'],
    good: [...posts.map(({ body }) => body), ...bare.map((text) => Buffer.from(text))],
  };
  const multipart = posts[0]?.contentType ?? '';
  const type = fc.constantFrom(
    multipart,
    multipart,
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/mixed; boundary="boundary"',
    ...block.push.contentTypes,
    'text/html',
    '',
  );
  const cases = fc.record({ body: damaged(stock), header: type });
  const good = platePost(afterwards);
  return familyOf(name, cases, ({ body, header }) => {
    const session = open();
    judgePost(session, body, header);
    const { observations } = judgePost(session, good.body, good.contentType);
    const [reading] = observations;
    const isRead = reading?.kind === 'plateRead' && reading.raw === afterwards.plate;
    demand(isRead, 'the next post is not read');
  });
}

function judgePost(session: PushSession, body: Uint8Array, header: string) {
  const answer = session.answer({
    method: 'POST',
    path: '/devices/in-1/plate',
    contentType: header.split(';')[0] ?? '',
    headers: { 'content-type': header },
    body,
    receivedAt: at,
  });
  const { status, observations, faults, pictures = [] } = answer;
  demand([200, 400, 413, 415].includes(status), `status ${status}`);
  demand(status === 200 || faults.length > 0, 'refused and not counted');
  demand(status !== 200 || answer.body === '', 'an answer that could be an order');
  demand(observations.length <= 2 && pictures.length <= 16, 'more than a post has');
  const stands = standsIn(textOf(body));
  for (const reading of observations) judgeReading(reading, stands);
  for (const picture of pictures) judgePicture(picture);
  return answer;
}
