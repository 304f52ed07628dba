/** Acts of persons upon the feed, as the worker that alone writes `feed.db` carries them out. */
import type { EntitledSource } from './adapters/customs/ingest-file.ts';
import { reread } from './adapters/customs/redrive.ts';
import { laidAsideLine } from './adapters/store/feed-reader.ts';
import type { FeedWriter } from './adapters/store/feed-writer.ts';
import type { SqliteDatabase } from './adapters/store/open-database.ts';
import type { FeedNote } from './runtime/feed-note.ts';

export type FeedAct =
  /** A range that is missing stays missing: the source counts as current without it. */
  | {
      readonly act: 'acknowledgeGap';
      readonly source: string;
      readonly first: number;
      readonly last: number;
    }
  /** What a line that nobody could read may have been about is not held up by it any more. */
  | { readonly act: 'disposeTaint'; readonly line: number }
  /** A line that was laid aside is read once more. */
  | { readonly act: 'redrive'; readonly line: number };

/** Who, why and when, as it is kept beside what was done. */
export interface ActNote {
  readonly actId: string;
  readonly person: string;
  readonly reason: string;
  readonly atMs: number;
}

export type FeedActAnswer =
  | { readonly ok: true; readonly result: string }
  | { readonly ok: false; readonly message: string };

/** What the worker tells: of files, or in answer to an act. */
export type FeedMessage =
  | FeedNote
  | { readonly kind: 'answered'; readonly actId: string; readonly answer: FeedActAnswer };

export interface FeedActTools {
  readonly db: SqliteDatabase;
  readonly writer: Pick<FeedWriter, 'acknowledgeGap' | 'disposeTaint' | 'redrive' | 'stagedSource'>;
  readonly sources: readonly EntitledSource[];
}

export function actOnFeed(tools: FeedActTools, act: FeedAct, note: ActNote): FeedActAnswer {
  const said = JSON.stringify(note);
  switch (act.act) {
    case 'acknowledgeGap': {
      const { source, first, last } = act;
      if (tools.writer.acknowledgeGap(source, { first, last }, said))
        return { ok: true, result: `${source} counts as current without ${first} to ${last}` };
      return refused(`${source} has no gap from ${first} to ${last} that nobody has acknowledged`);
    }
    case 'disposeTaint':
      if (tools.writer.disposeTaint(act.line, said))
        return { ok: true, result: `line ${act.line} taints nothing any more` };
      return refused(`line ${act.line} of the quarantine taints nothing`);
    case 'redrive':
      return redrive(tools, act.line, note);
  }
}

function redrive(
  { db, writer, sources }: FeedActTools,
  line: number,
  note: ActNote,
): FeedActAnswer {
  const aside = laidAsideLine(db, line);
  if (!aside) return refused(`the quarantine has no line ${line}`);
  const { source, id } = aside;
  if (writer.stagedSource === source)
    return refused(`a snapshot of ${source} is being taken and replaces what it said before`);
  const read = reread(aside, sources);
  if (read.kind === 'refused') return refused(`line ${line}: ${read.reason}`);
  const { record } = read;
  const settled = JSON.stringify(note);
  const result = writer.redrive({ id, source, record, settled }, note.atMs);
  const what = `${record.kind} ${record.id} of ${source}`;
  return {
    ok: true,
    result: result === 'applied' ? `${what} was taken` : `${what} is known in a newer version`,
  };
}

function refused(message: string): FeedActAnswer {
  return { ok: false, message };
}
