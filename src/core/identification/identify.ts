/**
 * Evidence fusion: from a passage's readings to who stands there, each value with its witnesses and every
 * contradiction stated. It settles nothing by guessing: two credible readings that differ are a conflict.
 */
import type { ContainerNumber } from '../identifiers/container-number.ts';
import { parseContainerNumber } from '../identifiers/container-number.ts';
import type { TagId } from '../identifiers/tag.ts';
import type { PlateColour, PlateText } from '../identifiers/vehicle-plate.ts';
import { parsePlate } from '../identifiers/vehicle-plate.ts';
import type { Confidence, ContainerSeen, ObservedAt, PlateRead } from '../observation.ts';
import type { Evidence } from './evidence.ts';

/** From which certainty a reading counts; policy data, each 0 to 1. */
export interface ConfidenceThresholds {
  /** A single source decides alone. */
  readonly alone: Confidence;
  /** A source counts as one witness. */
  readonly witness: Confidence;
}

export interface IdentifiedPlate {
  readonly text: PlateText;
  readonly colour?: PlateColour;
  /** Best certainty given by any camera; absent where none gave one. */
  readonly confidence?: Confidence;
  readonly deviceIds: readonly string[];
}

export interface IdentifiedContainer {
  readonly position: ContainerSeen['position'];
  readonly raw: string;
  /** Absent where the text is not a valid container number. */
  readonly number?: ContainerNumber;
  readonly fault?: 'empty' | 'malformed' | 'nonconforming';
  readonly confidence?: Confidence;
  readonly isoType?: string;
}

export type IdentityConflict =
  | { readonly kind: 'plates'; readonly texts: readonly string[] }
  | { readonly kind: 'containers'; readonly position: string; readonly texts: readonly string[] };

export interface Identification {
  readonly tractor?: IdentifiedPlate;
  readonly trailer?: IdentifiedPlate;
  /** Texts that were read and are no plate. */
  readonly unreadablePlates: readonly string[];
  readonly tags: readonly TagId[];
  /** `none`: no capture arrived; `captured` with no container is the camera's statement that there is none. */
  readonly containerCapture: 'none' | 'captured';
  readonly containers: readonly IdentifiedContainer[];
  readonly conflicts: readonly IdentityConflict[];
}

export function identify(evidence: Evidence, thresholds: ConfidenceThresholds): Identification {
  const plates = fusePlates(evidence.plates, thresholds);
  const containers = fuseContainers(evidence, thresholds);
  return {
    ...plates.named,
    unreadablePlates: plates.unreadable,
    tags: evidence.tags.map((seen) => seen.observation.tag),
    containerCapture: evidence.containers.length === 0 ? 'none' : 'captured',
    containers: containers.list,
    conflicts: [...plates.conflicts, ...containers.conflicts],
  };
}

/** Better first; a reading without a confidence stands behind every one that has it. */
function byConfidence(
  a: { readonly confidence?: number },
  b: { readonly confidence?: number },
): number {
  return (b.confidence ?? -1) - (a.confidence ?? -1);
}

function isCredible(
  reading: { readonly confidence?: number },
  thresholds: ConfidenceThresholds,
): boolean {
  return reading.confidence !== undefined && reading.confidence >= thresholds.witness;
}

interface ReadPlate extends IdentifiedPlate {
  readonly isTrailer: boolean;
}

function fusePlates(readings: readonly ObservedAt<PlateRead>[], thresholds: ConfidenceThresholds) {
  const byText = new Map<string, ReadPlate>();
  const unreadable: string[] = [];
  for (const seen of readings) {
    const parsed = parsePlate(seen.observation.raw);
    if (parsed.kind === 'malformed') {
      if (parsed.reason === 'unknownForm') unreadable.push(parsed.text);
      continue;
    }
    byText.set(
      parsed.text,
      merged(byText.get(parsed.text), parsed.text, seen, parsed.candidates.includes('trailer')),
    );
  }
  const read = [...byText.values()].sort(byConfidence);
  // Front and rear legitimately differ: a rig shows the tractor's plate in front and the trailer's behind.
  const tractors = read.filter((plate) => !plate.isTrailer);
  const trailers = read.filter((plate) => plate.isTrailer);
  const conflicts: IdentityConflict[] = [];
  for (const group of [tractors, trailers]) {
    const credible = group.filter((plate) => isCredible(plate, thresholds));
    if (credible.length > 1) conflicts.push({ kind: 'plates', texts: credible.map((p) => p.text) });
  }
  const tractor = tractors[0];
  const trailer = trailers[0];
  return {
    named: {
      ...(tractor && { tractor: withoutMark(tractor) }),
      ...(trailer && { trailer: withoutMark(trailer) }),
    },
    unreadable,
    conflicts,
  };
}

function merged(
  before: ReadPlate | undefined,
  text: PlateText,
  seen: ObservedAt<PlateRead>,
  isTrailer: boolean,
): ReadPlate {
  const given = [before?.confidence, seen.observation.confidence].filter((c) => c !== undefined);
  const colour = before?.colour ?? seen.observation.colour;
  return {
    text,
    isTrailer,
    ...(colour && { colour }),
    ...(given.length > 0 && { confidence: Math.max(...given) }),
    deviceIds: [...new Set([...(before?.deviceIds ?? []), seen.deviceId])],
  };
}

function withoutMark({ isTrailer: _, ...plate }: ReadPlate): IdentifiedPlate {
  return plate;
}

function fuseContainers(evidence: Evidence, thresholds: ConfidenceThresholds) {
  const byPosition = new Map<string, IdentifiedContainer[]>();
  for (const capture of evidence.containers) {
    capture.observation.containers.forEach((seen, index) => {
      // Boxes whose place the camera did not tell are kept apart by their order in the capture.
      const key = seen.position === 'unknown' ? `unknown-${index}` : seen.position;
      byPosition.set(key, [...(byPosition.get(key) ?? []), identifiedContainer(seen)]);
    });
  }
  const list: IdentifiedContainer[] = [];
  const conflicts: IdentityConflict[] = [];
  for (const [position, readings] of byPosition) {
    const valid = readings.filter((r) => r.number !== undefined).sort(byConfidence);
    const best = valid[0] ?? readings.at(-1);
    if (best) list.push(best);
    const credible = new Set(valid.filter((r) => isCredible(r, thresholds)).map((r) => r.raw));
    if (credible.size > 1) conflicts.push({ kind: 'containers', position, texts: [...credible] });
  }
  return { list, conflicts };
}

function identifiedContainer(seen: ContainerSeen): IdentifiedContainer {
  const parsed = parseContainerNumber(seen.raw);
  const common = {
    position: seen.position,
    ...(seen.confidence !== undefined && { confidence: seen.confidence }),
    ...(seen.isoType !== undefined && { isoType: seen.isoType }),
  };
  switch (parsed.kind) {
    case 'valid':
      return { ...common, raw: parsed.number, number: parsed.number };
    case 'nonconforming':
      return { ...common, raw: parsed.text, fault: 'nonconforming' };
    case 'malformed':
      return { ...common, raw: seen.raw, fault: parsed.reason === 'empty' ? 'empty' : 'malformed' };
  }
}
