/** A snapshot on its way into `feed.db`. Nobody reads it until it takes the place of what its source said before. */
import type { FeedRecord } from '../../interchange/feed/parse-line.ts';
import type { Application, FactTables } from './fact-tables.ts';

export interface QuarantinedLine {
  readonly source: string;
  readonly sequence?: number;
  readonly file: string;
  readonly lineNumber: number;
  readonly line: string;
  readonly reason: string;
  readonly taints: readonly string[];
}

/** "Complete up to this number"; without a time the source stays as old as it was. */
export interface Watermark {
  readonly through: number;
  readonly atMs?: number;
}

export class StagedSnapshot {
  readonly source: string;
  readonly #facts: FactTables;
  readonly #addLine: (line: QuarantinedLine, nowMs: number) => void;
  /** In one transaction all facts, taints and gaps of the source are those of the snapshot. */
  readonly swapIn: (mark: Watermark, nowMs: number) => void;
  /** Nothing of it has happened. */
  readonly abandon: () => void;
  /** Of the source once this has been swapped in. */
  revision: number;

  constructor(options: {
    readonly source: string;
    readonly facts: FactTables;
    readonly revision: number;
    readonly addLine: (line: QuarantinedLine, nowMs: number) => void;
    readonly swapIn: (mark: Watermark, nowMs: number) => void;
    readonly abandon: () => void;
  }) {
    this.source = options.source;
    this.#facts = options.facts;
    this.revision = options.revision;
    this.#addLine = options.addLine;
    this.swapIn = options.swapIn;
    this.abandon = options.abandon;
  }

  put(record: FeedRecord): Application {
    return this.#facts.put(record, () => {
      this.revision += 1;
      return this.revision;
    });
  }

  quarantine(line: QuarantinedLine, nowMs: number): void {
    this.#addLine(line, nowMs);
  }

  flush(): void {
    this.#facts.flush();
  }
}
