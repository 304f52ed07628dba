/**
 * What a log says about itself under a signature, beside its checkpoints: that another key takes over, that an epoch
 * follows another, that bodies of entries are gone. Each is a signed note (C2SP signed-note) whose second line is a word,
 * where a checkpoint has a number, so that none can be taken for another.
 */
import { type CheckpointSigner, signedNote } from './checkpoint.ts';

type Base64 = (bytes: Uint8Array) => string;

/** A place in a log: the epoch, how many entries it has, and the hash of the last, hexadecimal. */
export interface KnownHead {
  readonly epoch: string;
  readonly entries: number;
  readonly head: string;
}

export interface Rotation {
  /** Name of the log, and of both keys. */
  readonly origin: string;
  /** Of the entry that tells of it. */
  readonly sequence: number;
  readonly from: CheckpointSigner;
  readonly to: CheckpointSigner;
}

/** Data of `key.rotated.v1`: the new key proves that it is there, and the old one signs for it. */
export function rotationData({ origin, sequence, from, to }: Rotation, base64: Base64) {
  const verifierKey = to.verifierKey(origin);
  const previousKey = from.verifierKey(origin);
  const place = `${sequence}\n${previousKey}\n${verifierKey}`;
  const possession = base64(to.sign(`${origin}\nkey-possession\n${place}\n`));
  const text = `${origin}\nkey-rotation\n${sequence}\n${verifierKey}\n${possession}\n`;
  return { verifierKey, previousKey, note: signedNote(text, origin, from, base64) };
}

export interface EpochStart {
  readonly origin: string;
  readonly verifierKey: string;
  /** What the ledger that was put back ends with. */
  readonly previous: KnownHead;
  /** Where somebody knows of entries behind that. */
  readonly lastKnown?: KnownHead;
}

/** The note of an epoch that follows another: signed under the name, and by the key, of the one before. */
export function epochNote(
  { origin, verifierKey, previous, lastKnown }: EpochStart,
  by: { readonly name: string; readonly signer: CheckpointSigner },
  base64: Base64,
): string {
  const known = lastKnown ? headLine(lastKnown) : '-';
  const text = `${origin}\nepoch-start\nrestored\n${headLine(previous)}\n${known}\n${verifierKey}\n`;
  return signedNote(text, by.name, by.signer, base64);
}

const headLine = ({ epoch, entries, head }: KnownHead) => `${epoch} ${entries} ${head}`;

/** Bodies of one epoch that are gone, told once for some hundred of them. */
export interface PruneStatement {
  readonly epoch: string;
  /** `2-15,17-270`, rising. */
  readonly ranges: string;
  readonly count: number;
  /** Base64 of SHA-256 over entry hash ‖ leaf hash of each, in order. */
  readonly digest: string;
}

/** The note of a prune entry; `origin` and `sequence` are those of that entry. */
export function pruneNote(
  { epoch, ranges, count, digest }: PruneStatement,
  by: { readonly origin: string; readonly sequence: number; readonly signer: CheckpointSigner },
  base64: Base64,
): string {
  const { origin, sequence, signer } = by;
  const text = `${origin}\nprune\n${sequence}\n${epoch}\n${ranges}\n${count}\n${digest}\n`;
  return signedNote(text, origin, signer, base64);
}

/** `2-15,17-17` of rising numbers. */
export function rangesText(sequences: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const sequence of sequences) {
    const last = ranges.at(-1);
    if (last && last[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges.map(([from, through]) => `${from}-${through}`).join(',');
}
