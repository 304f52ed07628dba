/**
 * Watches what a lane sees its vehicles with: a camera, reader or platform that answers and yet tells nothing of
 * vehicles that the loops or the other sources tell of is alive and blind. It raises an alarm for each and does
 * nothing else. A device that is known to be down is not judged: that has been told already.
 */
import type { DeviceId } from '../identity.ts';
import type { Observation, ObservedAt } from '../observation.ts';
import type { LaneSource, SourceSightings } from './lane-types.ts';
import type { Passage } from './passage.ts';
import { stand } from './standing.ts';
import { patch, type Turn } from './turn.ts';

export const nothingSighted: SourceSightings = { heard: [], missed: {}, down: [] };

const alarmOf = (source: LaneSource, vehicles?: number) => ({
  code: 'source-blind',
  of: source.deviceId,
  data: {
    deviceId: source.deviceId,
    evidence: source.brings,
    ...(vehicles !== undefined && { vehicles }),
  },
});

/** A source tells something: it sees. What it stored while it was away says nothing of now. */
export function hearSource(turn: Turn, { deviceId, observation }: ObservedAt): void {
  const source = turn.context.settings.sources.find((each) => each.deviceId === deviceId);
  if (!source || !tells(turn, source, observation)) return;
  const { heard, missed } = turn.state.sources;
  // A platform tells many times a second.
  if (heard.includes(deviceId) && missed[deviceId] === 0) return;
  const others = heard.filter((each) => each !== deviceId);
  setSightings(turn, { heard: [...others, deviceId], missed: { ...missed, [deviceId]: 0 } });
  stand(turn, alarmOf(source), false);
}

function tells(turn: Turn, { brings }: LaneSource, observation: Observation): boolean {
  switch (observation.kind) {
    case 'plateRead':
      return brings === 'plate' && !observation.replayed;
    case 'containerNumberRead':
      return brings === 'containers' && !observation.replayed;
    case 'tagRead':
      return brings === 'tag';
    case 'driverCardRead':
      return brings === 'driver';
    case 'weightReading': {
      // An empty platform is read all day long.
      const { weightKg = 0, condition } = observation;
      const { vehicleWeightKgMin } = turn.context.settings;
      const bears = condition === 'overload' || weightKg >= Math.max(vehicleWeightKgMin, 1);
      return brings === 'weight' && bears;
    }
    default:
      return false;
  }
}

/** The runtime has told whether a device answers. */
export function sourceHealth(turn: Turn, deviceId: DeviceId, isUp: boolean): void {
  const { down, missed } = turn.state.sources;
  if (down.includes(deviceId) !== isUp) return;
  const others = down.filter((each) => each !== deviceId);
  setSightings(turn, {
    down: isUp ? others : [...others, deviceId],
    missed: { ...missed, [deviceId]: 0 },
  });
}

/**
 * A vehicle has been in the lane and is gone: which sources told nothing of it? It must have cut the exit line, or
 * another source must have seen it: a loop that flickers is no vehicle.
 */
export function judgeSources(turn: Turn, passage: Passage): void {
  const { sources } = turn.context.settings;
  const { heard } = turn.state.sources;
  const required = sources.filter(({ brings }) => turn.context.settings.requirements[brings]);
  const saw = ({ deviceId }: LaneSource) =>
    heard.includes(deviceId) || isEvidenceOf(passage, deviceId);
  const wasThere = passage.kind === 'passing' || sources.some(saw);
  // Nothing is known of where a vehicle was that was out of sight, nor of what was read of it.
  if (wasThere && !passage.lostSight) {
    for (const source of required) judge(turn, source, saw(source));
  }
  setSightings(turn, { heard: [] });
}

function isEvidenceOf({ evidence }: Passage, deviceId: DeviceId): boolean {
  const { plates, containers, tags, driverCards, weighing } = evidence;
  const isWeighed = weighing.outcome.kind === 'weighed' && weighing.outcome.deviceId === deviceId;
  return (
    isWeighed ||
    [...plates, ...containers, ...tags, ...driverCards].some((read) => read.deviceId === deviceId)
  );
}

function judge(turn: Turn, source: LaneSource, saw: boolean): void {
  const { missed, down } = turn.state.sources;
  const { deviceId } = source;
  if (down.includes(deviceId)) return;
  const inARow = saw ? 0 : (missed[deviceId] ?? 0) + 1;
  setSightings(turn, { missed: { ...missed, [deviceId]: inARow } });
  if (inARow >= turn.context.settings.blindAfterVehicles) {
    stand(turn, alarmOf(source, inARow), true);
  }
}

function setSightings(turn: Turn, change: Partial<SourceSightings>): void {
  patch(turn, { sources: { ...turn.state.sources, ...change } });
}
