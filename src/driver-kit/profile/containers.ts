/** Container numbers out of lines of text. Text stays text; what a line does not say is absent. */
import type { ContainerNumberRead, ContainerSeen } from '../../core/observation.ts';
import type { FrameFault } from '../contract.ts';
import type { ContainersSchema } from './container-schema.ts';
import { hexBytes } from './frame-rules.ts';
import type { FrameSchema } from './frame-schema.ts';

export type ContainersTold =
  | {
      readonly kind: 'containers';
      readonly read: ContainerNumberRead;
      readonly faults: readonly FrameFault[];
    }
  | { readonly kind: 'undecodable'; readonly detail: string };

const latin1 = new TextDecoder('latin1');

/** The columns of a line without what begins and ends it. */
export function columnsOf(
  { separator, closing }: ContainersSchema,
  frame: Pick<FrameSchema, 'start' | 'end' | 'length'>,
  bytes: Uint8Array,
): readonly string[] {
  const from = hexBytes(frame.start ?? '').length;
  const behind = hexBytes('until' in frame.length ? frame.length.until : (frame.end ?? '')).length;
  const text = latin1.decode(bytes.subarray(from, bytes.length - behind));
  const end = closing === undefined ? -1 : text.lastIndexOf(closing);
  return (end < 0 ? text : text.slice(0, end)).split(separator).map((column) => column.trim());
}

export function compileContainers(
  schema: ContainersSchema,
  frame: FrameSchema,
): (bytes: Uint8Array) => ContainersTold {
  const [fewest, most] = schema.columns;
  return (bytes) => {
    const columns = columnsOf(schema, frame, bytes);
    if (columns.length < fewest || columns.length > most) {
      return { kind: 'undecodable', detail: `${columns.length} columns` };
    }
    const faults: FrameFault[] = [];
    const containers = schema.items.flatMap((item) =>
      containerOf(schema, { item, columns, faults }),
    );
    const id = schema.id === undefined ? undefined : columns[schema.id];
    const live = schema.live && columns[schema.live.column];
    const read: ContainerNumberRead = {
      kind: 'containerNumberRead',
      containers,
      ...(id !== undefined && id !== '' && { deviceEventId: id }),
      replayed: live !== undefined && !(schema.live?.values.includes(live) ?? true),
    };
    return { kind: 'containers', read, faults };
  };
}

interface Line {
  readonly item: ContainersSchema['items'][number];
  readonly columns: readonly string[];
  readonly faults: FrameFault[];
}

function containerOf(schema: ContainersSchema, { item, columns, faults }: Line): ContainerSeen[] {
  const raw = columns[item.number] ?? '';
  if (raw === '' || schema.none.includes(raw)) return [];
  const isoType = item.isoType === undefined ? '' : (columns[item.isoType] ?? '');
  const text = item.confidence === undefined ? '' : (columns[item.confidence] ?? '');
  const value = /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  const isConfidence = value >= 0 && value <= schema.confidenceScale;
  if (text !== '' && !isConfidence) {
    const detail = `a certainty that is not in 0 to ${schema.confidenceScale}`;
    faults.push({ code: 'frame-undecodable', droppedBytes: 0, detail });
  }
  return [
    {
      position: positionOf(schema, item.position, columns),
      raw,
      ...(isoType !== '' && { isoType }),
      ...(isConfidence && { confidence: value / schema.confidenceScale }),
    },
  ];
}

function positionOf(
  { positions }: ContainersSchema,
  position: Line['item']['position'],
  columns: readonly string[],
): ContainerSeen['position'] {
  if (typeof position === 'string') return position;
  const word = position === undefined ? undefined : columns[position];
  const isKnown = word !== undefined && Object.hasOwn(positions, word);
  return (isKnown ? positions[word] : undefined) ?? 'unknown';
}

/** A capture as a test of a profile writes it: `17: front CSQU3054383 22G1 0.97; rear TCLU4738789 - -`. */
export function captureText({ containers, deviceEventId, replayed }: ContainerNumberRead): string {
  const seen = containers.map(
    ({ position, raw, isoType = '-', confidence = '-' }) =>
      `${position} ${raw} ${isoType} ${confidence}`,
  );
  const id = deviceEventId === undefined ? '' : `${deviceEventId}: `;
  return `${id}${seen.join('; ') || 'none'}${replayed ? ' (history)' : ''}`;
}
