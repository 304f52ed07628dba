/**
 * Session of a camera that posts its alerts. Nobody signs in to post, so a post is worth what the network around
 * it is worth. The answer is empty: it acknowledges, and cannot be taken for an order.
 */
import {
  type FrameFault,
  type IsapiProfile,
  type MultipartPart,
  MultipartReader,
  type Picture,
  type PlateRead,
  type PushAnswer,
  type PushRequest,
  type PushSession,
  parameterOf,
} from 'kakou/driver-kit';
import { AlertReader, pictureType } from './alert-reader.ts';
import type { IsapiCameraSettings } from './settings.ts';

/** A post has one; each costs the reading of its XML. */
const alertsMax = 2;

export class AlertPushSession implements PushSession {
  readonly bodyBytesMax: number;
  readonly contentTypes: readonly string[];
  readonly #block: IsapiProfile;
  readonly #reader: AlertReader;

  constructor(block: IsapiProfile, settings: IsapiCameraSettings) {
    this.#block = block;
    this.#reader = new AlertReader(block, settings);
    this.bodyBytesMax = block.push.bodyBytesMax;
    this.contentTypes = block.push.contentTypes;
  }

  answer(request: PushRequest): PushAnswer {
    const { method, body, receivedAt } = request;
    if (method.toUpperCase() !== 'POST') return refused(405, 'the method is not POST');
    if (body.length > this.bodyBytesMax) return refused(413, 'the body is too large');
    const contentType = (request.contentType.split(';')[0] ?? '').trim().toLowerCase();
    if (!this.contentTypes.includes(contentType)) {
      return refused(415, `content type "${contentType.slice(0, 60)}" is not accepted`);
    }
    const parts = contentType.startsWith('multipart/')
      ? this.#partsOf(request)
      : [{ headers: new Map(), contentType, bytes: body }];
    if (typeof parts === 'string') return refused(400, parts);
    const alerts = parts.filter(({ bytes }) => looksLikeAlert(bytes));
    if (alerts.length === 0) return refused(400, 'no part of the body holds an alert');
    if (alerts.length > alertsMax) return refused(400, `more than ${alertsMax} alerts`);
    const pictures = parts.filter(({ bytes }) => pictureType(bytes) !== undefined);
    const observations: PlateRead[] = [];
    const faults: FrameFault[] = [];
    const taken: Picture[] = [];
    let isGood = true;
    // The alert first, wherever it stands, so that its pictures find their reading.
    for (const part of [...alerts, ...pictures]) {
      const told = this.#reader.read(part, receivedAt);
      observations.push(...told.observations);
      faults.push(...told.faults);
      if (told.picture) taken.push(told.picture);
      isGood &&= told.isGood;
    }
    const detail = faults[0]?.detail ?? '';
    return {
      ...(isGood ? accepted : problem(400, detail)),
      observations,
      faults,
      pictures: taken,
      send: [],
      values: this.#reader.leftOut,
    };
  }

  /** The parts of a whole body, or why it is none. */
  #partsOf({ headers, body }: PushRequest): readonly MultipartPart[] | string {
    const boundary = parameterOf(headers['content-type'] ?? '', 'boundary');
    const { partBytesMax, push } = this.#block;
    const reader = new MultipartReader({
      partBytesMax,
      ...(boundary !== undefined && boundary !== '' && { boundary }),
    });
    const parts: MultipartPart[] = [];
    for (const event of reader.feed(body)) {
      if (event.kind === 'broken') return event.reason;
      if (event.kind === 'part') parts.push(event.part);
      if (parts.length > push.partsMax) return `more than ${push.partsMax} parts`;
    }
    return reader.isBetweenParts ? parts : 'the body stops before its end';
  }
}

const accepted = { status: 200, contentType: 'text/plain', body: '' } as const;

function problem(status: number, title: string) {
  const body = JSON.stringify({ type: 'about:blank', title, status, error: 'body-malformed' });
  return { status, contentType: 'application/problem+json', body };
}

function refused(status: number, reason: string): PushAnswer {
  const fault: FrameFault = { code: 'body-malformed', droppedBytes: 0, detail: reason };
  return { ...problem(status, reason), observations: [], faults: [fault], send: [] };
}

/** By its first character behind a byte order mark and blanks: names and types of the part differ by firmware. */
function looksLikeAlert(bytes: Uint8Array): boolean {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 64));
  return /^(?:\xef\xbb\xbf)?\s*[<{]/.test(head);
}
