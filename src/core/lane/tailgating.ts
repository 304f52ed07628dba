/**
 * A second cut of the exit line without a gap that was seen: by the same vehicle, whose trailer lets the loops drop, or
 * by another one close behind. It is suspected, and proven only by a second plate. The next truck, which waits behind,
 * is read as well while the first one crosses; what tells the two apart is that the one that waits is still there. So
 * the line must have been cut after presence was left and covered anew, every loop must be clear when the first one is
 * gone, and nobody may come for as long as a reading is that of a vehicle which comes after it. Tags are no witness: a
 * reader hears vehicles that stand behind, and beside.
 */
import { mayBeReadingOf } from '../identifiers/plate-repair.ts';
import { parsePlate } from '../identifiers/vehicle-plate.ts';
import type { EventDraft } from '../journal/events.ts';
import type { ObservedAt, PlateRead } from '../observation.ts';
import { beginCapture, give, startPassage } from './capture.ts';
import { cross, type SecondPlate } from './crossing.ts';
import { handOf } from './held-crossing.ts';
import type { LaneState, Suspicion } from './lane-types.ts';
import type { Following, Passage } from './passage.ts';
import {
  alarm,
  cancelTimer,
  count,
  event,
  passageById,
  patch,
  startTimer,
  type Turn,
  update,
} from './turn.ts';

export const suspicionTimer = 'suspicion';

const strangersMax = 4;
const crossedMax = 3;

const nothingFollowing: Following = {
  isCoveredAnew: false,
  cuts: 0,
  mayBeAnother: false,
  strangers: [],
};

/** Of two that cross at once nobody can tell whom a third one follows. */
function onlyOneCrossing({ passages }: LaneState): Passage | undefined {
  const [first, ...others] = passages.filter(({ kind }) => kind === 'passing');
  return others.length === 0 ? first : undefined;
}

function follow(turn: Turn, passage: Passage, change: Partial<Following>): void {
  const following = { ...nothingFollowing, ...passage.following, ...change };
  update(turn, passage.passageId, { following });
}

/** Presence is covered that was clear. */
export function coverAnew(turn: Turn): void {
  const crossing = onlyOneCrossing(turn.state);
  if (crossing?.presenceLeft) follow(turn, crossing, { isCoveredAnew: true });
}

export function cutAgain(turn: Turn, crossing: Passage): void {
  const { cuts, isCoveredAnew, mayBeAnother } = crossing.following ?? nothingFollowing;
  const hand = handOf(turn.state);
  follow(turn, crossing, {
    cuts: cuts + 1,
    mayBeAnother: mayBeAnother || isCoveredAnew,
    ...(hand && { hand }),
  });
  count(turn, 'cutAgain');
}

/** A plate is read while somebody crosses. */
export function noteStranger(turn: Turn, observed: ObservedAt<PlateRead>): void {
  const crossing = onlyOneCrossing(turn.state);
  if (!crossing || !isOfAnother(turn, crossing, observed)) return;
  const { strangers } = crossing.following ?? nothingFollowing;
  follow(turn, crossing, { strangers: [...strangers, observed].slice(-strangersMax) });
}

/** Neither history, nor doubtful, nor of this vehicle, its trailer or one that crossed before, nor what may be one. */
function isOfAnother(
  { state, context }: Turn,
  crossing: Passage,
  { observation }: ObservedAt<PlateRead>,
): boolean {
  const { raw, replayed, confidence } = observation;
  if (replayed || (confidence ?? -1) < context.policy.confidence.alone) {
    return false;
  }
  const parsed = parsePlate(raw);
  if (parsed.kind !== 'plate' || parsed.candidates.includes('trailer')) return false;
  const own = platesOfRig(crossing);
  if (!own) return false;
  const known = [...own, ...state.crossedPlates.flat()];
  return !known.some((plate) => mayBeReadingOf(parsed.text, plate));
}

/** Every plate that this rig may bear; undefined where its own, or what is registered of it, is not known. */
function platesOfRig(passage: Passage): readonly string[] | undefined {
  const { facts, identification, acts } = passage;
  if (!facts || !identification?.tractor) return undefined;
  const { vehicles, trailers, bindings } = facts;
  return [
    ...platesReadOf(passage),
    ...[acts?.correction?.plate ?? [], acts?.correction?.trailer ?? []].flat(),
    ...vehicles.flatMap(({ plates }) => plates),
    ...trailers.map(({ plate }) => plate),
    ...bindings.flatMap(({ plate, trailerPlate }) => [
      plate,
      ...(trailerPlate ? [trailerPlate] : []),
    ]),
  ];
}

function platesReadOf({ evidence, identification }: Passage): readonly string[] {
  const { tractor, trailer, otherPlates = [] } = identification ?? {};
  const identified = [tractor, trailer, ...otherPlates].flatMap((plate) => plate?.text ?? []);
  return [...identified, ...evidence.plates.map(({ observation }) => observation.raw)];
}

/** That somebody may have followed one that ends, with all that tells of it. */
export function suspectedEvents(turn: Turn, { following, passageId }: Passage): EventDraft[] {
  if (!following || following.cuts === 0) return [];
  const { cuts, isCoveredAnew, strangers } = following;
  return [
    event(turn, 'tailgating.suspected.v1', passageId, {
      cuts,
      presenceCoveredAnew: isCoveredAnew,
      laneEmpty: isClear(turn.state),
      otherPlates: strangers.map(readingOf),
    }),
  ];
}

/** Who crossed is gone. */
export function judgeFollowing(turn: Turn, passage: Passage): void {
  const { crossedPlates } = turn.state;
  patch(turn, { crossedPlates: [...crossedPlates, platesReadOf(passage)].slice(-crossedMax) });
  const { passageId } = passage;
  const { mayBeAnother, strangers, hand } = passage.following ?? nothingFollowing;
  const last = strangers.at(-1);
  if (!mayBeAnother || !last || passage.lostSight || !isClear(turn.state)) return;
  patch(turn, { suspicion: { behind: passageId, readings: strangers, ...(hand && { hand }) } });
  const { evidenceLeadMs } = turn.context.settings.timing;
  const ageMs = turn.now.monotonicMs - last.receivedAt.monotonicMs;
  startTimer(turn, suspicionTimer, Math.max(0, evidenceLeadMs - ageMs));
}

function readingOf({ deviceId, observation, receivedAt }: ObservedAt<PlateRead>) {
  const { raw, confidence = 0 } = observation;
  return { plate: raw, confidence, deviceId, readAtMs: receivedAt.wallMs };
}

function isClear({ inputs: { approach, presence, exit, curtain } }: LaneState): boolean {
  const isLoopClear = approach === 'clear' && presence === 'clear' && exit === 'clear';
  return isLoopClear && curtain !== 'occupied';
}

/** Whoever comes now, and whatever cannot be seen now, may be the one that was read. */
export function settleSuspicion(turn: Turn): void {
  if (!turn.state.suspicion || isClear(turn.state)) return;
  endSuspicion(turn);
}

function endSuspicion(turn: Turn): void {
  cancelTimer(turn, suspicionTimer);
  const { suspicion: _, ...state } = turn.state;
  turn.state = state;
}

/** Nobody has come who could be the one that was read: he went over the line behind the other one. */
export function onSuspicionDue(turn: Turn): void {
  const { suspicion, recent } = turn.state;
  endSuspicion(turn);
  if (!suspicion || isReadStill(suspicion, recent)) return;
  const { behind, readings, hand } = suspicion;
  // What has been read since is of whoever comes next.
  patch(turn, { recent: [] });
  const passage = startPassage(turn);
  patch(turn, { recent });
  if (!hand) {
    alarm(turn, 'crossed-without-decision', passage ? { passageId: passage.passageId } : {});
  }
  if (!passage) return;
  for (const reading of readings) give(turn, passage, reading);
  const [last] = readings.slice(-1);
  const other = passageById(turn, passage.passageId);
  if (!last || !other) return;
  beginCapture(turn, other);
  const witness: SecondPlate = { ...readingOf(last), behind };
  cross(turn, passageById(turn, other.passageId) ?? other, hand ?? 'nobody', witness);
  // That cut was its own.
  count(turn, 'cutAgain', -1);
}

/** He waits farther back, where no loop tells of him. */
function isReadStill({ readings }: Suspicion, recent: LaneState['recent']): boolean {
  return recent.some(
    ({ observation }) =>
      observation.kind === 'plateRead' &&
      readings.some((reading) => mayBeReadingOf(observation.raw, reading.observation.raw)),
  );
}
