/**
 * Evidence fusion: from a passage's readings to who stands there, each value with its witnesses and every
 * contradiction stated. It settles nothing by guessing: two credible readings that differ are a conflict.
 */
import type { ContainerNumber } from '../identifiers/container-number.ts';
import { parseContainerNumber } from '../identifiers/container-number.ts';
import type { ContainerRepair, ContainerWitness } from '../identifiers/container-repair.ts';
import type { CardReference } from '../identifiers/driver-card.ts';
import type { TagId } from '../identifiers/tag.ts';
import type { PlateColour, PlateJurisdiction, PlateText } from '../identifiers/vehicle-plate.ts';
import { type PlateParse, parsePlate, plateJurisdiction } from '../identifiers/vehicle-plate.ts';
import type { Confidence, ContainerSeen, ObservedAt, PlateRead } from '../observation.ts';
import type { Evidence, StationClaim } from './evidence.ts';

/** From which certainty a reading counts; policy data, each 0 to 1. */
export interface ConfidenceThresholds {
  /** A single source decides alone. */
  readonly alone: Confidence;
  /** A source counts as one witness. */
  readonly witness: Confidence;
}

export interface IdentifiedPlate {
  readonly text: PlateText;
  /** As the most certain camera gave it. */
  readonly raw: string;
  readonly colour?: PlateColour;
  /** Absent where form, colour and the camera's word leave Hong Kong and Macau open. */
  readonly jurisdiction?: PlateJurisdiction;
  /** Best certainty given by any camera; absent where none gave one. */
  readonly confidence?: Confidence;
  readonly deviceIds: readonly string[];
  /** The text is not what was read: see `reconcile`. */
  readonly repairedFrom?: string;
}

export interface IdentifiedContainer {
  readonly position: ContainerSeen['position'];
  /** As the camera gave it. */
  readonly raw: string;
  /** Absent where the text is not a valid container number. */
  readonly number?: ContainerNumber;
  readonly fault?: 'empty' | 'malformed' | 'nonconforming';
  readonly confidence?: Confidence;
  readonly isoType?: string;
  /** Of a box whose number nobody read whole: what each device read of it. */
  readonly readings?: readonly ContainerWitness[];
  /** The number is not what was read: see `reconcile`. */
  readonly repair?: ContainerRepair;
}

export type IdentityConflict =
  | { readonly kind: 'plates'; readonly texts: readonly string[] }
  | { readonly kind: 'containers'; readonly position: string; readonly texts: readonly string[] };

export interface Identification {
  /** The plate that the truck is known by: the mainland's where it bears several. */
  readonly tractor?: IdentifiedPlate;
  /** Plates of other places on the same truck: a cross-border truck bears up to three. */
  readonly otherPlates: readonly IdentifiedPlate[];
  readonly trailer?: IdentifiedPlate;
  /** Texts that were read and are no plate. */
  readonly unreadablePlates: readonly string[];
  readonly tags: readonly TagId[];
  /** Those of them that another lane hears as well, and nothing tells whose they are. */
  readonly suspectTags: readonly TagId[];
  /** Absent where no card was read. `stale`: the card of the driver before was among them. */
  readonly driver?: { readonly cards: readonly CardReference[]; readonly stale?: true };
  /** `none`: no capture arrived; `captured` with no container is the camera's statement that there is none. */
  readonly containerCapture: 'none' | 'captured';
  readonly containers: readonly IdentifiedContainer[];
  readonly conflicts: readonly IdentityConflict[];
  /** Of a lane that has stations ahead of it. */
  readonly stations?: readonly StationClaim[];
}

export function identify(evidence: Evidence, thresholds: ConfidenceThresholds): Identification {
  const plates = fusePlates(evidence.plates, thresholds);
  const containers = fuseContainers(evidence, thresholds);
  return {
    ...plates.named,
    otherPlates: plates.others,
    unreadablePlates: plates.unreadable,
    tags: evidence.tags.map((seen) => seen.observation.tag),
    suspectTags: evidence.suspectTags,
    ...driverOf(evidence),
    containerCapture: evidence.containers.length === 0 ? 'none' : 'captured',
    containers: containers.list,
    conflicts: [...plates.conflicts, ...containers.conflicts],
    ...(evidence.stations && { stations: evidence.stations }),
  };
}

function driverOf({ driverCards, staleDriverCard }: Evidence): Pick<Identification, 'driver'> {
  if (driverCards.length === 0 && !staleDriverCard) return {};
  const cards = driverCards.map(({ observation }) => observation.card);
  return { driver: { cards, ...(staleDriverCard && { stale: true }) } };
}

/** Every plate that was read on the truck itself. */
export function platesOf({
  tractor,
  otherPlates,
}: Pick<Identification, 'tractor' | 'otherPlates'>): readonly PlateText[] {
  return [...(tractor ? [tractor] : []), ...otherPlates].map(({ text }) => text);
}

/** Tags that are proof of anything: a suspect one may be that of the next lane. */
export function provenTags({
  tags,
  suspectTags,
}: Pick<Identification, 'tags' | 'suspectTags'>): readonly TagId[] {
  return tags.filter((tag) => !suspectTags.includes(tag));
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
    byText.set(parsed.text, merged(byText.get(parsed.text), parsed, seen));
  }
  const read = [...byText.values()].sort(byConfidence);
  // Front and rear legitimately differ: a rig shows the tractor's plate in front and the trailer's behind.
  const [trailer, ...otherTrailers] = read.filter((plate) => plate.isTrailer);
  const tractors = read.filter((plate) => !plate.isTrailer);
  const ofEach = issuers.map((issuer) => tractors.filter((p) => p.jurisdiction === issuer));
  const conflicts = [[trailer, ...otherTrailers].filter((p) => p !== undefined), ...ofEach].flatMap(
    (group): readonly IdentityConflict[] => {
      const credible = group.filter((plate) => isCredible(plate, thresholds));
      return credible.length > 1 ? [{ kind: 'plates', texts: credible.map((p) => p.text) }] : [];
    },
  );
  const [tractor, ...others] = ofEach.flatMap(([best]) => best ?? []).map(withoutMark);
  return {
    named: { ...(tractor && { tractor }), ...(trailer && { trailer: withoutMark(trailer) }) },
    others,
    unreadable,
    conflicts,
  };
}

/** In the order in which a plate names the truck. */
const issuers: readonly IdentifiedPlate['jurisdiction'][] = [
  'mainland',
  'hongKong',
  'macau',
  undefined,
];

function merged(
  before: ReadPlate | undefined,
  parsed: Extract<PlateParse, { kind: 'plate' }>,
  seen: ObservedAt<PlateRead>,
): ReadPlate {
  const { observation } = seen;
  const given = [before?.confidence, observation.confidence].filter((c) => c !== undefined);
  const colour = before?.colour ?? observation.colour;
  const jurisdiction = before?.jurisdiction ?? plateJurisdiction(parsed.candidates, observation);
  const isBest = (observation.confidence ?? -1) > (before?.confidence ?? -1);
  return {
    text: parsed.text,
    raw: before && !isBest ? before.raw : observation.raw,
    isTrailer: parsed.candidates.includes('trailer'),
    ...(colour && { colour }),
    ...(jurisdiction && { jurisdiction }),
    ...(given.length > 0 && { confidence: Math.max(...given) }),
    deviceIds: [...new Set([...(before?.deviceIds ?? []), seen.deviceId])],
  };
}

function withoutMark({ isTrailer: _, ...plate }: ReadPlate): IdentifiedPlate {
  return plate;
}

function fuseContainers(evidence: Evidence, thresholds: ConfidenceThresholds) {
  const byPosition = new Map<string, { box: IdentifiedContainer; deviceId: string }[]>();
  for (const { deviceId, observation } of evidence.containers) {
    observation.containers.forEach((seen, index) => {
      // Boxes whose place the camera did not tell are kept apart by their order in the capture.
      const key = seen.position === 'unknown' ? `unknown-${index}` : seen.position;
      const before = byPosition.get(key) ?? [];
      byPosition.set(key, [...before, { box: identifiedContainer(seen), deviceId }]);
    });
  }
  const list: IdentifiedContainer[] = [];
  const conflicts: IdentityConflict[] = [];
  for (const [position, read] of byPosition) {
    const boxes = read.map(({ box }) => box);
    const valid = boxes.filter((box) => box.number !== undefined).sort(byConfidence);
    const best = valid[0];
    const last = boxes.at(-1);
    if (best) list.push(best);
    else if (last) {
      list.push({
        ...last,
        readings: read.map(({ box, deviceId }) => ({ deviceId, raw: box.raw })),
      });
    }
    const credible = new Set(valid.filter((b) => isCredible(b, thresholds)).map((b) => b.number));
    if (credible.size > 1) {
      conflicts.push({ kind: 'containers', position, texts: [...credible].map(String) });
    }
  }
  return { list, conflicts };
}

function identifiedContainer(seen: ContainerSeen): IdentifiedContainer {
  const parsed = parseContainerNumber(seen.raw);
  const common = {
    position: seen.position,
    raw: seen.raw,
    ...(seen.confidence !== undefined && { confidence: seen.confidence }),
    ...(seen.isoType !== undefined && { isoType: seen.isoType }),
  };
  switch (parsed.kind) {
    case 'valid':
      return { ...common, number: parsed.number };
    case 'nonconforming':
      return { ...common, fault: 'nonconforming' };
    case 'malformed':
      return { ...common, fault: parsed.reason === 'empty' ? 'empty' : 'malformed' };
  }
}
