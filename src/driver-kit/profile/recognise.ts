/** How well a profile fits what was heard on a line: for finding out which indicator or reader is there. */
import type { Observation } from '../../core/observation.ts';
import type { Chunk } from '../contract.ts';
import { anyAddress } from './frame-rules.ts';
import { checksOf } from './frame-schema.ts';
import { ProfileStreamSession } from './interpreter.ts';
import type { StreamProfile } from './stream.ts';

export interface Recognition {
  /** Share of all bytes that belong to frames of the profile, 0 to 1. */
  readonly share: number;
  /** Share of all bytes that belong to frames whose check is right; 0 for a protocol without a check. */
  readonly checkedShare: number;
  readonly frames: number;
  /** The last reading; absent where no frame told one. */
  readonly last?: Observation;
}

/** Chunks in the order of their arrival, as one stream. Nothing is sent. */
export function recognise(profile: StreamProfile, chunks: readonly Chunk[]): Recognition {
  const checked = new Set(
    profile.frames.filter((frame) => checksOf(frame).length > 0).map(({ id }) => id),
  );
  let [all, framed, right, frames] = [0, 0, 0, 0];
  let last: Observation | undefined;
  const session = new ProfileStreamSession(
    profile,
    { address: anyAddress },
    {
      frame({ rule, bytes }, { observations }) {
        frames += 1;
        framed += bytes.length;
        if (checked.has(rule)) right += bytes.length;
        last = observations.at(-1) ?? last;
      },
      dropped: () => undefined,
    },
  );
  let endMs = 0;
  for (const [i, chunk] of chunks.entries()) {
    if (i === 0) session.opened(chunk.receivedAt);
    session.received(chunk);
    all += chunk.bytes.length;
    endMs = chunk.receivedAt.monotonicMs;
  }
  session.tick({ wallMs: 0, monotonicMs: endMs + profile.flow.idleResetMs });
  const shareOf = (bytes: number) => (all === 0 ? 0 : bytes / all);
  return {
    share: shareOf(framed),
    checkedShare: shareOf(right),
    frames,
    ...(last && { last }),
  };
}

/**
 * The better fit first: frames with a right check prove more than frames of the right shape, and of two profiles with
 * the same frames the one that made a reading of them is the right one.
 */
export function byFit(a: Recognition, b: Recognition): number {
  return (
    b.checkedShare - a.checkedShare ||
    b.share - a.share ||
    Number(b.last !== undefined) - Number(a.last !== undefined) ||
    b.frames - a.frames
  );
}
