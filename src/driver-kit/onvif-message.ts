/**
 * What the worker that fetches ONVIF messages and the driver that reads them have in common: names of the
 * standard (ONVIF Core, OASIS WS-BaseNotification 1.3), topics told apart by namespace, and times.
 */
import { attributeOf, childOf, namespaceOf, type XmlElement, type XmlLimits } from './xml.ts';

export const onvifUri = {
  addressing: 'http://www.w3.org/2005/08/addressing',
  notification: 'http://docs.oasis-open.org/wsn/b-2',
  events: 'http://www.onvif.org/ver10/events/wsdl',
  schema: 'http://www.onvif.org/ver10/schema',
} as const;

/** Limits for what an ONVIF camera writes: real answers are 12 deep and declare some 60 namespaces at once. */
export function onvifXmlLimits(lengthMax: number): XmlLimits {
  return { lengthMax, depthMax: 32, nodesMax: 20_000, attributesMax: 160 };
}

/**
 * A topic with its namespaces written out, as `{http://…/topics}RuleEngine/Recognition/LicensePlate`; a step
 * without a prefix is of the namespace of the step before. Undefined where a prefix is not known.
 */
export function resolveTopic(
  topic: string,
  uriOf: (prefix: string) => string | undefined,
): string | undefined {
  let around = '';
  const steps: string[] = [];
  for (const step of topic.trim().split('/')) {
    const colon = step.indexOf(':');
    const uri = colon < 0 ? around : uriOf(step.slice(0, colon));
    if (uri === undefined) return undefined;
    const local = step.slice(colon + 1);
    steps.push(uri === around ? local : `{${uri}}${local}`);
    around = uri;
  }
  return steps.join('/');
}

/** The topics of a profile, resolved by the profile's own prefixes. */
export function resolvedTopics(block: {
  readonly topics: readonly string[];
  readonly namespaces: Readonly<Record<string, string>>;
}): readonly string[] {
  const uriOf = (prefix: string) => block.namespaces[prefix];
  return block.topics.flatMap((topic) => resolveTopic(topic, uriOf) ?? []);
}

/** Topic of a NotificationMessage, resolved by the prefixes that hold where it stands. */
export function topicOf(message: XmlElement): string | undefined {
  const topic = childOf(message, [onvifUri.notification, 'Topic']);
  return topic && resolveTopic(topic.text, (prefix) => namespaceOf(topic.scope, prefix));
}

/** The tt:Message inside a NotificationMessage. */
export function contentOf(message: XmlElement): XmlElement | undefined {
  return childOf(message, [onvifUri.notification, 'Message'], [onvifUri.schema, 'Message']);
}

/**
 * Milliseconds since 1970 of an xs:dateTime; undefined where it is none. Firmware writes `Z`, `+00:00` and
 * nothing at all for the same moment: without a zone it is taken as UTC, which is what ONVIF asks for.
 */
export function dateTimeMs(text: string | undefined): number | undefined {
  const parts = /^\s*(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?\s*$/.exec(
    text ?? '',
  );
  const ms = parts ? Date.parse(`${parts[1]}${parts[2] ?? 'Z'}`) : Number.NaN;
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

export function utcTimeOf(content: XmlElement): number | undefined {
  return dateTimeMs(attributeOf(content, 'UtcTime'));
}
