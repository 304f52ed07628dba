/**
 * What a person has seen on a truck takes the place of what was read of it. The readings stay in the inputs of the
 * decision: holds on them still count, so that nobody corrects a held box into a free one.
 */
import { bind } from '../binding/bind.ts';
import { type ClearanceOptions, clear } from '../clearance/clear.ts';
import type { GatheredFacts } from '../facts.ts';
import {
  type Identification,
  type IdentifiedContainer,
  type IdentifiedPlate,
  type IdentityConflict,
  platesOf,
} from '../identification/identify.ts';
import { parseContainerNumber } from '../identifiers/container-number.ts';
import { normalisePlateText, parsePlate, plateJurisdiction } from '../identifiers/vehicle-plate.ts';
import type { Person } from '../persons/roles.ts';

/** An act of a person: one touch, one id, whatever the network does with it. */
export interface ActBy extends Person {
  readonly actId: string;
}

/** A member that is left out stays as it was read. */
export interface Correction {
  readonly by: ActBy;
  readonly plate?: string;
  /** `null`: there is no trailer. */
  readonly trailer?: string | null;
  /** All of them; empty: the person saw that there is none. */
  readonly containers?: readonly {
    readonly position: IdentifiedContainer['position'];
    readonly number: string;
  }[];
}

/** What a person sees is certain; whose word it is stands with the act. */
const seen = { confidence: 1, deviceIds: [] };

export function corrected(
  read: Identification,
  correction: Correction | undefined,
): Identification {
  if (!correction) return read;
  const { plate, trailer, containers } = correction;
  const withPlates = plate === undefined ? read : withPlate(read, plate);
  const withTrailer = trailer === undefined ? withPlates : withTrailerOf(withPlates, trailer);
  return containers === undefined ? withTrailer : withContainers(withTrailer, containers);
}

function withPlate(read: Identification, text: string): Identification {
  const tractor = plateOf(text, read.tractor?.raw);
  if (!tractor) return read;
  return {
    ...read,
    tractor,
    otherPlates: read.otherPlates.filter((each) => each.text !== tractor.text),
    conflicts: read.conflicts.filter(({ kind }) => kind !== 'plates'),
  };
}

function withTrailerOf(read: Identification, text: string | null): Identification {
  const { trailer: before, ...rest } = read;
  const trailer = text === null ? undefined : plateOf(text, before?.raw);
  return { ...rest, ...(trailer && { trailer }) };
}

function plateOf(text: string, rawBefore: string | undefined): IdentifiedPlate | undefined {
  const parsed = parsePlate(text);
  if (parsed.kind === 'malformed') return undefined;
  const jurisdiction = plateJurisdiction(parsed.candidates, {});
  return {
    text: parsed.text,
    raw: rawBefore ?? text,
    ...(jurisdiction && { jurisdiction }),
    ...seen,
  };
}

function withContainers(
  read: Identification,
  containers: NonNullable<Correction['containers']>,
): Identification {
  return {
    ...read,
    containerCapture: 'captured',
    containers: containers.map(({ position, number }) => {
      const before = read.containers.find((box) => box.position === position);
      const parsed = parseContainerNumber(number);
      const { confidence } = seen;
      const common = { position, raw: before?.raw ?? number, confidence };
      return parsed.kind === 'valid'
        ? { ...common, number: parsed.number }
        : { ...common, fault: parsed.kind };
    }),
    conflicts: read.conflicts.filter(({ kind }) => kind !== 'containers'),
  };
}

/** With every number and plate that readings contradicted each other about: one of them may be the right one. */
export function inQuestion(read: Identification): Identification {
  const texts = (kind: IdentityConflict['kind']) =>
    read.conflicts.flatMap((conflict) => (conflict.kind === kind ? conflict.texts : []));
  const boxes: readonly string[] = read.containers.flatMap(({ number }) => number ?? []);
  const plates: readonly string[] = platesOf(read);
  const otherPlates = texts('plates').filter((text) => !plates.includes(text));
  const containers = texts('containers').filter((text) => !boxes.includes(text));
  return {
    ...read,
    otherPlates: [...read.otherPlates, ...otherPlates.flatMap((text) => plateOf(text, text) ?? [])],
    containers: [
      ...read.containers,
      ...containers.flatMap((raw): readonly IdentifiedContainer[] => {
        const parsed = parseContainerNumber(raw);
        return parsed.kind === 'valid' ? [{ position: 'unknown', raw, number: parsed.number }] : [];
      }),
    ],
  };
}

/**
 * Boxes and plates that were read, are not there any more by the correction, and are held: by themselves or by a
 * document that names them; and boxes that a hold which nobody could read may mean.
 */
export function heldAsRead(
  read: Identification,
  after: Identification,
  facts: GatheredFacts,
  options: ClearanceOptions,
): readonly string[] {
  const before = bind(inQuestion(read), facts, options.direction);
  const { boxes, vehicleHolds } = clear(before, facts, options);
  const boxesAfter: readonly string[] = after.containers.flatMap(({ number }) => number ?? []);
  const { rigPlates } = bind(after, facts, options.direction);
  return [
    ...boxes
      .filter(({ holds, taints }) => holds.length + taints.length > 0)
      .filter(({ container }) => !boxesAfter.includes(container))
      .map(({ container }) => container),
    ...vehicleHolds.flatMap(({ subject }) =>
      subject.kind === 'vehicle' && !rigPlates.includes(normalisePlateText(subject.plate))
        ? [subject.plate]
        : [],
    ),
  ];
}
