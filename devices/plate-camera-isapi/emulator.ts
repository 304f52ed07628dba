/**
 * A Hikvision plate camera as pure bytes: an HTTP server that signs its clients in by digest and writes alerts
 * into an answer that never ends, and the posts it sends where it is set to post. Written from the published
 * documents of ISAPI and RFC 2616, 2046 and 7616, not from the driver.
 */
import { EmulatedSignIn, type EmulatedSignInOptions } from './emulator-sign-in.ts';

export interface EmulatedAlert {
  /** As the camera writes it: the plate, `unknown`, or empty. */
  readonly plate: string;
  readonly confidence?: number;
  readonly colour?: string;
  readonly line?: number;
  readonly direction?: 'forward' | 'reverse' | 'unknown';
  readonly uuid: string;
  /** Camera's clock, ms since 1970. */
  readonly atMs: number;
  /** Sent again after a break of its network. */
  readonly retransmitted?: boolean;
  readonly scene?: Uint8Array;
  readonly plateCut?: Uint8Array;
}

/** How this firmware writes its stream. */
export interface StreamForm {
  /** Whether a part says its length. */
  readonly lengths: boolean;
  readonly boundary: string;
  readonly lineEnd: '\r\n' | '\n';
}

const utf8 = new TextEncoder();
const usualForm: StreamForm = { lengths: true, boundary: 'boundary', lineEnd: '\r\n' };

/** China Standard Time, as most of these cameras are set. */
function localTime(ms: number): string {
  return `${new Date(ms + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}

function document(kind: string, state: string, atMs: number, inner: string): string {
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\r\n' +
    '<EventNotificationAlert version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">\r\n' +
    '<ipAddress>192.0.2.20</ipAddress>\r\n<ipv6Address>::</ipv6Address>\r\n<portNo>80</portNo>\r\n' +
    '<protocol>HTTP</protocol>\r\n<macAddress>00:00:5e:00:53:20</macAddress>\r\n' +
    `<dynChannelID>1</dynChannelID>\r\n<channelID>1</channelID>\r\n<dateTime>${localTime(atMs)}</dateTime>\r\n` +
    `<activePostCount>1</activePostCount>\r\n<eventType>${kind}</eventType>\r\n` +
    `<eventState>${state}</eventState>\r\n<eventDescription>${kind} alarm</eventDescription>\r\n${inner}` +
    '</EventNotificationAlert>\r\n'
  );
}

export function plateXml(alert: EmulatedAlert): string {
  const { plate, confidence, colour = 'blue', line = 1, direction = 'forward', uuid } = alert;
  const pictures = picturesOf(alert);
  const list = pictures
    .map(
      ({ name }, i) => `<pictureInfo><fileName>${name}</fileName><type>${i}</type></pictureInfo>`,
    )
    .join('');
  return document(
    'ANPR',
    'active',
    alert.atMs,
    '<channelName>lane</channelName>\r\n<deviceID>88</deviceID>\r\n<ANPR>\r\n<country>86</country>\r\n' +
      `<licensePlate>${plate}</licensePlate>\r\n<line>${line}</line>\r\n<direction>${direction}</direction>\r\n` +
      (confidence === undefined ? '' : `<confidenceLevel>${confidence}</confidenceLevel>\r\n`) +
      `<plateType>92FarmVehicle</plateType>\r\n<plateColor>${colour}</plateColor>\r\n` +
      '<licenseBright>0</licenseBright>\r\n<dangmark>no</dangmark>\r\n<vehicleType>truck</vehicleType>\r\n' +
      `<pictureInfoList>${list}</pictureInfoList>\r\n<CRIndex>1</CRIndex>\r\n</ANPR>\r\n` +
      `<UUID>${uuid}</UUID>\r\n<picNum>${pictures.length}</picNum>\r\n` +
      (alert.retransmitted ? '<isDataRetransmission>true</isDataRetransmission>\r\n' : ''),
  );
}

export function heartbeatXml(atMs: number): string {
  return document('videoloss', 'inactive', atMs, '');
}

/** An alarm of another kind. */
export function otherAlertXml(kind: string, atMs: number): string {
  return document(kind, 'active', atMs, '');
}

function picturesOf({ plateCut, scene }: EmulatedAlert) {
  return [
    ...(plateCut ? [{ name: 'licensePlatePicture.jpg', bytes: plateCut }] : []),
    ...(scene ? [{ name: 'detectionPicture.jpg', bytes: scene }] : []),
  ];
}

function joined(pieces: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = pieces.map((piece) => (typeof piece === 'string' ? utf8.encode(piece) : piece));
  const whole = new Uint8Array(bytes.reduce((length, each) => length + each.length, 0));
  let at = 0;
  for (const each of bytes) {
    whole.set(each, at);
    at += each.length;
  }
  return whole;
}

/** One part of the stream with the boundary before it. */
export function streamPart(
  contentType: string,
  content: string | Uint8Array,
  { lengths, boundary, lineEnd }: StreamForm = usualForm,
): Uint8Array {
  const bytes = typeof content === 'string' ? utf8.encode(content) : content;
  const head = [
    `--${boundary}`,
    `Content-Type: ${contentType}`,
    ...(lengths ? [`Content-Length: ${bytes.length}`] : []),
  ];
  return joined([`${head.join(lineEnd)}${lineEnd}${lineEnd}`, bytes, lineEnd]);
}

/** A reading with its pictures, as parts of the stream. */
export function plateParts(alert: EmulatedAlert, form: StreamForm = usualForm): Uint8Array {
  const pictures = picturesOf(alert).map(({ bytes }) => streamPart('image/jpeg', bytes, form));
  const xml = streamPart('application/xml; charset="UTF-8"', plateXml(alert), form);
  return joined([xml, ...pictures]);
}

export function heartbeatPart(atMs: number, form: StreamForm = usualForm): Uint8Array {
  return streamPart('application/xml; charset="UTF-8"', heartbeatXml(atMs), form);
}

export interface EmulatedPost {
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** A reading as the camera posts it. No sign-in goes with it. */
export function platePost(alert: EmulatedAlert, xmlName = 'anpr.xml'): EmulatedPost {
  const boundary = '---------------------------7e13971310878';
  // No space behind the semicolon, as several firmwares have it.
  const part = (name: string, type: string, content: string | Uint8Array) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}";filename="${name}"\r\n` +
      `Content-Type: ${type}\r\nContent-Length: ${typeof content === 'string' ? utf8.encode(content).length : content.length}\r\n\r\n`,
    content,
    '\r\n',
  ];
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: joined([
      ...part(xmlName, 'application/xml', plateXml(alert)),
      ...picturesOf(alert).flatMap(({ name, bytes }) => part(name, 'image/jpeg', bytes)),
      `--${boundary}--\r\n`,
    ]),
  };
}

export interface EmulatedIsapiOptions extends EmulatedSignInOptions {
  readonly path?: string;
}

/** One client of the camera: bytes in, bytes out. */
export interface EmulatedClient {
  received(bytes: Uint8Array, nowMs: number): EmulatedReply;
  /** Whether its stream of alerts is open. */
  readonly isListening: boolean;
}

export interface EmulatedReply {
  readonly send: readonly Uint8Array[];
  readonly hangUp: boolean;
}

const headBytesMax = 16_384;

export class EmulatedIsapiCamera {
  readonly signIn: EmulatedSignIn;
  form: StreamForm = usualForm;
  /** Answered instead of anything else, as by a wrong device or a portal in between. */
  answersInstead: { readonly status: number; readonly headers: readonly string[] } | undefined;
  /** Requests for the stream, refused ones too. */
  asked = 0;
  readonly #path: string;

  constructor(options: EmulatedIsapiOptions) {
    this.signIn = new EmulatedSignIn(options);
    this.#path = options.path ?? '/ISAPI/Event/notification/alertStream';
  }

  client(): EmulatedClient {
    let head = '';
    let isListening = false;
    const decoder = new TextDecoder('latin1');
    return {
      get isListening() {
        return isListening;
      },
      received: (bytes, nowMs) => {
        head += decoder.decode(bytes);
        if (head.length > headBytesMax) return { send: [], hangUp: true };
        const end = head.indexOf('\r\n\r\n');
        // What comes behind the one request is of no meaning to it.
        if (end < 0 || isListening) return { send: [], hangUp: false };
        const answer = this.#answer(head.slice(0, end), nowMs);
        head = '';
        isListening = answer.startsWith('HTTP/1.1 200');
        return { send: [utf8.encode(answer)], hangUp: !isListening };
      },
    };
  }

  #answer(head: string, nowMs: number): string {
    this.asked += 1;
    const [line = '', ...headers] = head.split('\r\n');
    const [method = '', path = ''] = line.split(' ');
    if (this.answersInstead) {
      const { status, headers: others } = this.answersInstead;
      return answerHead(status, [...others, 'Content-Length: 0']);
    }
    if (method !== 'GET' || path !== this.#path) {
      return answerHead(404, ['Content-Length: 0']);
    }
    const field = headers.find((each) => /^authorization:/i.test(each));
    const authorization = field?.slice(field.indexOf(':') + 1).trim();
    if (!this.signIn.isAccepted({ method, path, authorization }, nowMs)) {
      const challenges = this.signIn.challenges().map((each) => `WWW-Authenticate: ${each}`);
      return answerHead(401, [...challenges, 'Content-Length: 0']);
    }
    return answerHead(200, [
      'MIME-Version: 1.0',
      'Connection: close',
      `Content-Type: multipart/mixed; boundary=${this.form.boundary}`,
    ]);
  }
}

function answerHead(status: number, headers: readonly string[]): string {
  const reasons: Readonly<Record<number, string>> = {
    200: 'OK',
    302: 'Found',
    401: 'Unauthorized',
    403: 'Forbidden',
    404: 'Not Found',
  };
  const lines = [`HTTP/1.1 ${status} ${reasons[status] ?? 'Other'}`, ...headers];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
