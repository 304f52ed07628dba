/**
 * RFC 6962 Merkle tree over the bytes of the entries, kept as its frontier: the roots of the full subtrees,
 * largest first. Appending is cheap and needs no earlier entry; the digest is handed in.
 */
export type Digest = (parts: readonly Uint8Array[]) => Uint8Array;

export interface Frontier {
  readonly size: number;
  readonly roots: readonly Uint8Array[];
}

export const emptyFrontier: Frontier = { size: 0, roots: [] };

const leafPrefix = Uint8Array.of(0);
const nodePrefix = Uint8Array.of(1);

export function leafHash(entry: Uint8Array, digest: Digest): Uint8Array {
  return digest([leafPrefix, entry]);
}

function nodeHash(left: Uint8Array, right: Uint8Array, digest: Digest): Uint8Array {
  return digest([nodePrefix, left, right]);
}

export function appendLeaf(frontier: Frontier, leaf: Uint8Array, digest: Digest): Frontier {
  const roots = [...frontier.roots];
  let node = leaf;
  // Each trailing one bit of the size is a full subtree as large as the one that was just completed.
  for (let size = frontier.size; size % 2 === 1; size = Math.floor(size / 2)) {
    const left = roots.pop();
    if (!left) throw new RangeError('the frontier does not fit its size');
    node = nodeHash(left, node, digest);
  }
  return { size: frontier.size + 1, roots: [...roots, node] };
}

/** Root of the tree; of the empty tree, the digest of nothing. */
export function rootOf(frontier: Frontier, digest: Digest): Uint8Array {
  const [last, ...rest] = frontier.roots.toReversed();
  if (!last) return digest([]);
  return rest.reduce((right, left) => nodeHash(left, right, digest), last);
}

/** Largest power of two below `size`. */
function split(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

/** Leaves of a tree by their index, from 0: `from` is in it, `to` is not. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/**
 * The subtrees whose roots are the audit path of leaf `index` in a tree of `size`, nearest sibling first. So a proof needs
 * no tree in memory: only the roots of these ranges.
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  const walk = (from: number, to: number): readonly LeafRange[] => {
    if (to - from <= 1) return [];
    const middle = from + split(to - from);
    return index < middle
      ? [...walk(from, middle), { from: middle, to }]
      : [...walk(middle, to), { from, to: middle }];
  };
  return walk(0, size);
}

/** The subtrees whose roots prove that the tree of the first `older` leaves is the beginning of that of `newer`. */
export function consistencyRanges(older: number, newer: number): readonly LeafRange[] {
  const walk = (from: number, to: number, isWhole: boolean): readonly LeafRange[] => {
    if (older === to) return isWhole ? [] : [{ from, to }];
    const middle = from + split(to - from);
    return older <= middle
      ? [...walk(from, middle, isWhole), { from: middle, to }]
      : [...walk(middle, to, false), { from, to: middle }];
  };
  return older === 0 ? [] : walk(0, newer, true);
}

/** Root of the tree over these nodes: leaf hashes, or roots of full subtrees of one size but for the last. */
export function rootOfNodes(nodes: readonly Uint8Array[], digest: Digest): Uint8Array {
  return rootOf(
    nodes.reduce((frontier, node) => appendLeaf(frontier, node, digest), emptyFrontier),
    digest,
  );
}
