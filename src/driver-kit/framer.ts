/**
 * The one framer. It looks for frames at the head of what has arrived; where none can stand it gives up ONE
 * byte, counts it, and looks again, so a damaged frame never costs the good one behind it. No bytes make it
 * throw, and it keeps at most `bufferBytesMax`.
 */
import type { FrameFault, FrameFaultCode } from './contract.ts';

export const bufferBytesMax = 4_096;

/** What the head of the buffer may be, by one frame rule. */
export type Candidate =
  | { readonly kind: 'frame'; readonly length: number }
  | { readonly kind: 'needMore' }
  | { readonly kind: 'no'; readonly code: FrameFaultCode };

export interface FrameRule {
  readonly id: string;
  /** Judges whether a frame begins at byte 0. Must not look beyond what it is given. */
  match(bytes: Uint8Array): Candidate;
}

export interface Frame {
  readonly rule: string;
  readonly bytes: Uint8Array;
}

export interface FramerState {
  readonly pending: Uint8Array;
}

export interface FramerStep {
  readonly state: FramerState;
  readonly frames: readonly Frame[];
  readonly faults: readonly FrameFault[];
}

export const emptyFramer: FramerState = { pending: new Uint8Array() };

export function feedFramer(
  state: FramerState,
  bytes: Uint8Array,
  rules: readonly FrameRule[],
): FramerStep {
  const all = new Uint8Array(state.pending.length + bytes.length);
  all.set(state.pending);
  all.set(bytes, state.pending.length);
  const frames: Frame[] = [];
  const dropped = new DropCounter();
  let at = 0;
  while (at < all.length) {
    const head = all.subarray(at, at + bufferBytesMax);
    const { candidate, rule } = firstMatch(head, rules);
    if (candidate.kind === 'frame') {
      frames.push({ rule, bytes: head.slice(0, candidate.length) });
      at += candidate.length;
    } else if (candidate.kind === 'needMore' && head.length < bufferBytesMax) {
      break;
    } else {
      dropped.add(candidate.kind === 'no' ? candidate.code : 'frame-too-long');
      at += 1;
    }
  }
  return { state: { pending: all.slice(at) }, frames, faults: dropped.faults() };
}

/** The line was silent longer than a frame can pause: what is half there will never be whole. */
export function idleFramer(state: FramerState): FramerStep {
  if (state.pending.length === 0) return { state, frames: [], faults: [] };
  const faults = [{ code: 'frame-idle' as const, droppedBytes: state.pending.length }];
  return { state: emptyFramer, frames: [], faults };
}

/** A whole frame of any rule wins; else waiting wins over giving up, since more bytes may complete it. */
function firstMatch(
  head: Uint8Array,
  rules: readonly FrameRule[],
): { candidate: Candidate; rule: string } {
  let best: { candidate: Candidate; rule: string } = {
    candidate: { kind: 'no', code: 'frame-garbage' },
    rule: '',
  };
  for (const rule of rules) {
    const candidate = rule.match(head);
    if (candidate.kind === 'frame') return { candidate, rule: rule.id };
    const isBetter =
      best.candidate.kind === 'no' &&
      (candidate.kind === 'needMore' ||
        (candidate.kind === 'no' && candidate.code !== 'frame-garbage'));
    if (isBetter) best = { candidate, rule: rule.id };
  }
  return best;
}

/** Neighbouring bytes given up for one reason are one fault. */
class DropCounter {
  readonly #faults: { code: FrameFaultCode; droppedBytes: number }[] = [];

  add(code: FrameFaultCode): void {
    const last = this.#faults.at(-1);
    // After a damaged frame its own remains look like garbage: they belong to the same fault.
    if (last && (last.code === code || code === 'frame-garbage')) last.droppedBytes += 1;
    else this.#faults.push({ code, droppedBytes: 1 });
  }

  faults(): readonly FrameFault[] {
    return this.#faults;
  }
}
