/**
 * The one framer. It looks for frames at the head of what has arrived; where none can stand it gives up ONE
 * byte, counts it, and looks again, so a damaged frame never costs the good one behind it. No bytes make it
 * throw, it keeps less than `bufferBytesMax`, and what it tells does not depend on how the line cut the bytes.
 */
import type { FrameFault, FrameFaultCode } from './contract.ts';

export const bufferBytesMax = 4_096;

/** What the head of the buffer may be, by one frame rule. */
export type Candidate =
  | { readonly kind: 'frame'; readonly length: number }
  /** `lengthIfSilent`: all bytes are there, and only what follows can still speak against them. */
  | { readonly kind: 'needMore'; readonly lengthIfSilent?: number }
  | { readonly kind: 'no'; readonly code: FrameFaultCode };

export interface FrameRule {
  readonly id: string;
  /**
   * Judges whether a frame begins at byte 0. Must not look beyond what it is given, and a `no` must stay the
   * same `no` when more bytes follow.
   */
  match(bytes: Uint8Array): Candidate;
}

export interface Frame {
  readonly rule: string;
  readonly bytes: Uint8Array;
}

export interface FramerState {
  readonly pending: Uint8Array;
  /** Bytes that have come before `pending`. */
  readonly offset: number;
}

export interface FramerStep {
  readonly state: FramerState;
  /** What became of each byte that is not pending any more, in order. */
  readonly pieces: readonly ScanPiece[];
  readonly frames: readonly Frame[];
  readonly faults: readonly FrameFault[];
}

/** What became of bytes; `at` counts from the first byte of the stream. */
export type ScanPiece =
  | {
      readonly kind: 'frame';
      readonly at: number;
      readonly rule: string;
      readonly bytes: Uint8Array;
    }
  | {
      readonly kind: 'dropped';
      readonly at: number;
      readonly byte: number;
      /** The rule that came furthest with it; empty where none began. */
      readonly rule: string;
      readonly code: FrameFaultCode;
    };

/** `silent`: nothing more will come, so no candidate may wait for the rest of itself. */
type Line = 'flowing' | 'silent';

export const emptyFramer: FramerState = { pending: new Uint8Array(), offset: 0 };

export function feedFramer(
  state: FramerState,
  bytes: Uint8Array,
  rules: readonly FrameRule[],
): FramerStep {
  const pending = new Uint8Array(state.pending.length + bytes.length);
  pending.set(state.pending);
  pending.set(bytes, state.pending.length);
  return stepOf({ pending, offset: state.offset }, rules, 'flowing');
}

/**
 * The line was silent longer than a frame can pause: what is half there will never be whole. A good frame
 * behind a byte that only looked like the beginning of a longer one is still found.
 */
export function idleFramer(state: FramerState, rules: readonly FrameRule[]): FramerStep {
  return stepOf(state, rules, 'silent');
}

function stepOf(from: FramerState, rules: readonly FrameRule[], line: Line): FramerStep {
  const { pieces, state } = scanFrames(from, rules, line);
  const frames: Frame[] = [];
  const faults: { code: FrameFaultCode; droppedBytes: number }[] = [];
  for (const piece of pieces) {
    const last = faults.at(-1);
    if (piece.kind === 'frame') frames.push({ rule: piece.rule, bytes: piece.bytes });
    else if (last?.code === piece.code) last.droppedBytes += 1;
    else faults.push({ code: piece.code, droppedBytes: 1 });
  }
  return { state, pieces, frames, faults };
}

function scanFrames(
  { pending: all, offset }: FramerState,
  rules: readonly FrameRule[],
  line: Line,
): Pick<FramerStep, 'pieces' | 'state'> {
  const pieces: ScanPiece[] = [];
  let at = 0;
  while (at < all.length) {
    const head = all.subarray(at, at + bufferBytesMax);
    // A buffer that is full and still waits holds no frame: it is judged as if the line were silent.
    const { candidate, rule } = firstMatch(
      head,
      rules,
      head.length < bufferBytesMax ? line : 'silent',
    );
    if (candidate.kind === 'needMore') break;
    if (candidate.kind === 'frame') {
      const bytes = head.slice(0, candidate.length);
      pieces.push({ kind: 'frame', at: offset + at, rule, bytes });
      at += candidate.length;
    } else {
      const code = head.length < bufferBytesMax ? candidate.code : tooLong(candidate.code);
      pieces.push({ kind: 'dropped', at: offset + at, byte: head[0] ?? 0, rule, code });
      at += 1;
    }
  }
  return { pieces, state: { pending: all.slice(at), offset: offset + at } };
}

const tooLong = (code: FrameFaultCode): FrameFaultCode =>
  code === 'frame-idle' ? 'frame-too-long' : code;

/** The further a candidate came, the more its failure tells. */
const telling: readonly FrameFaultCode[] = [
  'frame-garbage',
  'frame-guard',
  'frame-idle',
  'frame-checksum',
];

/**
 * Rules are asked in order. An earlier rule that waits is waited for, even if a later one would take what is
 * there: otherwise the same bytes would read differently by how they were cut.
 */
function firstMatch(
  head: Uint8Array,
  rules: readonly FrameRule[],
  line: Line,
): { candidate: Candidate; rule: string } {
  let code: FrameFaultCode = 'frame-garbage';
  let by = '';
  for (const rule of rules) {
    const candidate = rule.match(head);
    if (candidate.kind === 'frame') return { candidate, rule: rule.id };
    if (candidate.kind === 'needMore') {
      if (line === 'flowing') return { candidate, rule: rule.id };
      const length = candidate.lengthIfSilent;
      if (length !== undefined) return { candidate: { kind: 'frame', length }, rule: rule.id };
    }
    const reason = candidate.kind === 'no' ? candidate.code : 'frame-idle';
    if (telling.indexOf(reason) > telling.indexOf(code)) [code, by] = [reason, rule.id];
  }
  return { candidate: { kind: 'no', code }, rule: by };
}
