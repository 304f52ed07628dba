/**
 * What stations ahead of the lane have read of a vehicle, joined to its passage by plate or tag. The lane must have read
 * the vehicle itself: a capture says what a vehicle carries, never which vehicle stands here.
 */
import { identityOf } from '../gate/station.ts';
import { addReading, type Evidence, type StationClaim } from '../identification/evidence.ts';
import type { PassageId } from '../identity.ts';
import type { ObservedAt, PlateRead } from '../observation.ts';
import type { FoundCapture } from './lane-types.ts';
import type { Passage } from './passage.ts';
import { addPicturesOf } from './pictures.ts';
import { drop, passageById, recordEvent, type Turn, update } from './turn.ts';

/** A passage begins with every station still to be heard. */
export function awaitedStations(turn: Turn): Pick<Evidence, 'stations'> {
  const { stations = [] } = turn.context.settings;
  if (stations.length === 0) return {};
  return { stations: stations.map((stationId) => ({ stationId, state: 'awaited' })) };
}

/**
 * The vehicle has been read, or a station has taken a capture. Until there is a plate nothing is asked: a tag may lie in
 * another cab, and the plate of the capture would then name a truck that nobody saw here.
 */
export function seekCaptures(turn: Turn, { passageId, kind, evidence }: Passage): void {
  if (kind !== 'approaching' && kind !== 'capturing') return;
  const stations = (evidence.stations ?? [])
    .filter(({ state }) => state === 'awaited')
    .map(({ stationId }) => stationId);
  if (stations.length === 0) return;
  const { plates, tags } = identityOf({ evidence });
  const vehicle = { plates, tags: tags.filter((tag) => !isSuspect(evidence, tag)) };
  if (vehicle.plates.length === 0) return;
  turn.effects.push({ kind: 'seekCaptures', passageId, stations, vehicle });
}

const isSuspect = ({ suspectTags }: Evidence, tag: string) =>
  suspectTags.some((suspect) => suspect === tag);

export function onCaptureTaken(turn: Turn): void {
  for (const passage of turn.state.passages) seekCaptures(turn, passage);
}

export function onCapturesFound(
  turn: Turn,
  passageId: PassageId,
  found: readonly FoundCapture[],
): void {
  for (const each of found) {
    const passage = passageById(turn, passageId);
    if (passage?.kind !== 'approaching' && passage?.kind !== 'capturing') {
      drop(turn, 'captureTooLate');
      continue;
    }
    join(turn, passage, each);
  }
}

function join(turn: Turn, passage: Passage, { stationId, capture, by }: FoundCapture): void {
  const { passageId } = passage;
  const ageMs = Math.round(turn.now.monotonicMs - capture.lastAt.monotonicMs);
  const claim: StationClaim = {
    stationId,
    state: 'joined',
    captureId: capture.captureId,
    by,
    ageMs,
  };
  const { plates, containers, tags, weighing } = capture.evidence;
  // Of several tags one is a neighbour's, and nothing tells which.
  const readings = [...plates.map(uncertain), ...containers, ...(tags.length === 1 ? tags : [])];
  const evidence = readings.reduce<Evidence>((sum, reading) => {
    const admission = addReading(sum, reading);
    return admission.kind === 'admitted' ? admission.evidence : sum;
  }, passage.evidence);
  const isWeighedHere = evidence.weighing.outcome.kind === 'weighed';
  update(turn, passageId, {
    evidence: {
      ...evidence,
      weighing:
        weighing.outcome.kind === 'weighed' && !isWeighedHere ? weighing : evidence.weighing,
      stations: (evidence.stations ?? []).map((each) =>
        each.stationId === stationId ? claim : each,
      ),
    },
  });
  for (const reading of [...plates, ...containers]) {
    addPicturesOf(turn, passageById(turn, passageId) ?? passage, reading);
  }
  const { state: _, ...told } = claim;
  recordEvent(turn, 'capture.joined.v1', passageId, told);
}

/** How sure a station was of the plate there says nothing of the truck that stands here. */
function uncertain({ observation, ...seen }: ObservedAt<PlateRead>): ObservedAt<PlateRead> {
  const { confidence: _, ...read } = observation;
  return { ...seen, observation: read };
}
