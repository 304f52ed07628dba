/**
 * A log as NDJSON: a line for each entry, of exactly the bytes that were stored and hashed. Two kinds of line are no
 * entries: what is left of a pruned one, and the first line of an export that begins in the middle.
 */

import { noPreviousHash, sequenceText } from '../../core/journal/entry.ts';
import { appendLeaf, emptyFrontier } from '../../core/journal/merkle.ts';
import { leafOf, sha256 } from './journal-bytes.ts';
import {
  JournalReading,
  JournalRefused,
  type StoredEntry,
  type StoredEpoch,
} from './journal-reading.ts';

export interface ExportChoice {
  /** All epochs where neither this nor a range is given; the newest where only a range is. */
  readonly epoch?: string;
  readonly from?: number;
  readonly to?: number;
}

/** Pieces of the export, some hundred lines each. Throws a `StoreError` or `JournalRefused`. */
export function* exportedJournal(file: string, choice: ExportChoice): Generator<Buffer> {
  const { epoch, from, to } = choice;
  const journal = new JournalReading(file);
  try {
    const isAll = epoch === undefined && from === undefined && to === undefined;
    for (const each of isAll ? journal.epochs : [journal.epoch(epoch)])
      yield* exportedEpoch(journal, each, { from: from ?? 1, to: to ?? each.entries });
  } finally {
    journal.close();
  }
}

function* exportedEpoch(
  journal: JournalReading,
  epoch: StoredEpoch,
  { from, to }: { from: number; to: number },
): Generator<Buffer> {
  if (from > to || to > epoch.entries)
    throw new JournalRefused(
      `there are no entries ${from} to ${to} in epoch ${epoch.epoch}`,
      `its entries are 1 to ${epoch.entries}`,
    );
  if (from > 1) yield partLine(journal, epoch, from);
  for (const page of journal.pages(epoch, from, to))
    yield Buffer.concat(page.flatMap((entry) => [lineOf(entry, epoch.epoch), newLine]));
}

const newLine = Buffer.from('\n');

function lineOf(entry: StoredEntry, epoch: string): Buffer {
  const { sequence, bytes, hash, leaf, byEpoch, bySequence } = entry;
  if (bytes.length > 0) return bytes;
  return Buffer.from(
    JSON.stringify({
      kakouPruned: 1,
      sequence: sequenceText(sequence),
      epoch,
      hash,
      ...(leaf !== null && { leaf }),
      ...(byEpoch !== null && { by: `${byEpoch}/${bySequence}` }),
    }),
  );
}

/** What a verifier needs of the entries before the part: where chain and tree stand. */
function partLine(journal: JournalReading, epoch: StoredEpoch, from: number): Buffer {
  let frontier = emptyFrontier;
  let previous = noPreviousHash;
  for (const page of journal.pages(epoch, 1, from - 1)) {
    for (const entry of page) {
      frontier = appendLeaf(frontier, leafHashOf(entry), sha256);
      previous = entry.hash;
    }
  }
  const roots = frontier.roots.map((root) => Buffer.from(root).toString('hex'));
  const line = { kakouPart: 1, epoch: epoch.epoch, from, previous, roots };
  return Buffer.from(`${JSON.stringify(line)}\n`);
}

export function leafHashOf({ bytes, leaf }: StoredEntry): Uint8Array {
  return bytes.length > 0 ? leafOf(bytes) : Buffer.from(leaf ?? '', 'hex');
}
