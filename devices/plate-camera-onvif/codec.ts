/**
 * Pure reading of one ONVIF NotificationMessage by the places its profile names. Total: whatever the text is,
 * the result is a reading, nothing, or a counted fault. Text stays text, and what the camera did not say is
 * absent.
 */
import {
  attributeOf,
  childrenOf,
  contentOf,
  type DeviceNotification,
  type FrameFault,
  type NotificationOutput,
  type OnvifProfile,
  onvifUri,
  onvifXmlLimits,
  type Picture,
  type PlateRead,
  pictureOf,
  quiet,
  readXml,
  resolvedTopics,
  topicOf,
  utcTimeOf,
  type XmlElement,
} from 'kakou/driver-kit';

/** Longer than any plate with separators; a longer text is no plate. */
const plateLengthMax = 32;
/** Parts of an id are tokens and numbers. */
const idPartLengthMax = 64;

export interface NotificationContext {
  readonly block: OnvifProfile;
  readonly view: PlateRead['view'];
}

export function readNotification(
  context: NotificationContext,
  notification: DeviceNotification,
): NotificationOutput {
  const { block } = context;
  const reading = readXml(notification.text, onvifXmlLimits(block.service.answerBytesMax));
  if (reading.kind === 'refused') return faulted('xml-refused', reading.reason);
  const { root } = reading;
  if (root.uri !== onvifUri.notification || root.local !== 'NotificationMessage') {
    return faulted('notification-malformed', 'is no NotificationMessage');
  }
  const topic = topicOf(root);
  if (topic === undefined) {
    return faulted('notification-malformed', 'has no topic, or one of an undeclared namespace');
  }
  // A camera tells of much else: motion, tampering, its own inputs.
  if (!resolvedTopics(block).includes(topic)) return quiet;
  const content = contentOf(root);
  if (!content) return faulted('notification-malformed', 'has no Message');
  const operation = attributeOf(content, 'PropertyOperation');
  // The camera says that the plate is gone from its picture: no plate was read.
  if (operation === 'Deleted') return quiet;
  if (operation !== undefined && operation !== 'Changed' && operation !== 'Initialized') {
    return faulted('notification-malformed', 'has an unknown PropertyOperation');
  }
  return readContent(context, notification, { content, isInitial: operation === 'Initialized' });
}

function faulted(code: FrameFault['code'], detail: string): NotificationOutput {
  return { ...quiet, faults: [{ code, droppedBytes: 0, detail }] };
}

function readContent(
  { block, view }: NotificationContext,
  notification: DeviceNotification,
  { content, isInitial }: { readonly content: XmlElement; readonly isInitial: boolean },
): NotificationOutput {
  const { reading: map } = block;
  const places = new Places(content, block);
  const text = places.first(map.text)?.trim();
  if (text === undefined) return faulted('notification-malformed', `${map.text[0]} is missing`);
  if (text.length > plateLengthMax) {
    return faulted('notification-malformed', `${map.text[0]} has ${text.length} characters`);
  }
  const faults: FrameFault[] = [];
  const seen = text !== '' && !map.noPlate.includes(text);
  const confidence = seen ? confidenceOf(map, places, faults) : undefined;
  const colour = seen ? colourOf(map, places) : undefined;
  const country = seen && map.country ? places.first(map.country)?.trim() : undefined;
  const capturedAtMs = utcTimeOf(content);
  const deviceEventId = eventIdOf(map, places, content);
  const replayed =
    isInitial || !isLive(map, places) || isLate({ block, capturedAtMs, notification }, faults);
  const observation: PlateRead = {
    kind: 'plateRead',
    view,
    raw: seen ? text : '',
    ...(colour !== undefined && { colour }),
    ...(country && country.length <= idPartLengthMax && { country }),
    ...(confidence !== undefined && { confidence }),
    ...(deviceEventId !== undefined && { deviceEventId }),
    replayed,
    ...(capturedAtMs !== undefined && { capturedAtMs }),
  };
  const pictures = picturesOf(map, places, faults);
  return { observations: [observation], faults, send: [], pictures, wantsSnapshot: !replayed };
}

function malformed(place: string, reason: string): FrameFault {
  return { code: 'notification-malformed', droppedBytes: 0, detail: `${place}: ${reason}` };
}

function confidenceOf(
  map: OnvifProfile['reading'],
  places: Places,
  faults: FrameFault[],
): number | undefined {
  const text = map.confidence && places.first(map.confidence)?.trim();
  if (!map.confidence || text === undefined || text === '') {
    return map.missingConfidence === 'certain' ? 1 : undefined;
  }
  const value = /^\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= map.confidenceScale) return value / map.confidenceScale;
  faults.push(malformed(map.confidence[0] ?? '', `is not in 0 to ${map.confidenceScale}`));
  return undefined;
}

function colourOf(map: OnvifProfile['reading'], places: Places): PlateRead['colour'] {
  const word = map.colour && places.first(map.colour)?.trim().toLowerCase();
  return word !== undefined && Object.hasOwn(map.colours, word) ? map.colours[word] : undefined;
}

/** Live unless the camera said a word that the profile does not list as such. */
function isLive(map: OnvifProfile['reading'], places: Places): boolean {
  const word = map.live && places.first(map.live.at)?.trim();
  return word === undefined || (map.live?.values.includes(word) ?? true);
}

function eventIdOf(
  map: OnvifProfile['reading'],
  places: Places,
  content: XmlElement,
): string | undefined {
  if (!map.eventId) return undefined;
  const parts = map.eventId.map((alternatives) => places.first(alternatives)?.trim());
  parts.push(attributeOf(content, 'UtcTime')?.trim());
  const whole = parts.every(
    (part) => part !== undefined && part !== '' && part.length <= idPartLengthMax,
  );
  return whole ? parts.join(':') : undefined;
}

/**
 * A plate read some time ago is not the truck that stands here now. Where the camera's times cannot be used,
 * what is left is how long the message can have waited since the fetch before. A time that lies ahead of the
 * camera's own clock proves that one of the two is wrong, so such a reading is history too.
 */
function isLate(
  {
    block: { ageBy, lateMs },
    capturedAtMs,
    notification: { deviceTimeMs, heldMsMax },
  }: {
    readonly block: OnvifProfile;
    readonly capturedAtMs: number | undefined;
    readonly notification: DeviceNotification;
  },
  faults: FrameFault[],
): boolean {
  if (ageBy === 'fetch' || capturedAtMs === undefined || deviceTimeMs === undefined) {
    return heldMsMax > lateMs;
  }
  const ageMs = deviceTimeMs - capturedAtMs;
  if (ageMs >= -lateMs) return ageMs > lateMs;
  const detail = `UtcTime is ${Math.round(-ageMs / 1_000)} s ahead of the camera's own clock`;
  faults.push({ code: 'notification-clock', droppedBytes: 0, detail });
  return true;
}

function picturesOf(
  map: OnvifProfile['reading'],
  places: Places,
  faults: FrameFault[],
): readonly Picture[] {
  return map.pictures.flatMap(({ at, role }) => {
    const place = at[0] ?? '';
    const picture = pictureOf(places.first(at)?.replace(/\s/g, ''), role, place);
    if (!picture) return [];
    if (!('code' in picture)) return [picture];
    faults.push(malformed(place, 'is no JPEG or PNG in base64'));
    return [];
  });
}

/** Values of one message by the places of a profile. */
class Places {
  readonly #content: XmlElement;
  readonly #namespaces: OnvifProfile['namespaces'];

  constructor(content: XmlElement, block: OnvifProfile) {
    this.#content = content;
    this.#namespaces = block.namespaces;
  }

  /** The value at the first of these places that is there. */
  first(places: readonly string[]): string | undefined {
    for (const place of places) {
      const value = this.#at(place);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  #at(place: string): string | undefined {
    const at = place.lastIndexOf('@');
    const attribute = at < 0 ? undefined : place.slice(at + 1);
    const [group = '', item = '', ...steps] = (at < 0 ? place : place.slice(0, at)).split('/');
    const groups = childrenOf(this.#content, onvifUri.schema, group);
    for (const each of groups) {
      if (steps.length === 0 && attribute === undefined) {
        const simple = named(childrenOf(each, onvifUri.schema, 'SimpleItem'), item);
        const value = simple && attributeOf(simple, 'Value');
        if (value !== undefined) return value;
      }
      const start = named(childrenOf(each, onvifUri.schema, 'ElementItem'), item);
      const found = start && this.#down(start, steps);
      if (found) return attribute === undefined ? textOf(found) : attributeOf(found, attribute);
    }
    return undefined;
  }

  #down(start: XmlElement, steps: readonly string[]): XmlElement | undefined {
    return steps.reduce<XmlElement | undefined>((element, step) => {
      const colon = step.indexOf(':');
      const uri = colon < 0 ? onvifUri.schema : this.#namespaces[step.slice(0, colon)];
      return element?.children.find(
        (child) => child.local === step.slice(colon + 1) && child.uri === uri,
      );
    }, start);
  }
}

function named(items: readonly XmlElement[], name: string): XmlElement | undefined {
  return items.find((item) => attributeOf(item, 'Name') === name);
}

/** Some cameras wrap the value of an element item in one more element, named after its type. */
function textOf(element: XmlElement): string {
  const [only] = element.children;
  return only && element.text.trim() === '' ? only.text : element.text;
}
