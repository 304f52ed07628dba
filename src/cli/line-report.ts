/** What a line said, for people or as JSON lines. */
import type { Observation } from '../core/observation.ts';
import type { FrameFault } from '../driver-kit/contract.ts';
import type { ToldLine } from '../driver-kit/profile/describe.ts';
import type { FramePart } from '../driver-kit/profile/frame-parts.ts';
import { spacedHex } from '../driver-kit/profile/hex.ts';

export type LineEvent =
  | ToldLine
  | { readonly kind: 'sent'; readonly bytes: Uint8Array }
  | ({ readonly kind: 'fault' } & FrameFault)
  | { readonly kind: 'closed'; readonly code: string; readonly detail: string };

/** One event as one JSON object; `atMs` counts from the opening of the line. */
export function eventJson(event: LineEvent, atMs: number): string {
  const time = { kind: event.kind, atMs: Math.round(atMs) };
  if (event.kind === 'sent') return JSON.stringify({ ...time, hex: spacedHex(event.bytes) });
  if (event.kind !== 'frame') return JSON.stringify({ ...time, ...event });
  const { rule, at, hex, fields, observations, faults } = event;
  return JSON.stringify({ ...time, rule, at, hex, fields, observations, faults });
}

export function eventText(event: LineEvent, atMs: number): string {
  const time = `${(atMs / 1_000).toFixed(3).padStart(9)}  `;
  const indent = ' '.repeat(time.length);
  switch (event.kind) {
    case 'sent':
      return `${time}sent  ${spacedHex(event.bytes)}`;
    case 'dropped':
      return `${time}????  ${event.hex}\n${indent}      ${event.code}: ${event.reason}`;
    case 'fault':
      return `${time}${event.code}: ${event.detail ?? ''}`;
    case 'closed':
      return `${time}${event.code}: ${event.detail}`;
    case 'frame':
      return [
        `${time}${event.rule}  ${annotated(event.bytes, event.parts)}`,
        ...event.observations.map((each) => `${indent}→ ${observationText(each)}`),
        ...event.faults.map((each) => `${indent}! ${each.code}: ${each.detail ?? ''}`),
      ].join('\n');
  }
}

/** The bytes in order, each stretch that has a name with its name: `02 [sign 2D] [digits 30 30 31]`. */
function annotated(bytes: Uint8Array, parts: readonly FramePart[]): string {
  const placed = parts
    .flatMap(({ name, value, at, length = 1 }) =>
      at === undefined ? [] : [{ name, value, at, length }],
    )
    .sort((a, b) => a.at - b.at || a.length - b.length);
  const pieces: string[] = [];
  let at = 0;
  for (const part of placed) {
    if (part.at < at) continue;
    if (part.at > at) pieces.push(spacedHex(bytes.subarray(at, part.at)));
    at = part.at + part.length;
    const names = placed.filter((other) => other.at === part.at && other.length === part.length);
    pieces.push(`[${names.map(({ name }) => name).join(', ')} ${partText(bytes, part)}]`);
  }
  if (at < bytes.length) pieces.push(spacedHex(bytes.subarray(at)));
  const elsewhere = parts.filter((part) => part.at === undefined);
  const rest = elsewhere.map(({ name, value }) => `${name} "${value}"`).join(', ');
  return rest === '' ? pieces.join(' ') : `${pieces.join(' ')}  (${rest})`;
}

function partText(bytes: Uint8Array, { value, at, length }: Required<FramePart>): string {
  const hex = spacedHex(bytes.subarray(at, at + length));
  if (typeof value === 'number') return `${hex} = ${value}`;
  return value.replaceAll(' ', '') === hex.replaceAll(' ', '') ? hex : `${hex} "${value}"`;
}

export function observationText(observation: Observation): string {
  switch (observation.kind) {
    case 'weightReading': {
      const { weightKg, basis, stability, condition } = observation;
      if (condition !== 'ok') return `no weight: ${condition}`;
      return `${weightKg} kg ${basis}, ${stability.state} (${stability.source})`;
    }
    case 'tagRead': {
      const { tag, antenna, rssiDbm } = observation;
      const where = antenna === undefined ? '' : `, antenna ${antenna}`;
      return `tag ${tag}${where}${rssiDbm === undefined ? '' : `, ${rssiDbm} dBm`}`;
    }
    default:
      return JSON.stringify(observation);
  }
}
