/** Which passage a reading belongs to, and when a passage has heard enough. */
import { claimMsMax, type TagVerdict } from '../gate/tag-field.ts';
import {
  addReading,
  type IdentityReading,
  noEvidence,
  settleTag,
} from '../identification/evidence.ts';
import { parsePlate } from '../identifiers/vehicle-plate.ts';
import { type DeviceId, passageIdOf } from '../identity.ts';
import type { ObservedAt, WeightReading } from '../observation.ts';
import { addWeightReading, beginWeighing, forgetWeight } from '../weighing/weighing.ts';
import { isOnFarSide } from './far-side.ts';
import { directionOf } from './lane-direction.ts';
import { takesNobody } from './lane-directive.ts';
import { passagesMax, recentMax, tagSilenceMs } from './lane-types.ts';
import { nothingPlanned, type Passage } from './passage.ts';
import { addPicturesOf } from './pictures.ts';
import { passageRow } from './rows.ts';
import { awaitedStations, seekCaptures } from './station-captures.ts';
import {
  cancelTimer,
  drop,
  event,
  moveTo,
  patch,
  record,
  recordEvent,
  startTimer,
  type Turn,
  update,
} from './turn.ts';

/** A platform drifts by temperature and dirt: an older zero says nothing any more, ms. */
const zeroAgeMsMax = 1_800_000;

export const captureTimer = (passage: Passage) => `capture:${passage.passageId}`;

/**
 * A reading goes to the youngest vehicle that is still undecided. In an empty lane it waits for the vehicle it
 * may have come ahead of. While a vehicle that has been decided on is the only one, what is read is that
 * vehicle's own, and too late.
 */
export function takeReading(turn: Turn, observed: ObservedAt<IdentityReading>): void {
  const { passages } = turn.state;
  const youngest = passages.findLast((p) => p.kind === 'approaching' || p.kind === 'capturing');
  if (isTagOfAnother(turn, observed, youngest)) return drop(turn, 'tagOfAnother');
  if (isLost(turn, observed)) return drop(turn, 'tagOfOtherLane');
  if (isCardOfAnother(turn, observed, youngest)) return markStaleCard(turn, youngest);
  if (youngest) return give(turn, youngest, observed);
  if (passages.some(({ left }) => !left)) return drop(turn, 'afterDecision');
  const others = turn.state.recent.filter((earlier) => !isSameCredential(earlier, observed));
  if (others.length >= recentMax) drop(turn, 'recentOverflow');
  patch(turn, { recent: [...others, observed].slice(-recentMax) });
}

/** The reader hears a vehicle until it is out of its field: a tag that came in with one is not the next one's. */
function isTagOfAnother(
  turn: Turn,
  { observation }: ObservedAt<IdentityReading>,
  youngest: Passage | undefined,
): boolean {
  if (observation.kind !== 'tagRead') return false;
  const { tag } = observation;
  const nowMs = turn.now.monotonicMs;
  const leavingTags = turn.state.leavingTags.filter(
    ({ lastReadMonotonicMs }) => nowMs - lastReadMonotonicMs <= tagSilenceMs,
  );
  const isLeaving = leavingTags.some((leaving) => leaving.tag === tag);
  patch(turn, {
    leavingTags: leavingTags.map((leaving) =>
      leaving.tag === tag ? { tag, lastReadMonotonicMs: nowMs } : leaving,
    ),
  });
  const holder = turn.state.passages.find((passage) =>
    passage.evidence.tags.some((read) => read.observation.tag === tag),
  );
  return isLeaving || (holder !== undefined && holder.passageId !== youngest?.passageId);
}

/** A card that lies on the reader since the vehicle before is heard again and again. */
function isCardOfAnother(
  turn: Turn,
  { observation }: ObservedAt<IdentityReading>,
  youngest: Passage | undefined,
): boolean {
  if (observation.kind !== 'driverCardRead') return false;
  const { card } = observation;
  const nowMs = turn.now.monotonicMs;
  const heard = turn.state.leavingCards.filter(
    ({ lastReadMonotonicMs }) => nowMs - lastReadMonotonicMs <= tagSilenceMs,
  );
  patch(turn, {
    leavingCards: heard.map((each) =>
      each.card === card ? { card, lastReadMonotonicMs: nowMs } : each,
    ),
  });
  const isHeld = turn.state.passages.some(
    ({ passageId, evidence }) =>
      passageId !== youngest?.passageId &&
      evidence.driverCards.some((read) => read.observation.card === card),
  );
  return isHeld || heard.some((each) => each.card === card);
}

/** Nobody is let through on it, and it is not left out in silence: a clerk has to see whose card it is. */
function markStaleCard(turn: Turn, youngest: Passage | undefined): void {
  drop(turn, 'cardOfAnother');
  if (!youngest) return;
  update(turn, youngest.passageId, {
    evidence: { ...youngest.evidence, staleDriverCard: true },
  });
}

/**
 * Another lane has it: hearing it here means nothing. That stands as long as the tag is heard here, as the claims of the
 * lanes do.
 */
function isLost(turn: Turn, { observation }: ObservedAt<IdentityReading>): boolean {
  const settled = settledNow(turn, { observation });
  if (!settled) return false;
  patch(turn, {
    settledTags: turn.state.settledTags.map((each) =>
      each === settled ? { ...each, atMonotonicMs: turn.now.monotonicMs } : each,
    ),
  });
  return settled.standing === 'lost';
}

/** A verdict comes before the reading that brought it about: the reading has to be set beside it. */
function settledNow(turn: Turn, { observation }: Pick<ObservedAt<IdentityReading>, 'observation'>) {
  if (observation.kind !== 'tagRead') return undefined;
  const settled = turn.state.settledTags.find(({ tag }) => tag === observation.tag);
  const isOver = settled && turn.now.monotonicMs - settled.atMonotonicMs > claimMsMax;
  return isOver ? undefined : settled;
}

/** The lane that loses a tag keeps why: in its log, and for the clerk who wonders. */
export function onTagSettled(turn: Turn, verdict: TagVerdict): void {
  const { tag, standing, because, winner } = verdict;
  const nowMs = turn.now.monotonicMs;
  const others = turn.state.settledTags.filter(
    (each) => each.tag !== tag && nowMs - each.atMonotonicMs <= claimMsMax,
  );
  const settled = { tag, standing, because, ...(winner && { winner }), atMonotonicMs: nowMs };
  patch(turn, {
    settledTags: [...others, settled].slice(-settledTagsMax),
    recent:
      standing === 'lost'
        ? turn.state.recent.filter(
            ({ observation }) => observation.kind !== 'tagRead' || observation.tag !== tag,
          )
        : turn.state.recent,
  });
  for (const { passageId, kind, evidence } of turn.state.passages) {
    if (kind !== 'approaching' && kind !== 'capturing') continue;
    const after = settleTag(evidence, verdict);
    if (after === evidence) continue;
    update(turn, passageId, { evidence: after });
    recordEvent(turn, 'tag.settled.v1', passageId, {
      tag,
      standing,
      because,
      ...(winner && { winner }),
    });
  }
}

const settledTagsMax = 16;

function isSameCredential(
  { observation: a }: ObservedAt<IdentityReading>,
  { observation: b }: ObservedAt<IdentityReading>,
): boolean {
  if (a.kind === 'driverCardRead') return b.kind === 'driverCardRead' && a.card === b.card;
  return a.kind === 'tagRead' && b.kind === 'tagRead' && a.tag === b.tag;
}

/** What was read of it. */
export function give(turn: Turn, passage: Passage, observed: ObservedAt<IdentityReading>): void {
  const admission = addReading(passage.evidence, observed);
  if (admission.kind === 'dropped') return drop(turn, admission.reason);
  const settled = settledNow(turn, observed);
  const evidence = settled ? settleTag(admission.evidence, settled) : admission.evidence;
  update(turn, passage.passageId, { evidence });
  addPicturesOf(turn, passageNow(turn, passage), observed);
  const { kind } = observed.observation;
  if (kind === 'plateRead' || kind === 'tagRead') {
    seekCaptures(turn, passageNow(turn, passage));
  }
}

/** A weight belongs to the vehicle that stands on the platform, and to nobody while it is empty. */
export function takeWeight(turn: Turn, observed: ObservedAt<WeightReading>): void {
  const { passages, inputs } = turn.state;
  const passage = passages.find((p) => p.kind === 'capturing');
  if (!passage || inputs.presence !== 'occupied') return seeEmptyPlatform(turn, observed);
  const { vehicleWeightKgMin } = turn.context.settings;
  const weighing = addWeightReading(passage.evidence.weighing, observed, {
    vehicleWeightKgMin,
    deck: inputs,
    isFollowed: passage.isFollowed === true,
  });
  update(turn, passage.passageId, { evidence: { ...passage.evidence, weighing } });
}

/** The zero of the platform shows only while every loop is known to be clear. */
function seeEmptyPlatform(
  turn: Turn,
  { observation, receivedAt }: ObservedAt<WeightReading>,
): void {
  const { inputs, passages } = turn.state;
  if (passages.length > 0 || nearPlatform.some((point) => inputs[point] !== 'clear')) return;
  const { weightKg, condition, stability } = observation;
  if (weightKg === undefined || condition !== 'ok' || stability.state !== 'stable') return;
  patch(turn, { platformZero: { weightKg, atMonotonicMs: receivedAt.monotonicMs } });
}

const nearPlatform = ['approach', 'presence', 'exit'] as const;

/** Until a lost platform answers again there is no weight of whoever stands there. */
export function forgetWeightOf(turn: Turn, deviceId: DeviceId): void {
  for (const { kind, passageId, evidence } of turn.state.passages) {
    if (kind !== 'capturing') continue;
    const weighing = forgetWeight(evidence.weighing, deviceId);
    update(turn, passageId, { evidence: { ...evidence, weighing } });
  }
}

/** A vehicle has come; undefined where it cannot be told from those that are there. */
export function startPassage(
  turn: Turn,
  direction = directionOf(turn.state, turn.context.settings),
): Passage | undefined {
  if (turn.state.passages.length >= passagesMax) {
    drop(turn, 'passagesOverflow');
    return undefined;
  }
  const passageId = passageIdOf(turn.input.id);
  // Two passages cannot begin with one input: the second waits for the next one.
  if (turn.state.passages.some((p) => p.passageId === passageId)) return undefined;
  const passage: Passage = {
    passageId,
    kind: 'approaching',
    direction,
    ...((takesNobody(turn.state.directive) || isFromFarSide(turn)) && { isUninvited: true }),
    startedAt: turn.now,
    stateSince: turn.now,
    evidence: {
      ...noEvidence,
      ...awaitedStations(turn),
      weighing: beginWeighing(turn.state.platformZero, {
        nowMonotonicMs: turn.now.monotonicMs,
        zeroAgeMsMax,
      }),
    },
    pictures: [],
    picturesDue: [],
    attempts: 0,
    captureOver: false,
    presenceLeft: false,
    leftBackwards: false,
    reasons: [],
    plan: nothingPlanned,
    releases: [],
    unauthorised: false,
    lostSight: false,
    left: false,
    seenPast: false,
  };
  patch(turn, { passages: [...turn.state.passages, passage] });
  const { recent } = turn.state;
  patch(turn, { recent: [] });
  const since = turn.now.monotonicMs - turn.context.settings.timing.evidenceLeadMs;
  for (const observed of recent) {
    if (observed.receivedAt.monotonicMs < since) drop(turn, 'stale');
    else give(turn, passageNow(turn, passage), observed);
  }
  return passageNow(turn, passage);
}

/** Came to the arm from there, and not over the approach. */
function isFromFarSide(turn: Turn): boolean {
  return isOnFarSide(turn.state) && turn.state.inputs.approach !== 'occupied';
}

function passageNow(turn: Turn, passage: Passage): Passage {
  return turn.state.passages.find((p) => p.passageId === passage.passageId) ?? passage;
}

/** The vehicle stands at the arm: the passage is on record from here. */
export function beginCapture(turn: Turn, passage: Passage): void {
  const { settings } = turn.context;
  moveTo(turn, passage, 'capturing');
  record(turn, {
    events: [
      event(turn, 'passage.started.v1', passage.passageId, {
        direction: passage.direction,
      }),
    ],
    passage: passageRow(
      turn,
      { passageId: passage.passageId, startedAtMs: passage.startedAt.wallMs },
      { direction: passage.direction },
    ),
  });
  startTimer(turn, captureTimer(passage), settings.timing.captureTimeoutMs);
}

export function endCapture(turn: Turn, passage: Passage): void {
  cancelTimer(turn, captureTimer(passage));
}

/** Everything the lane is built to bring has been brought. */
export function hasHeardEnough(turn: Turn, passage: Passage): boolean {
  const { weight } = turn.context.settings.requirements;
  const isWeighed = passage.evidence.weighing.outcome.kind === 'weighed';
  return (!weight || isWeighed) && hasReadEnough(turn, passage);
}

/** Everything but the weight. */
export function hasReadEnough(turn: Turn, { evidence }: Passage): boolean {
  if (evidence.stations?.some(({ state }) => state === 'awaited')) return false;
  const { requirements } = turn.context.settings;
  if (requirements.plate && !evidence.plates.some(isPlate)) return false;
  if (requirements.containers && evidence.containers.length === 0) return false;
  if (requirements.driver && evidence.driverCards.length === 0) return false;
  return !requirements.tag || evidence.tags.length > 0;
}

function isPlate({ observation }: Passage['evidence']['plates'][number]): boolean {
  return parsePlate(observation.raw).kind === 'plate';
}
