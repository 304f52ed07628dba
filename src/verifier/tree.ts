/** RFC 6962 by its definition: perfect subtrees, merged as they fill; and its two proofs, checked from below. */
import { createHash } from 'node:crypto';

export function leafOf(entry: Buffer): Buffer {
  return createHash('sha256').update('\x00').update(entry).digest();
}

function join(left: Buffer, right: Buffer): Buffer {
  return createHash('sha256').update('\x01').update(left).update(right).digest();
}

export class Tree {
  #size = 0;
  readonly #levels: (Buffer | undefined)[] = [];

  /** The tree whose full subtrees have these roots, the largest first; undefined where they do not fit the size. */
  static of(size: number, roots: readonly Buffer[]): Tree | undefined {
    const tree = new Tree();
    const waiting = [...roots];
    for (let level = 52; level >= 0; level -= 1) {
      if (Math.floor(size / 2 ** level) % 2 === 0) continue;
      const root = waiting.shift();
      if (root?.length !== 32) return undefined;
      tree.#levels[level] = root;
    }
    tree.#size = size;
    return waiting.length === 0 ? tree : undefined;
  }

  get size(): number {
    return this.#size;
  }

  add(leaf: Buffer): void {
    let node = leaf;
    let level = 0;
    for (; this.#levels[level]; level += 1) {
      node = join(this.#levels[level] as Buffer, node);
      this.#levels[level] = undefined;
    }
    this.#levels[level] = node;
    this.#size += 1;
  }

  root(): Buffer {
    let root: Buffer | undefined;
    for (const node of this.#levels) {
      if (node) root = root ? join(node, root) : node;
    }
    return root ?? createHash('sha256').digest();
  }
}

const half = (n: number) => Math.floor(n / 2);
const isOdd = (n: number) => n % 2 === 1;

/** The root that follows from a leaf and its path (RFC 9162, 2.1.3.2); undefined where the path has another length. */
export function rootOfPath(
  leaf: Buffer,
  at: { readonly index: number; readonly size: number },
  path: readonly Buffer[],
): Buffer | undefined {
  if (at.index >= at.size) return undefined;
  let [own, last, root] = [at.index, at.size - 1, leaf];
  for (const sibling of path) {
    if (last === 0) return undefined;
    if (isOdd(own) || own === last) {
      root = join(sibling, root);
      while (!isOdd(own) && own !== 0) [own, last] = [half(own), half(last)];
    } else {
      root = join(root, sibling);
    }
    [own, last] = [half(own), half(last)];
  }
  return last === 0 ? root : undefined;
}

export interface KnownTree {
  readonly size: number;
  readonly root: Buffer;
}

/** Whether the older tree is the beginning of the newer one (RFC 9162, 2.1.4.2). */
export function isBeginning(older: KnownTree, newer: KnownTree, path: readonly Buffer[]): boolean {
  if (older.size === 0 || older.size > newer.size) return false;
  if (older.size === newer.size) return path.length === 0 && older.root.equals(newer.root);
  const isPower = Number.isInteger(Math.log2(older.size));
  const [first, ...rest] = isPower ? [older.root, ...path] : path;
  if (!first) return false;
  let [own, last] = [older.size - 1, newer.size - 1];
  while (isOdd(own)) [own, last] = [half(own), half(last)];
  let [before, after] = [first, first];
  for (const node of rest) {
    if (last === 0) return false;
    if (isOdd(own) || own === last) {
      before = join(node, before);
      after = join(node, after);
      while (!isOdd(own) && own !== 0) [own, last] = [half(own), half(last)];
    } else {
      after = join(after, node);
    }
    [own, last] = [half(own), half(last)];
  }
  return last === 0 && before.equals(older.root) && after.equals(newer.root);
}
