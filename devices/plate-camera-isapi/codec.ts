/**
 * Pure reading of one alert by the places its profile names. Total: whatever the bytes are, the result is a
 * reading, an alert of another kind, or a counted fault. Text stays text, and what the camera did not say is
 * absent.
 */
import { cameraTimeMs, type FrameFault, type IsapiProfile, type PlateRead } from 'kakou/driver-kit';
import { type AlertNode, readTree } from './alert-tree.ts';

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

export function readAlert(block: IsapiProfile, bytes: Uint8Array): Alert {
  const reading = readTree(block, bytes);
  if (reading.kind === 'refused') return faulted(reading.code, reading.reason);
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
  root: AlertNode,
  capturedAtMs: number | undefined,
): Alert {
  const plate = nodeAt(root, map.text);
  if (!plate) return faulted('notification-malformed', `${map.text[0]} is missing`);
  if (plate.isText === false) {
    return faulted(
      'notification-malformed',
      `${map.text[0]} is a number: what stood there is lost`,
    );
  }
  const text = plate.text.trim();
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
  root: AlertNode,
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

function colourOf(map: IsapiProfile['reading'], root: AlertNode): PlateRead['colour'] {
  const word = map.colour && textAt(root, map.colour)?.toLowerCase();
  return word !== undefined && Object.hasOwn(map.colours, word) ? map.colours[word] : undefined;
}

function textAt(root: AlertNode, places: readonly string[]): string | undefined {
  return nodeAt(root, places)?.text.trim();
}

/** The first of these places that is there. Prefix and namespace differ by firmware and are not looked at. */
function nodeAt(root: AlertNode, places: readonly string[]): AlertNode | undefined {
  for (const place of places) {
    let at: AlertNode | undefined = root;
    for (const step of place.split('/')) {
      at = at?.children.find(({ local }) => local === step);
    }
    if (at) return at;
  }
  return undefined;
}
