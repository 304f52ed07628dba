/** Frame rules of a stream profile: start, length, end, guards, check, in that order. */
import type { Candidate, FrameRule } from '../framer.ts';
import { isCheckRight } from './checksums.ts';
import type { FrameSchema, StreamProfile } from './stream.ts';

export function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.replace(/ /g, '').match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  );
}

/** Broadcast: readers of the UHFReader18 family answer to it with an address of their own. */
const anyAddress = 0xff;

/** `address`: only frames of this sender are taken where the profile says where the address stands. */
export function frameRules(profile: StreamProfile, address?: number): readonly FrameRule[] {
  const own = address ?? polledAddress(profile);
  return profile.frames.map((frame) => frameRule(frame, own === anyAddress ? undefined : own));
}

function polledAddress({ poll }: StreamProfile): number | undefined {
  return poll?.addressAt === undefined ? undefined : hexBytes(poll.send)[poll.addressAt];
}

function frameRule(frame: FrameSchema, address: number | undefined): FrameRule {
  const start = hexBytes(frame.start ?? '');
  const end = hexBytes(frame.end ?? '');
  const guards = (frame.guard ?? []).map(compileGuard);
  if (frame.addressAt !== undefined && address !== undefined) {
    guards.push(compileGuard({ at: frame.addressAt, in: address.toString(16).padStart(2, '0') }));
  }
  return {
    id: frame.id,
    match(bytes): Candidate {
      for (let i = 0; i < Math.min(start.length, bytes.length); i++) {
        if (bytes[i] !== start[i]) return { kind: 'no', code: 'frame-garbage' };
      }
      const length = lengthOf(frame, bytes);
      if (length === 'needMore') return { kind: 'needMore' };
      if (length === undefined) return { kind: 'no', code: 'frame-garbage' };
      // A byte that cannot stand where it stands is noticed at once, not when the frame would be full.
      if (!guards.every((allows) => allows(bytes, length)))
        return { kind: 'no', code: 'frame-guard' };
      if (bytes.length < length) return { kind: 'needMore' };
      const whole = bytes.subarray(0, length);
      if (!end.every((byte, i) => whole[length - end.length + i] === byte))
        return { kind: 'no', code: 'frame-guard' };
      if (frame.check && !isCheckRight(frame.check, whole))
        return { kind: 'no', code: 'frame-checksum' };
      return { kind: 'frame', length };
    },
  };
}

function lengthOf(frame: FrameSchema, bytes: Uint8Array): number | 'needMore' | undefined {
  if ('fixed' in frame.length) return frame.length.fixed;
  const { at, plus, min, max } = frame.length;
  const value = bytes[at];
  if (value === undefined) return 'needMore';
  const length = value + plus;
  return length >= min && length <= max ? length : undefined;
}

type GuardTest = (bytes: Uint8Array, length: number) => boolean;

function compileGuard(guard: NonNullable<FrameSchema['guard']>[number]): GuardTest {
  const allowed = new Set<number>();
  for (const part of guard.in.split(' ')) {
    const [low = '', high = low] = part.split('-');
    for (let b = Number.parseInt(low, 16); b <= Number.parseInt(high, 16); b++) allowed.add(b);
  }
  const [from, to] = Array.isArray(guard.at) ? guard.at : [guard.at, undefined];
  return (bytes, length) => {
    const place = (offset: number) => (offset < 0 ? length + offset : offset);
    const stop = to === undefined ? place(from) + 1 : place(to);
    for (let i = place(from); i < Math.min(stop, bytes.length); i++) {
      const byte = bytes[i];
      if (byte !== undefined && !allowed.has(byte)) return false;
    }
    return true;
  };
}
