/**
 * Plays the customs platform: writes the canonical feed as files, each under another name first and renamed
 * when it is whole, with a gap-free sequence and a watermark at the end.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FeedRecord } from './traffic.ts';

/** `asOf` is the time of its file where it has none of its own. */
export type WrittenRecord = Omit<FeedRecord, 'body'> & {
  readonly asOf?: string;
  readonly body?: FeedRecord['body'];
};

export class FeedWriter {
  readonly #directory: string;
  readonly #source: string;
  #sequence = 0;
  #file = 0;

  constructor(directory: string, source: string) {
    this.#directory = directory;
    this.#source = source;
    mkdirSync(directory, { recursive: true });
  }

  /** Drops one file. Without records it only moves the watermark: "nothing new, and nothing is missing". */
  drop(mode: 'snapshot' | 'delta', records: readonly WrittenRecord[], now = new Date()): string {
    const at = now.toISOString();
    const lines: unknown[] = [{ kakouFeed: 1, source: this.#source, mode }];
    for (const record of records) {
      this.#sequence += 1;
      lines.push({ sequence: this.#sequence, asOf: at, ...record });
    }
    lines.push({ watermark: { through: this.#sequence, at }, records: records.length });
    this.#file += 1;
    const name = `${this.#source}-${String(this.#file).padStart(6, '0')}-${mode}.ndjson`;
    const partial = join(this.#directory, `.${name}.part`);
    writeFileSync(partial, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`);
    const path = join(this.#directory, name);
    renameSync(partial, path);
    return path;
  }
}
