/** Hashes, texts and times of the journal as Node makes them, for a core that makes none. */
import { createHash } from 'node:crypto';
import type { TextMeasures } from '../../core/journal/entry.ts';
import { appendLeaf, emptyFrontier, type Frontier, leafHash } from '../../core/journal/merkle.ts';

export const sha256 = (parts: readonly Uint8Array[]): Uint8Array => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
export const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
/** Entries of one change share their moment. */
const moment = { ms: 0, text: new Date(0).toISOString() };
export const rfc3339 = (ms: number) => {
  if (moment.ms !== ms) {
    moment.text = new Date(ms).toISOString();
    moment.ms = ms;
  }
  return moment.text;
};
export const measures: TextMeasures = {
  rfc3339,
  byteLength: (text) => Buffer.byteLength(text, 'utf8'),
};

export function frontierText(frontier: Frontier): string {
  return frontier.roots.map((root) => Buffer.from(root).toString('hex')).join(' ');
}

export function frontierOf(tree: { size: number; frontier: string } | undefined): Frontier {
  if (!tree || tree.frontier === '') return emptyFrontier;
  return {
    size: tree.size,
    roots: tree.frontier.split(' ').map((hex) => Buffer.from(hex, 'hex')),
  };
}

/** Leaf hash of an entry's text, or of its bytes. */
export function leafOf(entry: string | Uint8Array): Uint8Array {
  return leafHash(typeof entry === 'string' ? Buffer.from(entry, 'utf8') : entry, sha256);
}

/** Leaves read at a time when a tree is brought up to the newest entry. */
const leavesAtOnce = 500;

/** The tree with the entries up to `size`, which are read from behind those that are in it. */
export function grown(
  frontier: Frontier,
  size: number,
  entriesAfter: (size: number, limit: number) => readonly { readonly entry: string }[],
): Frontier {
  let tree = frontier;
  while (tree.size < size) {
    for (const { entry } of entriesAfter(tree.size, leavesAtOnce))
      tree = appendLeaf(tree, leafOf(entry), sha256);
  }
  return tree;
}
