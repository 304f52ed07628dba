/** What pruning would take out of a ledger, read beside the daemon: it writes nothing. */
import { pruneReader } from './journal-pruning.ts';
import { readBeside } from './open-database.ts';

export interface PrunePreview {
  readonly entries: number;
  readonly bytes: number;
  readonly decisions: number;
  /** Old enough, and something open refers to them. */
  readonly kept: number;
  readonly first?: { readonly epoch: string; readonly sequence: number };
  readonly last?: { readonly epoch: string; readonly sequence: number };
  /** What further ones that are old enough wait for. */
  readonly waitsFor?: 'acknowledgement' | 'checkpoint';
}

/** `beforeMs`: recorded before, ms since 1970. Throws a `StoreError` where the ledger cannot be read. */
export function previewPruning(file: string, beforeMs: number): PrunePreview {
  return readBeside(file, (db) => {
    const reader = pruneReader(db);
    const through = new Map<string, number>();
    const told = { entries: 0, bytes: 0, decisions: 0, kept: 0 };
    let [first, last]: PrunePreview['first'][] = [];
    let kept = 0;
    for (;;) {
      const batch = reader.next(beforeMs, { through, kept });
      if (!('rows' in batch)) return { ...told, ...(first && last && { first, last }), ...batch };
      const { epoch, rows } = batch;
      through.set(epoch, batch.through);
      kept = batch.kept;
      told.entries += rows.length;
      told.decisions += batch.decisionIds.length;
      told.kept += batch.keep.length;
      for (const { entry, sequence } of rows) {
        told.bytes += Buffer.byteLength(entry);
        first ??= { epoch, sequence };
        last = { epoch, sequence };
      }
    }
  });
}
