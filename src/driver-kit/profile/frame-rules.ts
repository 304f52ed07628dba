/** Frame rules of a stream profile: start, length, guards, end, checks, pattern, next start, in that order. */
import type { Candidate, FrameRule } from '../framer.ts';
import { isCheckRight } from './checksums.ts';
import { checksOf, type FrameSchema, type GuardSchema } from './frame-schema.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import type { PollSchema, StreamProfile } from './stream.ts';

export function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/ /g, '').match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
}

/** Broadcast: readers of the UHFReader18 family answer to it with an address of their own. */
export const anyAddress = 0xff;

/** `address`: only frames of this sender are taken where the profile says where the address stands. */
export function frameRules(profile: StreamProfile, address?: number): readonly FrameRule[] {
  const own =
    address === undefined ? polledAddress(profile) : addressByte(address, profile.poll?.addressAs);
  return profile.frames.map((frame) => frameRule(frame, own === anyAddress ? undefined : own));
}

/** The byte that stands for a device address on the wire. */
export function addressByte(address: number, as: PollSchema['addressAs']): number {
  return as === 'letter' && address !== anyAddress ? 0x40 + address : address;
}

function polledAddress({ poll }: StreamProfile): number | undefined {
  return poll?.addressAt === undefined ? undefined : hexBytes(poll.send)[poll.addressAt];
}

const garbage: Candidate = { kind: 'no', code: 'frame-garbage' };
const guarded: Candidate = { kind: 'no', code: 'frame-guard' };
const needMore: Candidate = { kind: 'needMore' };

function frameRule(frame: FrameSchema, address: number | undefined): FrameRule {
  const start = hexBytes(frame.start ?? '');
  const lengthOf = compileLength(frame);
  const guards = (frame.guard ?? []).map(compileGuard);
  if (frame.addressAt !== undefined && address !== undefined)
    guards.push(compileGuard({ at: frame.addressAt, in: address.toString(16).padStart(2, '0') }));
  const pattern = framePattern(frame);
  const judgeWhole = compileWhole(frame, pattern);
  return {
    id: frame.id,
    match(bytes) {
      for (let i = 0; i < start.length && i < bytes.length; i++)
        if (bytes[i] !== start[i]) return garbage;
      const first = bytes[start.length];
      if (pattern && first !== undefined && !pattern.begins(first)) return garbage;
      const length = lengthOf(bytes);
      if (length === 'needMore') return needMore;
      if (length === undefined) return garbage;
      // A byte that cannot stand where it stands is noticed at once, not when the frame would be full.
      for (const breach of guards) if (breach(bytes, length) !== undefined) return guarded;
      return bytes.length < length ? needMore : judgeWhole(bytes, length);
    },
  };
}

/** Length of the frame that begins with these bytes; undefined where none does. */
type LengthOf = (bytes: Uint8Array) => number | 'needMore' | undefined;

export function compileLength({ length, start = '' }: FrameSchema): LengthOf {
  if ('fixed' in length) return () => length.fixed;
  if ('until' in length) {
    const terminator = hexBytes(length.until);
    const from = hexBytes(start).length;
    return (bytes) => endOf(bytes, terminator, { from, max: length.max });
  }
  const { at, size = 1, endian = 'big', plus, min, max } = length;
  return (bytes) => {
    const first = bytes[at];
    const second = size === 2 ? bytes[at + 1] : 0;
    if (first === undefined || second === undefined) return 'needMore';
    const value =
      size === 1 ? first : endian === 'big' ? first * 256 + second : first + second * 256;
    const whole = value + plus;
    return whole >= min && whole <= max ? whole : undefined;
  };
}

function endOf(
  bytes: Uint8Array,
  terminator: Uint8Array,
  { from, max }: { from: number; max: number },
): number | 'needMore' | undefined {
  const first = terminator[0] ?? 0;
  const head = bytes.subarray(0, max);
  for (let at = head.indexOf(first, from); at >= 0; at = head.indexOf(first, at + 1)) {
    const end = at + terminator.length;
    if (end > head.length) break;
    if (terminator.every((byte, i) => head[at + i] === byte)) return end;
  }
  return bytes.length < max ? 'needMore' : undefined;
}

/** What is looked at when all bytes are there. */
function compileWhole(
  frame: FrameSchema,
  pattern: FramePattern | undefined,
): (bytes: Uint8Array, length: number) => Candidate {
  const end = hexBytes(frame.end ?? '');
  const checks = checksOf(frame);
  const nextStart = frame.confirmedByNextStart ? hexBytes(frame.start ?? '')[0] : undefined;
  return (bytes, length) => {
    const whole = bytes.subarray(0, length);
    for (let i = 0; i < end.length; i++)
      if (whole[length - end.length + i] !== end[i]) return guarded;
    for (const check of checks)
      if (!isCheckRight(check, whole)) return { kind: 'no', code: 'frame-checksum' };
    const matched = pattern?.match(whole);
    if (matched?.kind === 'no') return guarded;
    if (nextStart === undefined || bytes[length] === nextStart) return { kind: 'frame', length };
    return bytes.length > length ? guarded : { kind: 'needMore', lengthIfSilent: length };
  };
}

type FramePattern = Pick<Pattern, 'begins' | 'match'>;

/** The pattern of a frame, over what stands between its start and its terminator. */
export function framePattern(frame: FrameSchema): FramePattern | undefined {
  if (frame.pattern === undefined) return undefined;
  const parsed = compilePattern(frame.pattern);
  // A malformed pattern is a finding of the lint; a rule made of it takes nothing.
  if (parsed.kind === 'malformed') return nothingMatches;
  const from = hexBytes(frame.start ?? '').length;
  const terminator = 'until' in frame.length ? frame.length.until : (frame.end ?? '');
  const behind = hexBytes(terminator).length;
  const { pattern } = parsed;
  return {
    begins: (byte) => pattern.begins(byte),
    match: (bytes) => pattern.match(bytes.subarray(from, bytes.length - behind)),
  };
}

const nothingMatches: FramePattern = { begins: () => false, match: () => ({ kind: 'no' }) };

/** Place of the first byte that cannot stand there; undefined where all can. */
type GuardTest = (bytes: Uint8Array, length: number) => number | undefined;

export function compileGuard(guard: GuardSchema): GuardTest {
  const allowed = new Uint8Array(256);
  for (const part of guard.in.split(' ')) {
    const [low = '', high = low] = part.split('-');
    allowed.fill(1, Number.parseInt(low, 16), Number.parseInt(high, 16) + 1);
  }
  const mask = Number.parseInt(guard.mask ?? 'FF', 16);
  const [from, to] = Array.isArray(guard.at) ? guard.at : [guard.at, undefined];
  return (bytes, length) => {
    const first = from < 0 ? length + from : from;
    const stop = to === undefined ? first + 1 : to < 0 ? length + to : to;
    for (let i = first; i < stop && i < bytes.length; i++)
      if (!allowed[(bytes[i] ?? 0) & mask]) return i;
    return undefined;
  };
}
