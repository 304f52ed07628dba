/**
 * What a camera's SOAP answers say, read from their own text and never from the values the onvif package made
 * of them: it turns a plate of digits into a number and cannot read a time with an offset.
 */
import type { Instant } from '../../core/time.ts';
import { dateTimeMs, onvifUri, onvifXmlLimits, topicOf } from '../../driver-kit/onvif-message.ts';
import {
  attributeOf,
  childOf,
  childrenOf,
  escapeXml,
  readXml,
  type XmlElement,
  xmlDocumentOf,
} from '../../driver-kit/xml.ts';
import { quotable } from '../camera-http/connection.ts';
import { CameraFailure } from './camera-failure.ts';

/** An answer as it came: text, HTTP status, and the moment its last byte was there. */
export interface CameraAnswer {
  readonly text: string;
  readonly status: number;
  readonly at: Instant;
}

export interface SubscriptionAnswer {
  /** Where the camera says its messages are to be fetched. Only the path of it is ever used. */
  readonly address: string;
  /** Headers that must go with every request to it, as XML (WS-Addressing reference parameters). */
  readonly referenceParameters: string;
  readonly lifetimeMs: number | undefined;
}

export interface PullAnswer {
  /** The camera's clock; undefined where it told none that can be read. */
  readonly currentTimeMs: number | undefined;
  /** Messages that were taken out of the camera's queue, of whatever topic. */
  readonly count: number;
  /** Each as a document of its own, those of the wished topics alone. */
  readonly messages: readonly string[];
}

const { notification, events } = onvifUri;

/** The element inside the SOAP body; throws what a fault, or anything else, means. */
function bodyOf({ text, status }: CameraAnswer, name: string, uri: string): XmlElement {
  // The limits of length were held when the answer was received.
  const reading = readXml(text, onvifXmlLimits(text.length));
  if (reading.kind === 'refused') {
    throw new CameraFailure('onvif-answer-refused', `the answer to ${name} ${reading.reason}`);
  }
  const { root } = reading;
  const body = root.local === 'Envelope' && childOf(root, [root.uri, 'Body']);
  const fault = body && childOf(body, [root.uri, 'Fault']);
  if (fault) throw new CameraFailure('onvif-fault', faultText(fault, name));
  const answer = body && childOf(body, [uri, name]);
  if (answer) return answer;
  throw new CameraFailure('onvif-answer-refused', `no ${name} (HTTP ${status})`);
}

/** Every code and reason of a SOAP 1.2 fault. */
function faultText(fault: XmlElement, name: string): string {
  return quotable(`${name}: ${deepText(fault)}`);
}

function deepText(element: XmlElement): string {
  return [element.text.trim(), ...element.children.map(deepText)].filter(Boolean).join(' ');
}

const refusalCodes =
  /\b(NotAuthorized|FailedAuthentication|InvalidSecurityToken|InvalidSecurity|FailedCheck)\b/;
const refusalWords =
  /not authori[sz]ed|unauthori[sz]ed|authori[sz]ed time check|authentication fail/i;

/** Whether the camera refused the sign-in: by status, by the code of its fault, or by the words of it alone. */
export function isRefusal({ text, status }: Pick<CameraAnswer, 'text' | 'status'>): boolean {
  if (status === 401) return true;
  if (!/[:<]Fault[\s>]/.test(text)) return false;
  return refusalCodes.test(text) || refusalWords.test(text);
}

export function readSubscription(answer: CameraAnswer): SubscriptionAnswer {
  const created = bodyOf(answer, 'CreatePullPointSubscriptionResponse', events);
  const reference = childOf(created, [events, 'SubscriptionReference']);
  const address = childOf(reference, [onvifUri.addressing, 'Address'])?.text.trim() ?? '';
  if (!reference || address === '') {
    throw new CameraFailure('onvif-answer-refused', 'the subscription has no address');
  }
  const parameters = childOf(reference, [onvifUri.addressing, 'ReferenceParameters']);
  return {
    address,
    referenceParameters: (parameters?.children ?? []).slice(0, 8).map(asHeader).join(''),
    lifetimeMs: lifetimeOf(created),
  };
}

/** A reference parameter goes back as a header of its own (WS-Addressing 1.0, SOAP binding, 3.5). */
function asHeader(parameter: XmlElement): string {
  const { uri, local, text } = parameter;
  return (
    `<p:${local} xmlns:p="${escapeXml(uri)}" a:IsReferenceParameter="true">` +
    `${escapeXml(text.trim())}</p:${local}>`
  );
}

/**
 * How long a subscription lasts, by the camera's own two times. Some tell the present as the end, so what is
 * not ahead counts as not told.
 */
function lifetimeOf(element: XmlElement): number | undefined {
  const end = dateTimeMs(childOf(element, [notification, 'TerminationTime'])?.text);
  const now = dateTimeMs(childOf(element, [notification, 'CurrentTime'])?.text);
  const lifetimeMs = end !== undefined && now !== undefined ? end - now : 0;
  return lifetimeMs > 0 ? lifetimeMs : undefined;
}

export function readRenewal(answer: CameraAnswer): number | undefined {
  return lifetimeOf(bodyOf(answer, 'RenewResponse', notification));
}

/** `topics` are resolved; messages of others are counted and left behind. */
export function readPull(answer: CameraAnswer, topics: ReadonlySet<string>): PullAnswer {
  const pulled = bodyOf(answer, 'PullMessagesResponse', events);
  const currentTimeMs = dateTimeMs(childOf(pulled, [events, 'CurrentTime'])?.text);
  const all = childrenOf(pulled, notification, 'NotificationMessage');
  const isWished = (message: XmlElement) => {
    const topic = topicOf(message);
    // A topic that cannot be told is for the driver to count.
    return topic === undefined || topics.has(topic);
  };
  return {
    currentTimeMs,
    count: all.length,
    messages: all.filter(isWished).map((message) => xmlDocumentOf(answer.text, message)),
  };
}

/** Token of the first media profile, of the first or the second media service. */
export function readProfileToken(answer: CameraAnswer, uri: string): string {
  const profiles = childrenOf(bodyOf(answer, 'GetProfilesResponse', uri), uri, 'Profiles');
  const token = profiles.map((profile) => attributeOf(profile, 'token')).find(Boolean);
  if (token === undefined) throw new CameraFailure('onvif-snapshot-failed', 'no media profile');
  return token;
}

export function readSnapshotUri(answer: CameraAnswer, uri: string): string {
  const told = bodyOf(answer, 'GetSnapshotUriResponse', uri);
  // The first media service wraps it once more, in a namespace of its own.
  const wrapped = childOf(told, [uri, 'MediaUri'], [onvifUri.schema, 'Uri']);
  const text = (wrapped ?? childOf(told, [uri, 'Uri']))?.text.trim() ?? '';
  if (text === '') throw new CameraFailure('onvif-snapshot-failed', 'no snapshot URI');
  return text;
}
