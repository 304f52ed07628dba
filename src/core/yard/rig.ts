/** What crossed a line, as far as it was read: it stays with the crossing, and later evidence is compared with it. */
import type { TransactionType } from '../fact-head.ts';
import { type Identification, platesOf } from '../identification/identify.ts';

export interface Rig {
  /** That the truck is known by; absent where none was read. */
  readonly plate?: string;
  readonly otherPlates: readonly string[];
  readonly trailer?: string;
  readonly tags: readonly string[];
  readonly containers: readonly string[];
  /** A camera looked for boxes. Without it a box that is not named may be there all the same. */
  readonly boxesLookedFor: boolean;
  readonly transactionTypes: readonly TransactionType[];
}

export const nothingRead: Rig = {
  otherPlates: [],
  tags: [],
  containers: [],
  boxesLookedFor: false,
  transactionTypes: [],
};

export function rigOf(
  identification: Identification,
  transactionTypes: readonly TransactionType[] = [],
): Rig {
  const { tractor, trailer, tags, containers, containerCapture } = identification;
  return {
    ...(tractor && { plate: tractor.text }),
    otherPlates: platesOf(identification).filter((plate) => plate !== tractor?.text),
    ...(trailer && { trailer: trailer.text }),
    tags,
    containers: containers.flatMap(({ number }) => (number === undefined ? [] : [number])),
    boxesLookedFor: containerCapture !== 'none',
    transactionTypes,
  };
}

export function isAnonymous({ plate, trailer, tags, containers }: Rig): boolean {
  return plate === undefined && trailer === undefined && tags.length + containers.length === 0;
}

/** Without trailer and box, and that was proven before it was let through. */
export function isBobtail({ transactionTypes }: Rig): boolean {
  return transactionTypes.includes('bobtail');
}

export function isTransfer({ transactionTypes }: Rig): boolean {
  return transactionTypes.includes('importTransfer') || transactionTypes.includes('exportTransfer');
}

/** What of a crossing points at a rig that is inside; undefined for nothing. One wrong character of a plate still does. */
export function likeness(crossing: Rig, inside: Rig): string | undefined {
  const box = crossing.containers.find((each) => inside.containers.includes(each));
  if (box !== undefined) return `container ${box}`;
  if (crossing.trailer !== undefined && crossing.trailer === inside.trailer) {
    return `trailer ${crossing.trailer}`;
  }
  const tag = crossing.tags.find((each) => inside.tags.includes(each));
  if (tag !== undefined) return `tag ${tag}`;
  const own = [inside.plate, ...inside.otherPlates].filter((text) => text !== undefined);
  const read = [crossing.plate, ...crossing.otherPlates].filter((text) => text !== undefined);
  const near = read.find((text) => own.some((other) => distance(text, other) <= 1));
  return near === undefined ? undefined : `plate ${near}`;
}

/** Places in which two plates of the same length differ; of others more than any plate is long. */
function distance(a: string, b: string): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  return [...a].filter((character, at) => character !== b[at]).length;
}
