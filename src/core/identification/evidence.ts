/**
 * What a passage has been told so far: readings of its own time, bounded, each with its device. Stored
 * history and repeats are turned away here and counted, so that they can never open a lane.
 */
import type { TagStanding } from '../gate/tag-field.ts';
import type { TagId } from '../identifiers/tag.ts';
import type { StationId } from '../identity.ts';
import type {
  ContainerNumberRead,
  DriverCardRead,
  ObservedAt,
  PlateRead,
  TagRead,
} from '../observation.ts';
import type { Weighing } from '../weighing/weighing.ts';
import { emptyWeighing } from '../weighing/weighing.ts';

/** Readings kept per kind; more than this from one vehicle tell nothing new. */
const readingsMax = 16;

export type IdentityReading = PlateRead | ContainerNumberRead | TagRead | DriverCardRead;

/** A station ahead of the lane, and whether its capture of this vehicle has been joined. */
export type StationClaim =
  | { readonly stationId: StationId; readonly state: 'awaited' }
  | {
      readonly stationId: StationId;
      readonly state: 'joined';
      readonly captureId: string;
      readonly by: 'plate' | 'tag';
      /** From the last reading of the capture until it was joined, ms. */
      readonly ageMs: number;
    };

export interface Evidence {
  readonly plates: readonly ObservedAt<PlateRead>[];
  readonly containers: readonly ObservedAt<ContainerNumberRead>[];
  readonly tags: readonly ObservedAt<TagRead>[];
  /** Tags that another lane hears as well, and nothing tells whose they are. */
  readonly suspectTags: readonly TagId[];
  readonly driverCards: readonly ObservedAt<DriverCardRead>[];
  /** The card of another vehicle's driver was read while this one was there. */
  readonly staleDriverCard?: true;
  readonly weighing: Weighing;
  /** Of a lane that has stations ahead of it. */
  readonly stations?: readonly StationClaim[];
}

export const noEvidence: Evidence = {
  plates: [],
  containers: [],
  tags: [],
  suspectTags: [],
  driverCards: [],
  weighing: emptyWeighing,
};

export type Admission =
  | { readonly kind: 'admitted'; readonly evidence: Evidence }
  | { readonly kind: 'dropped'; readonly reason: 'replayed' | 'duplicate' | 'overflow' };

/** Adds a reading, or says why it is left out. A tag or card seen again adds nothing. */
export function addReading(evidence: Evidence, observed: ObservedAt<IdentityReading>): Admission {
  const reading = observed.observation;
  switch (reading.kind) {
    case 'plateRead': {
      const list = evidence.plates;
      const refused = refusal(list, observed as ObservedAt<PlateRead>);
      if (refused) return { kind: 'dropped', reason: refused };
      const plates = [...list, observed as ObservedAt<PlateRead>];
      return { kind: 'admitted', evidence: { ...evidence, plates } };
    }
    case 'containerNumberRead': {
      const list = evidence.containers;
      const refused = refusal(list, observed as ObservedAt<ContainerNumberRead>);
      if (refused) return { kind: 'dropped', reason: refused };
      const containers = [...list, observed as ObservedAt<ContainerNumberRead>];
      return { kind: 'admitted', evidence: { ...evidence, containers } };
    }
    case 'tagRead': {
      if (evidence.tags.some((seen) => seen.observation.tag === reading.tag)) {
        return { kind: 'dropped', reason: 'duplicate' };
      }
      if (evidence.tags.length >= readingsMax) return { kind: 'dropped', reason: 'overflow' };
      const tags = [...evidence.tags, observed as ObservedAt<TagRead>];
      return { kind: 'admitted', evidence: { ...evidence, tags } };
    }
    case 'driverCardRead': {
      const list = evidence.driverCards;
      if (list.some((seen) => seen.observation.card === reading.card)) {
        return { kind: 'dropped', reason: 'duplicate' };
      }
      if (list.length >= readingsMax) return { kind: 'dropped', reason: 'overflow' };
      const driverCards = [...list, observed as ObservedAt<DriverCardRead>];
      return { kind: 'admitted', evidence: { ...evidence, driverCards } };
    }
  }
}

/** Another lane has the tag, or may have it. */
export function settleTag(
  evidence: Evidence,
  { tag, standing }: { readonly tag: TagId; readonly standing: TagStanding },
): Evidence {
  if (!evidence.tags.some((seen) => seen.observation.tag === tag)) return evidence;
  const others = evidence.suspectTags.filter((each) => each !== tag);
  return {
    ...evidence,
    tags:
      standing === 'lost'
        ? evidence.tags.filter((seen) => seen.observation.tag !== tag)
        : evidence.tags,
    suspectTags: standing === 'suspect' ? [...others, tag] : others,
  };
}

function refusal(
  list: readonly ObservedAt<PlateRead | ContainerNumberRead>[],
  observed: ObservedAt<PlateRead | ContainerNumberRead>,
): 'replayed' | 'duplicate' | 'overflow' | undefined {
  if (observed.observation.replayed) return 'replayed';
  const eventId = observed.observation.deviceEventId;
  const repeated = list.some(
    (seen) =>
      eventId !== undefined &&
      seen.deviceId === observed.deviceId &&
      seen.observation.deviceEventId === eventId,
  );
  if (repeated) return 'duplicate';
  return list.length >= readingsMax ? 'overflow' : undefined;
}
