/**
 * Proofs out of a ledger that anybody can check who has the gate's verifier key, with nothing else of the log: that
 * entries are in the tree of a signed checkpoint, and that an older checkpoint's log is the beginning of a newer one's.
 */
import {
  consistencyRanges,
  inclusionRanges,
  type LeafRange,
  rootOfNodes,
} from '../../core/journal/merkle.ts';
import { base64, sha256 } from './journal-bytes.ts';
import { leafHashOf } from './journal-export.ts';
import {
  entriesAtOnce,
  JournalReading,
  JournalRefused,
  prunedText,
  type StoredEpoch,
} from './journal-reading.ts';

export interface ProvenCheckpoint {
  readonly sequence: number;
  readonly note: string;
}

/** How the key that signed is tied to the first of its epoch. */
export interface ProofAnchor {
  /** Text of the epoch's first entry, which names the first key. */
  readonly first: string;
  /** Texts of the entries that put another key in place, up to the checkpoint. */
  readonly rotations: readonly string[];
}

interface ProofHead {
  readonly format: 'kakou-proof-1';
  /** Verifier key by which the newest note in the proof is signed. */
  readonly key: string;
  readonly anchor: ProofAnchor;
}

export interface InclusionProof extends ProofHead {
  readonly kind: 'inclusion';
  readonly checkpoint: ProvenCheckpoint;
  readonly entries: readonly {
    readonly sequence: number;
    readonly entry: string;
    /** Base64, nearest sibling first. */
    readonly path: readonly string[];
  }[];
}

export interface ConsistencyProof extends ProofHead {
  readonly kind: 'consistency';
  readonly older: ProvenCheckpoint;
  readonly newer: ProvenCheckpoint;
  readonly path: readonly string[];
}

export type Wanted = { readonly entry: number } | { readonly passage: string };

export interface ProofChoice {
  readonly epoch?: string;
  /** Sequence of a checkpoint's entry; the newest where left out. */
  readonly checkpoint?: number;
}

/** Throws a `StoreError` or `JournalRefused`. */
export function proveEntries(file: string, wanted: Wanted, choice: ProofChoice): InclusionProof {
  return onLog(file, choice.epoch, (log) => {
    const checkpoint = choice.checkpoint ?? log.newestCheckpoint();
    const note = log.noteOf(checkpoint);
    const found = 'entry' in wanted ? [wanted.entry] : log.ofPassage(wanted.passage, checkpoint);
    const late = found.find((sequence) => sequence >= checkpoint);
    if (late !== undefined)
      throw new JournalRefused(
        `checkpoint ${checkpoint} does not cover entry ${late}`,
        'name a later checkpoint, or wait a minute for the next',
      );
    const entries = found.map((sequence) => ({
      sequence,
      entry: log.textOf(sequence),
      path: log.rootsOf(inclusionRanges(sequence - 1, checkpoint - 1), checkpoint - 1),
    }));
    const kind = 'inclusion';
    return { ...log.headAt(checkpoint), kind, checkpoint: { sequence: checkpoint, note }, entries };
  });
}

/** `older` and `newer` are sequences of checkpoint entries. Throws a `StoreError` or `JournalRefused`. */
export function proveConsistency(
  file: string,
  { older, newer, epoch }: { older: number; newer: number; epoch?: string },
): ConsistencyProof {
  return onLog(file, epoch, (log) => {
    if (older > newer)
      throw new JournalRefused(
        `checkpoint ${older} is newer than ${newer}`,
        'name the older first',
      );
    return {
      ...log.headAt(newer),
      kind: 'consistency',
      older: { sequence: older, note: log.noteOf(older) },
      newer: { sequence: newer, note: log.noteOf(newer) },
      path: log.rootsOf(consistencyRanges(older - 1, newer - 1), newer - 1),
    };
  });
}

function onLog<T>(file: string, epoch: string | undefined, work: (log: ProvenLog) => T): T {
  const journal = new JournalReading(file);
  try {
    return work(new ProvenLog(journal, journal.epoch(epoch)));
  } finally {
    journal.close();
  }
}

const typeOf = (suffix: string) => `"type":"cn.kakou.${suffix}"`;

class ProvenLog {
  readonly #journal: JournalReading;
  readonly #epoch: StoredEpoch;
  /** Roots of the subtrees of 256 entries each, the last one's of what it has: a proof of millions fits into memory. */
  readonly #chunks: Uint8Array[] = [];

  constructor(journal: JournalReading, epoch: StoredEpoch) {
    this.#journal = journal;
    this.#epoch = epoch;
  }

  textOf(sequence: number): string {
    const entry = this.#journal.entry(this.#epoch, sequence);
    if (entry.bytes.length > 0) return entry.bytes.toString('utf8');
    throw new JournalRefused(prunedText(entry), 'the centre may still have it');
  }

  noteOf(sequence: number): string {
    const { type, data } = JSON.parse(this.textOf(sequence)) as {
      type: string;
      data: { note?: string };
    };
    if (type === 'cn.kakou.checkpoint.v1' && data.note !== undefined) return data.note;
    throw new JournalRefused(
      `entry ${sequence} is no checkpoint`,
      `name the entry of one: ${this.#checkpointsNear(sequence).join(' or ')}`,
    );
  }

  #checkpointsNear(sequence: number): readonly number[] {
    const from = Math.max(1, sequence - entriesAtOnce);
    const to = Math.min(this.#epoch.entries, sequence + entriesAtOnce);
    const all = this.#sequencesWith(typeOf('checkpoint.v1'), from, to);
    const before = all.findLast((each) => each < sequence);
    const after = all.find((each) => each > sequence);
    return [before, after].filter((each) => each !== undefined);
  }

  newestCheckpoint(): number {
    const { entries } = this.#epoch;
    for (let to = entries; to > 0; to -= entriesAtOnce) {
      const from = Math.max(1, to - entriesAtOnce + 1);
      const last = this.#sequencesWith(typeOf('checkpoint.v1'), from, to).at(-1);
      if (last !== undefined) return last;
    }
    throw new JournalRefused('the log has no checkpoint yet', 'wait a minute for the first');
  }

  /** Entries about the passage itself, and those of others that name it. */
  ofPassage(passage: string, before: number): readonly number[] {
    const found = this.#sequencesWith(JSON.stringify(passage), 1, before - 1).filter((sequence) => {
      const { subject, data } = JSON.parse(this.textOf(sequence)) as {
        subject: string;
        data: { passageId?: string };
      };
      return subject === passage || data.passageId === passage;
    });
    if (found.length > 0) return found;
    const gone = this.#prunedBefore(before);
    throw new JournalRefused(
      `no entry of passage ${passage} is under checkpoint ${before}`,
      gone > 0
        ? `${gone} entries before it were pruned: the centre may still have those of this passage`
        : 'give the id of a passage that this gate has recorded, and a checkpoint behind it',
    );
  }

  #prunedBefore(sequence: number): number {
    let count = 0;
    for (const page of this.#journal.pages(this.#epoch, 1, sequence - 1))
      count += page.filter(({ bytes }) => bytes.length === 0).length;
    return count;
  }

  #sequencesWith(text: string, from: number, to: number): readonly number[] {
    const found: number[] = [];
    for (const page of this.#journal.pages(this.#epoch, from, to)) {
      for (const { bytes, sequence } of page) if (bytes.includes(text)) found.push(sequence);
    }
    return found;
  }

  headAt(checkpoint: number): ProofHead {
    const first = this.textOf(1);
    const rotations = this.#sequencesWith(typeOf('key.rotated.v1'), 1, checkpoint).map((each) =>
      this.textOf(each),
    );
    const { data } = JSON.parse(rotations.at(-1) ?? first) as { data: { verifierKey?: string } };
    return { format: 'kakou-proof-1', key: data.verifierKey ?? '', anchor: { first, rotations } };
  }

  /** Base64. `size`: of the tree that the ranges belong to. */
  rootsOf(ranges: readonly LeafRange[], size: number): readonly string[] {
    this.#readChunks(size);
    return ranges.map((range) => base64(this.#rootOf(range, size)));
  }

  #readChunks(size: number): void {
    if (this.#chunks.length > 0) return;
    for (const page of this.#journal.pages(this.#epoch, 1, size))
      this.#chunks.push(rootOfNodes(page.map(leafHashOf), sha256));
  }

  /** A range of a tree begins where a full subtree of its size would, or lies within one of 256 entries. */
  #rootOf({ from, to }: LeafRange, size: number): Uint8Array {
    if (to - from >= entriesAtOnce || (to === size && from % entriesAtOnce === 0))
      return rootOfNodes(
        this.#chunks.slice(from / entriesAtOnce, Math.ceil(to / entriesAtOnce)),
        sha256,
      );
    const [page = []] = this.#journal.pages(this.#epoch, from + 1, to);
    return rootOfNodes(page.map(leafHashOf), sha256);
  }
}
