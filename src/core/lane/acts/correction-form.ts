/** Whether what a person has typed can be a plate and container numbers at all. Whether it is right, the checks say. */
import type { ReasonEvidence } from '../../decision/check.ts';
import type { Correction } from '../../decision/corrected.ts';
import { parseContainerNumber } from '../../identifiers/container-number.ts';
import { parsePlate } from '../../identifiers/vehicle-plate.ts';

/** Boxes that a truck can bear. */
const boxesMax = 2;

interface Mistake {
  readonly code: string;
  readonly evidence?: ReasonEvidence;
}

export function correctionMistake(correction: Omit<Correction, 'by'>): Mistake | undefined {
  const { plate, trailer, containers } = correction;
  if (plate === undefined && trailer === undefined && containers === undefined) {
    return { code: 'act-nothing-corrected' };
  }
  if (plate !== undefined && !isPlate(plate, false)) {
    return { code: 'act-plate-malformed', evidence: { text: plate } };
  }
  if (typeof trailer === 'string' && !isPlate(trailer, true)) {
    return { code: 'act-plate-malformed', evidence: { text: trailer } };
  }
  return containers && containersMistake(containers);
}

function isPlate(text: string, ofTrailer: boolean): boolean {
  const parsed = parsePlate(text);
  return parsed.kind === 'plate' && parsed.candidates.includes('trailer') === ofTrailer;
}

function containersMistake(containers: NonNullable<Correction['containers']>): Mistake | undefined {
  const malformed = containers.find(
    ({ number }) => parseContainerNumber(number).kind === 'malformed',
  );
  if (malformed) return { code: 'act-container-malformed', evidence: { text: malformed.number } };
  const places = new Set(containers.map(({ position }) => position));
  const numbers = new Set(containers.map(({ number }) => number));
  const isPossible =
    containers.length <= boxesMax &&
    places.size === containers.length &&
    numbers.size === containers.length;
  return isPossible ? undefined : { code: 'act-containers-impossible' };
}
