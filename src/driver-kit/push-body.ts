/**
 * Reading of JSON bodies that devices post: total, bounded, and silent about what a body holds, because
 * heartbeats of some cameras carry their password. Findings name paths and types, never values.
 */
import type { FrameFault, PushAnswer, PushRequest } from './contract.ts';
import type { PushProfile } from './profile/push.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** A body that cannot be accepted; `path` is empty where it concerns the whole. */
export interface BodyProblem {
  readonly path: string;
  readonly reason: string;
  readonly hint: string;
}

/** Thrown by field readers, caught by `answerBody` alone. */
class BodyError extends Error {
  readonly problem: BodyProblem;
  constructor(problem: BodyProblem) {
    super(problem.reason);
    this.problem = problem;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a dotted path, or undefined. Only own keys: a body cannot reach a prototype. */
export function valueAt(root: unknown, path: string): unknown {
  let value: unknown = root;
  for (const key of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, key)) {
      return undefined;
    }
    value = value[key];
  }
  return value;
}

/** JSON null is an absent value: several firmwares send it for fields they do not fill. */
function presentAt(root: unknown, path: string): unknown {
  return valueAt(root, path) ?? undefined;
}

function nameOf(value: unknown): string {
  return value === undefined ? 'missing' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** Refuses the whole body: the answer is 400 with this path and reason. */
export function refuse(path: string, reason: string, hint: string): never {
  throw new BodyError({ path, reason, hint });
}

/** Text of at most `lengthMax` characters. `at` is where `root` stands in the body, for the message. */
export function textAt(
  root: unknown,
  path: string,
  lengthMax: number,
  at = '',
): string | undefined {
  const value = presentAt(root, path);
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string') {
    return refuse(at + path, `is ${nameOf(value)}`, 'must be text');
  }
  if (value.length > lengthMax) {
    return refuse(at + path, `has ${value.length} characters`, `at most ${lengthMax} are accepted`);
  }
  return value;
}

export function requiredTextAt(root: unknown, path: string, lengthMax: number, at = ''): string {
  return textAt(root, path, lengthMax, at) ?? refuse(at + path, 'is missing', 'must be text');
}

/** Text or a whole number, as text: codes and serial numbers come as either. */
export function codeAt(root: unknown, path: string, at = ''): string | undefined {
  const value = presentAt(root, path);
  if (value === undefined) {
    return undefined;
  }
  if (typeof value === 'number' && Number.isSafeInteger(value)) {
    return String(value);
  }
  if (typeof value === 'string' && value.length <= 64) {
    return value;
  }
  return refuse(
    at + path,
    `is ${nameOf(value)}`,
    'must be text of at most 64 characters or a whole number',
  );
}

export function numberAt(root: unknown, path: string, at = ''): number | undefined {
  const value = presentAt(root, path);
  if (value === undefined) {
    return undefined;
  }
  return typeof value === 'number'
    ? value
    : refuse(at + path, `is ${nameOf(value)}`, 'must be a number');
}

export function listAt(root: unknown, path: string, itemsMax: number): readonly unknown[] {
  const value = valueAt(root, path);
  if (!Array.isArray(value)) {
    return refuse(path, `is ${value === undefined ? 'missing' : nameOf(value)}`, 'must be a list');
  }
  if (value.length > itemsMax) {
    return refuse(path, `has ${value.length} entries`, `at most ${itemsMax} are accepted`);
  }
  return value;
}

/** What a body was read into, and what in it was counted and left out. */
export interface BodyReading extends Pick<PushAnswer, 'observations' | 'faults'> {
  readonly pictures: NonNullable<PushAnswer['pictures']>;
}

export function bodyFault(path: string, reason: string): FrameFault {
  return { code: 'body-malformed', droppedBytes: 0, detail: `${path}: ${reason}` };
}

/** Certainty by the device's scale; outside of it the device's word means nothing and is left out. */
export function confidenceAt(
  root: unknown,
  where: { readonly path: string | undefined; readonly scale: number; readonly at?: string },
  faults: FrameFault[],
): number | undefined {
  const { path, scale, at = '' } = where;
  const value = path === undefined ? undefined : numberAt(root, path, at);
  if (value === undefined) {
    return undefined;
  }
  if (value < 0 || value > scale) {
    faults.push(bodyFault(`${at}${path}`, `confidence is outside 0 to ${scale}`));
    return undefined;
  }
  return value / scale;
}

type CapturedAt = NonNullable<NonNullable<PushProfile['plate']>['capturedAt']>;

/** Milliseconds since 1970 by the device's clock. */
export function capturedAtMsAt(
  root: unknown,
  map: CapturedAt | undefined,
  faults: FrameFault[],
): number | undefined {
  const value = map && presentAt(root, map.path);
  if (!map || value === undefined) {
    return undefined;
  }
  const micros = map.microsPath === undefined ? undefined : presentAt(root, map.microsPath);
  const extraMs = typeof micros === 'number' ? Math.floor(micros / 1000) : 0;
  const ms = extraMs + instantOf(value, map.form);
  // The largest time ECMAScript can name; a later one is not a time.
  if (!Number.isFinite(ms) || ms < 0 || ms > 8.64e15) {
    faults.push(bodyFault(map.path, 'is not a time'));
    return undefined;
  }
  return Math.floor(ms);
}

function instantOf(value: unknown, form: CapturedAt['form']): number {
  if (form === 'iso8601') {
    const zoned = typeof value === 'string' && /T.*(Z|[+-]\d\d:?\d\d)$/.test(value);
    return zoned ? Date.parse(value) : Number.NaN;
  }
  if (typeof value !== 'number') {
    return Number.NaN;
  }
  return form === 'epochSeconds' ? value * 1000 : value;
}

/** Replayed unless the device said a word for "live", or nothing at all. */
export function replayedAt(
  root: unknown,
  map: NonNullable<PushProfile['plate']>['offline'],
): boolean {
  const value = map && presentAt(root, map.path);
  return map !== undefined && value !== undefined && !map.live.some((live) => live === value);
}

export function eventIdAt(root: unknown, paths: readonly string[] | undefined): string | undefined {
  const parts = (paths ?? []).map((path) => codeAt(root, path));
  const whole = parts.length > 0 && parts.every((part) => part !== undefined && part !== '');
  return whole ? parts.join(':') : undefined;
}

const signatures = [
  { mediaType: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { mediaType: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47] },
] as const;

/** Decodes a picture in base64. A bad one costs the picture and is counted; the reading stays. */
export function pictureOf(
  value: unknown,
  role: BodyReading['pictures'][number]['role'],
  path: string,
): BodyReading['pictures'][number] | FrameFault | undefined {
  if (value === undefined || value === null || value === '') {
    return undefined;
  }
  if (typeof value !== 'string') {
    return bodyFault(path, 'the picture is not text');
  }
  const text = value.replace(/^data:[a-z/+.-]+;base64,/, '').replace(/[\r\n]/g, '');
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) {
    return bodyFault(path, 'the picture is not base64');
  }
  const bytes = new Uint8Array(Buffer.from(text, 'base64'));
  const signature = signatures.find((each) => each.bytes.every((byte, i) => bytes[i] === byte));
  return signature
    ? { role, bytes, mediaType: signature.mediaType }
    : bodyFault(path, 'the picture is neither JPEG nor PNG');
}

function answerProblem(status: number, problem: BodyProblem): PushAnswer {
  const { path, reason } = problem;
  return {
    status,
    contentType: 'application/problem+json',
    body: JSON.stringify({
      type: 'about:blank',
      title: reason,
      status,
      error: 'body-malformed',
      ...problem,
    }),
    observations: [],
    faults: [
      { code: 'body-malformed', droppedBytes: 0, detail: path ? `${path}: ${reason}` : reason },
    ],
    send: [],
  };
}

function parseJson(body: Uint8Array): JsonObject {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  } catch {
    return refuse('', 'the body is not UTF-8', 'send JSON encoded as UTF-8');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes the body, which may hold a password.
    return refuse('', 'the body is not JSON', 'check that it is complete and is one JSON object');
  }
  return isObject(value)
    ? value
    : refuse('', `the body is ${nameOf(value)}`, 'send one JSON object');
}

/** Reader of one kind of body. It may call `refuse`. */
export type BodyReader = (body: JsonObject) => BodyReading;

/**
 * Answers one request by a profile: 200 with the profile's answer for what was understood or is ignored on
 * purpose, 4xx with a reason otherwise. Never throws.
 */
export function answerBody(
  profile: PushProfile,
  readers: Partial<Record<'plate' | 'containers', BodyReader>>,
  request: PushRequest,
): PushAnswer {
  if (request.method.toUpperCase() !== 'POST') {
    const hint = 'send readings with POST';
    return answerProblem(405, { path: '', reason: 'the method is not POST', hint });
  }
  if (request.body.length > profile.bodyBytesMax) {
    const hint = `at most ${profile.bodyBytesMax} bytes are accepted`;
    return answerProblem(413, { path: '', reason: 'the body is too large', hint });
  }
  const contentType = (request.contentType.split(';')[0] ?? '').trim().toLowerCase();
  if (!profile.contentTypes.includes(contentType)) {
    const hint = `send one of: ${profile.contentTypes.filter(Boolean).join(', ')}`;
    return answerProblem(415, { path: '', reason: 'the content type is not accepted', hint });
  }
  try {
    const reading = profile.unreadContentTypes.includes(contentType)
      ? nothingRead
      : read(profile, readers, parseJson(request.body));
    return {
      ...reading,
      status: 200,
      contentType: 'application/json',
      body: JSON.stringify(profile.answer),
      send: [],
    };
  } catch (error) {
    if (error instanceof BodyError) {
      return answerProblem(400, error.problem);
    }
    throw error;
  }
}

const nothingRead: BodyReading = { observations: [], faults: [], pictures: [] };

function read(
  profile: PushProfile,
  readers: Partial<Record<'plate' | 'containers', BodyReader>>,
  body: JsonObject,
): BodyReading {
  const kind = profile.recognise.find((each) => valueAt(body, each.path) !== undefined);
  if (!kind) {
    const known = profile.recognise.map((each) => each.path).join(', ');
    return refuse('', 'the kind of body is not known', `one of these must be present: ${known}`);
  }
  if (kind.as === 'ignored') {
    return nothingRead;
  }
  const reader = readers[kind.as];
  return reader ? reader(body) : nothingRead;
}
