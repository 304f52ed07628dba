/**
 * Pure reading of one alert by the places its profile names. Total: whatever the bytes are, the result is a
 * reading, an alert of another kind, or a counted fault. Text stays text, and what the camera did not say is
 * absent.
 */
import {
  cameraTimeMs,
  type FrameFault,
  type IsapiProfile,
  type PlateRead,
  readXml,
  type XmlElement,
} from 'kakou/driver-kit';

/** Longer than any plate with separators; a longer text is no plate. */
const plateLengthMax = 32;
const idLengthMax = 128;

export type Direction = 'forward' | 'reverse' | 'unknown';

/** A plate as one alert tells it; whether it is of now and of this lane is for the session to say. */
export interface PlateAlert {
  readonly kind: 'plate';
  readonly plate: Pick<PlateRead, 'raw' | 'colour' | 'confidence' | 'deviceEventId'>;
  readonly capturedAtMs: number | undefined;
  readonly isLive: boolean;
  readonly line: string | undefined;
  readonly direction: Direction;
  readonly faults: readonly FrameFault[];
}

export type Alert =
  | PlateAlert
  /** Of another kind, or the end of one: the camera is alive. Its clock is there where it is a heartbeat. */
  | { readonly kind: 'other'; readonly cameraTimeMs: number | undefined }
  | { readonly kind: 'faulted'; readonly fault: FrameFault };

const utf8 = new TextDecoder('utf-8', { fatal: true });

export function readAlert(block: IsapiProfile, bytes: Uint8Array): Alert {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return faulted('xml-refused', 'is not UTF-8');
  }
  const reading = readXml(text, {
    lengthMax: block.alertLengthMax,
    depthMax: 24,
    nodesMax: 4_000,
    attributesMax: 32,
  });
  if (reading.kind === 'refused') return faulted('xml-refused', reading.reason);
  const { root } = reading;
  const { events } = block;
  if (root.local !== events.root) {
    return faulted('notification-malformed', `is no ${events.root}`);
  }
  const kind = textAt(root, events.kind);
  if (kind === undefined) return faulted('notification-malformed', `${events.kind[0]} is missing`);
  const timeMs = cameraTimeMs(textAt(root, events.time));
  // An alert that is over is no new vehicle; most cameras write one of them as a heartbeat.
  const state = events.state && textAt(root, events.state);
  const isOver = state !== undefined && !events.active.includes(state);
  if (!events.plates.includes(kind) || isOver) {
    // An alarm may be one that was stored: its time is not that of the clock.
    const isHeartbeat = events.heartbeats.includes(kind);
    return { kind: 'other', cameraTimeMs: isHeartbeat ? timeMs : undefined };
  }
  return readPlate(block, root, timeMs);
}

function faulted(code: FrameFault['code'], detail: string): Alert {
  return { kind: 'faulted', fault: { code, droppedBytes: 0, detail } };
}

function readPlate(
  { reading: map }: IsapiProfile,
  root: XmlElement,
  capturedAtMs: number | undefined,
): Alert {
  const text = textAt(root, map.text);
  if (text === undefined) {
    return faulted('notification-malformed', `${map.text[0]} is missing`);
  }
  if (text.length > plateLengthMax) {
    return faulted('notification-malformed', `${map.text[0]} has ${text.length} characters`);
  }
  const faults: FrameFault[] = [];
  const seen = text !== '' && !map.noPlate.includes(text);
  // Colour and certainty are about a plate: without one they would be certainty about nothing.
  const confidence = seen ? confidenceOf(map, root, faults) : undefined;
  const colour = seen ? colourOf(map, root) : undefined;
  const id = map.eventId && textAt(root, map.eventId);
  const live = map.live && textAt(root, map.live.at);
  const direction = (map.direction && textAt(root, map.direction)?.toLowerCase()) ?? '';
  return {
    kind: 'plate',
    plate: {
      raw: seen ? text : '',
      ...(colour !== undefined && { colour }),
      ...(confidence !== undefined && { confidence }),
      ...(id && id.length <= idLengthMax && { deviceEventId: id }),
    },
    capturedAtMs,
    isLive: live === undefined || (map.live?.values.includes(live) ?? true),
    line: map.line && textAt(root, map.line),
    direction: Object.hasOwn(map.directions, direction)
      ? (map.directions[direction] ?? 'unknown')
      : 'unknown',
    faults,
  };
}

function confidenceOf(
  map: IsapiProfile['reading'],
  root: XmlElement,
  faults: FrameFault[],
): number | undefined {
  const text = map.confidence && textAt(root, map.confidence);
  if (text === undefined || text === '') return undefined;
  const value = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 0 && value <= map.confidenceScale) return value / map.confidenceScale;
  const detail = `${map.confidence?.[0]} is not in 0 to ${map.confidenceScale}`;
  faults.push({ code: 'notification-malformed', droppedBytes: 0, detail });
  return undefined;
}

function colourOf(map: IsapiProfile['reading'], root: XmlElement): PlateRead['colour'] {
  const word = map.colour && textAt(root, map.colour)?.toLowerCase();
  return word !== undefined && Object.hasOwn(map.colours, word) ? map.colours[word] : undefined;
}

/** Text at the first of these places that is there. Prefix and namespace differ by firmware and are not looked at. */
function textAt(root: XmlElement, places: readonly string[]): string | undefined {
  for (const place of places) {
    let at: XmlElement | undefined = root;
    for (const step of place.split('/')) {
      at = at?.children.find(({ local }) => local === step);
    }
    if (at) return at.text.trim();
  }
  return undefined;
}
