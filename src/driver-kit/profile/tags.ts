/** Tags out of inventory replies. */
import { parseTag } from '../../core/identifiers/tag.ts';
import type { TagRead } from '../../core/observation.ts';
import type { FrameFault } from '../contract.ts';
import { hexBytes } from './frame-rules.ts';
import type { TagsSchema } from './stream.ts';

export interface TagReply {
  readonly tags: readonly TagRead[];
  readonly faults: readonly FrameFault[];
  /** `more`: further replies to the same poll follow. */
  readonly kind: 'last' | 'more' | 'error' | 'undecodable';
}

export function readTags(schema: TagsSchema, bytes: Uint8Array): TagReply {
  const status = bytes.at(schema.statusAt);
  const isOne = (list: readonly string[] = []) => list.some((hex) => hexBytes(hex)[0] === status);
  const error = schema.errorStatuses?.find((e) => hexBytes(e.status)[0] === status);
  if (error) {
    const fault: FrameFault = { code: 'device-error', droppedBytes: 0, detail: error.meaning };
    return { tags: [], faults: [fault], kind: 'error' };
  }
  const kind = isOne(schema.moreStatuses) ? 'more' : 'last';
  if (isOne(schema.emptyStatuses)) return { tags: [], faults: [], kind };
  if (!isOne(schema.statuses))
    return undecodable(
      bytes,
      `unknown status ${hexOf(bytes.subarray(schema.statusAt, schema.statusAt + 1))}`,
    );
  // Nothing behind the status but the check: an inventory that ended without a list.
  if (bytes.length === schema.statusAt + 3) return { tags: [], faults: [], kind };
  return readItems(schema, bytes, kind);
}

function readItems(schema: TagsSchema, bytes: Uint8Array, kind: 'last' | 'more'): TagReply {
  const count = bytes.at(schema.countAt) ?? 0;
  const antenna = antennaOf(schema, bytes);
  const tags: TagRead[] = [];
  const faults: FrameFault[] = [];
  let at = schema.firstAt;
  // The two check bytes at the end are no part of the list.
  const end = bytes.length - 2;
  for (let n = 0; n < count; n++) {
    const length = bytes[at] ?? 0;
    const next = at + 1 + length + schema.rssiBytes;
    if (next > end) return undecodable(bytes, `${count} tags announced, item ${n + 1} is cut off`);
    const parsed = parseTag(hexOf(bytes.subarray(at + 1, at + 1 + length)));
    // A tag with an empty or over-long EPC must not hide the other tags of its reply.
    if (parsed.kind === 'tag') tags.push({ kind: 'tagRead', tag: parsed.id, ...antenna });
    else faults.push({ code: 'frame-undecodable', droppedBytes: next - at, detail: parsed.hint });
    at = next;
  }
  if (at !== end) return undecodable(bytes, `${count} tags announced, ${end - at} bytes left over`);
  return { tags, faults, kind };
}

function undecodable(bytes: Uint8Array, detail: string): TagReply {
  const fault: FrameFault = { code: 'frame-undecodable', droppedBytes: bytes.length, detail };
  return { tags: [], faults: [fault], kind: 'undecodable' };
}

function antennaOf({ antenna }: TagsSchema, bytes: Uint8Array): { readonly antenna?: number } {
  const value = antenna && bytes.at(antenna.at);
  if (value === undefined) return {};
  if (antenna?.coding === 'number') return { antenna: value };
  const bit = 31 - Math.clz32(value);
  return value !== 0 && value === 1 << bit ? { antenna: bit + 1 } : {};
}

export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase();
}
