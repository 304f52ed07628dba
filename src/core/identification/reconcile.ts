/**
 * What was read, set beside what is expected. A misread plate or container number is repaired only where the policy
 * allows it, exactly one expected value is near, and a second witness that is not this reading supports it: for a
 * box another device, for a plate the tag of the same vehicle. Everything that was read stays beside the repair.
 */
import type { Direction, GatheredFacts } from '../facts.ts';
import { normaliseContainerText } from '../identifiers/container-number.ts';
import { proposeContainerNumbers, repairContainer } from '../identifiers/container-repair.ts';
import { nearestPlate } from '../identifiers/plate-repair.ts';
import { normalisePlateText } from '../identifiers/vehicle-plate.ts';
import {
  type Identification,
  type IdentifiedContainer,
  type IdentifiedPlate,
  platesOf,
  provenTags,
} from './identify.ts';

/** What a policy lets be repaired; nothing where it does not say. */
export interface RepairPolicy {
  readonly plates: boolean;
  readonly containers: boolean;
}

/** Numbers that facts must be gathered for: those read, and those that a misread one may turn out to be. */
export function numbersInQuestion(
  { containers }: Pick<Identification, 'containers'>,
  repair: RepairPolicy | undefined,
) {
  const numbers = containers.flatMap(({ number, readings = [] }) => {
    if (number !== undefined) return [number];
    if (!repair?.containers || readings.length < 2) return [];
    return readings.flatMap(({ raw }) => proposeContainerNumbers(raw).map((p) => p.number));
  });
  return [...new Set(numbers)];
}

export function reconcile(
  identification: Identification,
  facts: GatheredFacts,
  {
    direction,
    repair,
  }: { readonly direction: Direction; readonly repair: RepairPolicy | undefined },
): Identification {
  if (!repair) return identification;
  const named = repair.plates ? withPlate(identification, facts, direction) : identification;
  if (!repair.containers || named.containers.every((box) => !box.readings)) return named;
  const expected = expectedContainers(named, facts, direction);
  return { ...named, containers: named.containers.map((box) => repaired(box, expected)) };
}

/** Boxes that are planned for this truck. A box that is planned for nobody in particular is expected of nobody. */
function expectedContainers(
  identification: Identification,
  facts: GatheredFacts,
  direction: Direction,
): readonly string[] {
  const plates: readonly string[] = platesOf(identification);
  const planned = facts.transactions.filter(
    (t) =>
      t.direction === direction &&
      t.plate !== undefined &&
      plates.includes(normalisePlateText(t.plate)),
  );
  return planned.flatMap((t) => t.containers.map(normaliseContainerText));
}

function repaired(box: IdentifiedContainer, expected: readonly string[]): IdentifiedContainer {
  const repair = box.readings && repairContainer(box.readings, expected);
  if (!repair) return box;
  const { fault: _, ...rest } = box;
  return { ...rest, number: repair.number, repair };
}

/** The plate of the one vehicle whose tag was read and that is expected now, where the reading is next to it. */
function withPlate(
  identification: Identification,
  facts: GatheredFacts,
  direction: Direction,
): Identification {
  const { tractor, unreadablePlates, conflicts } = identification;
  const tags = provenTags(identification);
  const tagged = facts.vehicles.filter((v) =>
    v.tags.some((t) => tags.some((tag) => tag === t.toUpperCase())),
  );
  const [vehicle, ...others] = tagged;
  if (!vehicle || others.length > 0 || conflicts.some(({ kind }) => kind === 'plates')) {
    return identification;
  }
  const registered = vehicle.plates.map(normalisePlateText);
  // What somebody has registered was read as it is: then the tag is on the wrong truck.
  const isRegistered = facts.vehicles.some((v) =>
    v.plates.some((p) => normalisePlateText(p) === tractor?.text),
  );
  if (isRegistered) return identification;
  const isExpected = (plate: string) =>
    facts.transactions.some(
      (t) =>
        t.direction === direction && t.plate !== undefined && normalisePlateText(t.plate) === plate,
    );
  const text = tractor?.text ?? (unreadablePlates.length === 1 ? unreadablePlates[0] : undefined);
  const meant = text === undefined ? undefined : nearestPlate(text, registered.filter(isExpected));
  if (text === undefined || meant === undefined) return identification;
  const plate: IdentifiedPlate = {
    ...(tractor ?? { raw: text, deviceIds: [] }),
    text: meant,
    repairedFrom: text,
  };
  return { ...identification, tractor: plate };
}
