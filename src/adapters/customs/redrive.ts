/** Reads a line of the quarantine once more: a newer kakou or another configuration may understand it. */
import { type FeedRecord, lineBytesMax, parseFeedLine } from '../../interchange/feed/parse-line.ts';
import type { EntitledSource } from './ingest-file.ts';

/** A line as it was laid aside. */
export interface AsideLine {
  readonly id: number;
  readonly source: string;
  readonly line: string;
  /** A snapshot has taken the place of what its source said then. */
  readonly isReplaced: number;
  readonly settled: string | null;
}

export type Reread =
  | { readonly kind: 'record'; readonly record: FeedRecord }
  | { readonly kind: 'refused'; readonly reason: string };

/** Longer lines are not kept whole. UTF-16 units. */
const keptLengthMax = Math.min(65_536, lineBytesMax);

export function reread(aside: AsideLine, sources: readonly EntitledSource[]): Reread {
  const { source, line, isReplaced, settled } = aside;
  if (settled !== null) return refused('it has been taken already');
  // What a snapshot left out is gone: to bring it back would bring back a release that was taken away by silence.
  if (isReplaced === 1)
    return refused(`a snapshot of ${source} has come since; ask it to send the record anew`);
  if (line.length >= keptLengthMax) return refused('it is too long to have been kept whole');
  const read = parseFeedLine(line);
  if (read.kind !== 'record')
    return refused(
      `it still cannot be read: ${'reason' in read ? read.reason : 'it is no record'}`,
    );
  const entitled = sources.find((each) => each.source === source);
  const { kind } = read.record;
  if (!entitled?.kinds.includes(kind))
    return refused(`source "${source}" may not speak of ${kind}`);
  return { kind: 'record', record: read.record };
}

function refused(reason: string): Reread {
  return { kind: 'refused', reason };
}
