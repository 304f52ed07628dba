/** Transfer cargo that passes through the premises: what is recorded of it at either end, and which boxes are meant. */
import type { EntryRecord } from '../entry-record.ts';
import type { GatheredFacts } from '../facts.ts';
import type { Identification } from '../identification/identify.ts';
import { normaliseContainerText } from '../identifiers/container-number.ts';
import type { WeightOutcome } from '../weighing/weighing.ts';
import type { Binding } from './bind.ts';
import { statedSeals } from './stated-seals.ts';

/** Boxes of the work in this direction that passes transfer cargo through; undefined where none does. */
export function transitOf({
  transactions,
}: Pick<Binding, 'transactions'>): readonly string[] | undefined {
  const passing = transactions.filter(
    ({ move, transactionType }) =>
      move === 'passThrough' &&
      (transactionType === 'importTransfer' || transactionType === 'exportTransfer'),
  );
  if (passing.length === 0) return undefined;
  return [...new Set(passing.flatMap((t) => t.containers.map(normaliseContainerText)))];
}

/** A truck as it stands there. */
export interface RigAsRead {
  readonly identification: Identification;
  readonly binding: Binding;
  readonly facts: GatheredFacts;
  readonly weight: WeightOutcome;
}

export function recordOf({ identification, binding, facts, weight }: RigAsRead): EntryRecord {
  const { containerCapture, containers, trailer } = identification;
  const transit = transitOf(binding);
  const isSound = weight.kind === 'weighed' && (weight.findings ?? []).length === 0;
  return {
    ...(transit && { transit }),
    boxesRead:
      containerCapture === 'captured' && containers.every(({ number }) => number !== undefined),
    ...(trailer && { trailer: trailer.text }),
    ...(isSound && { grossKg: weight.weightKg }),
    seals: Object.fromEntries(
      binding.boxes.flatMap(({ container, consignments }) => {
        const sets = statedSeals(container, consignments, facts.stuffings);
        return sets.length === 0 ? [] : [[container, [...new Set(sets)].sort().join(' / ')]];
      }),
    ),
  };
}
