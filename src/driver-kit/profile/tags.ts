/** Tags out of the frames of readers. */
import { parseTag } from '../../core/identifiers/tag.ts';
import type { TagRead } from '../../core/observation.ts';
import type { FrameFault } from '../contract.ts';
import { checksOf, type FrameSchema } from './frame-schema.ts';
import { hexOf } from './hex.ts';
import { absolute } from './places.ts';
import type { TagSchema, TagsSchema } from './tag-schema.ts';

export type TagsTold =
  | {
      readonly kind: 'tags';
      readonly tags: readonly TagRead[];
      readonly faults: readonly FrameFault[];
      /** Further replies to the same poll follow. */
      readonly more: boolean;
    }
  | { readonly kind: 'deviceError'; readonly detail: string }
  | { readonly kind: 'undecodable'; readonly detail: string };

export type TagsReader = (bytes: Uint8Array) => TagsTold;

export function compileTags(schema: TagsSchema, frame: FrameSchema): TagsReader {
  const ofHex = (list: readonly string[] = []) =>
    new Set(list.map((hex) => Number.parseInt(hex, 16)));
  const carrying = ofHex(schema.statuses);
  const empty = ofHex(schema.emptyStatuses);
  const more = ofHex(schema.moreStatuses);
  const errors = new Map(
    (schema.errorStatuses ?? []).map((e) => [Number.parseInt(e.status, 16), e.meaning]),
  );
  const checkAt = checksOf(frame)[0]?.at;
  return (bytes) => {
    const status = bytes.at(schema.statusAt) ?? 0;
    const meaning = errors.get(status);
    if (meaning !== undefined) return { kind: 'deviceError', detail: meaning };
    const nothing = { kind: 'tags', tags: [], faults: [], more: more.has(status) } as const;
    if (empty.has(status)) return nothing;
    if (!carrying.has(status)) return undecodable(`unknown status ${hexOf(Uint8Array.of(status))}`);
    const end = checkAt === undefined ? bytes.length : absolute(checkAt, bytes);
    // Nothing behind the status but the check: an inventory that ended without a list.
    if (end === absolute(schema.statusAt, bytes) + 1) return nothing;
    const list = readList(schema, bytes, end);
    return 'detail' in list ? { kind: 'undecodable', ...list } : { ...nothing, ...list };
  };
}

const undecodable = (detail: string): TagsTold => ({ kind: 'undecodable', detail });

interface TagList {
  readonly tags: readonly TagRead[];
  readonly faults: readonly FrameFault[];
}

function readList(
  schema: TagsSchema,
  bytes: Uint8Array,
  end: number,
): TagList | { readonly detail: string } {
  const count = bytes.at(schema.countAt) ?? 0;
  const antenna = antennaOf(schema.antenna, bytes);
  const tags: TagRead[] = [];
  const faults: FrameFault[] = [];
  let at = schema.firstAt;
  for (let n = 0; n < count; n++) {
    const item = readItem(schema.item, bytes, at);
    if (item === undefined || item.end > end)
      return { detail: `${count} tags announced, item ${n + 1} is cut off` };
    const parsed = parseTag(hexOf(item.epc));
    const { rssiDbm } = item;
    const signal = rssiDbm === undefined ? {} : { rssiDbm };
    // A tag with an empty or over-long EPC must not hide the other tags of its reply.
    if (parsed.kind === 'tag')
      tags.push({ kind: 'tagRead', tag: parsed.id, ...antenna, ...numbered(item), ...signal });
    else
      faults.push({ code: 'frame-undecodable', droppedBytes: item.end - at, detail: parsed.hint });
    at = item.end;
  }
  if (at === end) return { tags, faults };
  return { detail: `${count} tags announced, ${end - at} bytes left over` };
}

interface Item {
  readonly epc: Uint8Array;
  readonly antenna?: number;
  readonly rssiDbm?: number;
  readonly end: number;
}

const numbered = ({ antenna }: Item) => (antenna === undefined ? {} : { antenna });

/** Bytes of an item beside its lengths and its EPC. */
const fixedBytes = (parts: TagsSchema['item']): number =>
  parts.filter((part) => part !== 'epc' && part !== 'epcLength' && part !== 'itemLength').length;

function readItem(parts: TagsSchema['item'], bytes: Uint8Array, from: number): Item | undefined {
  const item: { epc: Uint8Array; antenna?: number; rssiDbm?: number } = { epc: new Uint8Array() };
  let at = from;
  let epcLength = 0;
  for (const part of parts) {
    const byte = bytes[at];
    if (byte === undefined) return undefined;
    if (part === 'epc') {
      item.epc = bytes.subarray(at, at + epcLength);
      at += epcLength;
      continue;
    }
    if (part === 'epcLength') epcLength = byte;
    else if (part === 'itemLength') epcLength = byte - fixedBytes(parts);
    else if (part === 'antenna') item.antenna = byte;
    else if (part === 'rssiDbm') item.rssiDbm = signed(byte);
    if (epcLength < 0) return undefined;
    at += 1;
  }
  return { ...item, end: at };
}

export function compileTag(schema: TagSchema): TagsReader {
  return (bytes) => {
    const from = absolute(schema.epcAt, bytes);
    const epc = bytes.subarray(from, Math.max(from, bytes.length + schema.epcEnd));
    if (schema.pcAt !== undefined && epc.length !== epcLengthOf(bytes[schema.pcAt] ?? 0))
      return undecodable('the EPC is not as long as its protocol control word says');
    const parsed = parseTag(hexOf(epc));
    if (parsed.kind !== 'tag') return undecodable(parsed.hint);
    const signal =
      schema.rssiDbmAt === undefined ? {} : { rssiDbm: signed(bytes.at(schema.rssiDbmAt) ?? 0) };
    const tag: TagRead = {
      kind: 'tagRead',
      tag: parsed.id,
      ...antennaOf(schema.antenna, bytes),
      ...signal,
    };
    return { kind: 'tags', tags: [tag], faults: [], more: false };
  };
}

/** Bytes of the EPC by the first byte of its protocol control word (EPC Gen2: its upper five bits are words). */
const epcLengthOf = (pc: number): number => 2 * (pc >> 3);

const signed = (byte: number): number => (byte > 0x7f ? byte - 0x100 : byte);

function antennaOf(
  schema: TagsSchema['antenna'],
  bytes: Uint8Array,
): { readonly antenna?: number } {
  if (!schema) return {};
  const value = (bytes.at(schema.at) ?? 0) & Number.parseInt(schema.bits ?? 'FF', 16);
  if (schema.coding === 'number') return { antenna: value };
  if (schema.coding === 'numberFrom0') return { antenna: value + 1 };
  const bit = 31 - Math.clz32(value);
  return value !== 0 && value === 1 << bit ? { antenna: bit + 1 } : {};
}
