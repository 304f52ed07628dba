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

function rootOfLeaves(leaves: readonly Uint8Array[], digest: Digest): Uint8Array {
  const first = leaves[0];
  if (!first) return digest([]);
  if (leaves.length === 1) return first;
  const k = split(leaves.length);
  return nodeHash(
    rootOfLeaves(leaves.slice(0, k), digest),
    rootOfLeaves(leaves.slice(k), digest),
    digest,
  );
}

/** Audit path of leaf `index` in the tree over `leaves` (leaf hashes), nearest sibling first. */
export function inclusionProof(
  leaves: readonly Uint8Array[],
  index: number,
  digest: Digest,
): readonly Uint8Array[] {
  if (leaves.length <= 1) return [];
  const k = split(leaves.length);
  const [left, right] = [leaves.slice(0, k), leaves.slice(k)];
  return index < k
    ? [...inclusionProof(left, index, digest), rootOfLeaves(right, digest)]
    : [...inclusionProof(right, index - k, digest), rootOfLeaves(left, digest)];
}

/** Proof that the tree of the first `size` leaves is a prefix of the tree over `leaves`. */
export function consistencyProof(
  leaves: readonly Uint8Array[],
  size: number,
  digest: Digest,
): readonly Uint8Array[] {
  const walk = (part: readonly Uint8Array[], m: number, whole: boolean): readonly Uint8Array[] => {
    if (m === part.length) return whole ? [] : [rootOfLeaves(part, digest)];
    const k = split(part.length);
    const [left, right] = [part.slice(0, k), part.slice(k)];
    return m <= k
      ? [...walk(left, m, whole), rootOfLeaves(right, digest)]
      : [...walk(right, m - k, false), rootOfLeaves(left, digest)];
  };
  return size === 0 ? [] : walk(leaves, size, true);
}
