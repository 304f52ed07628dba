/** The vehicle over the exit line: releases are used up here, and nowhere else. */
import { identify } from '../identification/identify.ts';
import { type DeviceId, type PassageId, visitIdOf } from '../identity.ts';
import { type Rig, rigOf } from '../yard/rig.ts';
import { planned } from './crossing-plan.ts';
import { departTimer } from './deciding.ts';
import { askForVisits, crossingCauses, crossingOutcomes } from './held-crossing.ts';
import type { CrossedUnder, Passage } from './passage.ts';
import { caseOf, passageRow } from './rows.ts';
import { cancelTimer, count, event, moveTo, passageById, record, type Turn } from './turn.ts';

/** `nobody`: without a right to it, and nobody holds the arm up. */
export type CrossingGround = 'right' | 'nobody' | CrossedUnder;

/** What tells of one that crossed behind another without a gap that was seen. */
export interface SecondPlate {
  readonly plate: string;
  readonly confidence: number;
  readonly deviceId: DeviceId;
  readonly readAtMs: number;
  /** The passage that it followed. */
  readonly behind: PassageId;
}

/** Without a right to it nothing is used, and no visit begins or ends here. */
export function cross(
  turn: Turn,
  passage: Passage,
  ground: CrossingGround,
  witness?: SecondPlate,
): void {
  const { passageId } = passage;
  const unauthorised = ground !== 'right';
  const hand = ground === 'right' || ground === 'nobody' ? undefined : ground;
  const visits = unauthorised ? [] : planned(turn, passage);
  // Who stood there as a case already is one; who was not judged yet becomes one.
  const wasJudged = passage.kind !== 'capturing' && passage.kind !== 'deciding';
  const opened =
    unauthorised && (hand || !wasJudged)
      ? caseOf(turn, passage, { cause: hand ? crossingCauses[hand] : 'crossed-without-decision' })
      : undefined;
  cancelTimer(turn, departTimer(passage));
  // The arm still stood up for the one before, or it is broken off.
  if (!unauthorised && passage.right?.used === false) count(turn, 'crossedWithoutDeparture');
  moveTo(turn, passage, 'passing', {
    unauthorised,
    ...(hand && { crossedUnder: hand }),
    presenceLeft: turn.state.inputs.presence === 'clear',
  });
  record(turn, {
    events: [
      event(turn, 'passage.crossed.v1', passageId, {
        authorised: !unauthorised,
        ...(hand && { under: hand }),
        ...(witness && { witness }),
      }),
      ...(passage.releases.length > 0 && !unauthorised
        ? [event(turn, 'release.consumed.v1', passageId, { releases: passage.releases })]
        : []),
      ...visits.map((visit) =>
        visit.kind === 'opened'
          ? event(turn, 'visit.opened.v1', visit.visitId, {
              plate: visit.plate,
              passageId,
              containers: visit.containers,
            })
          : event(turn, 'visit.closed.v1', visit.visitId, { passageId, cause: visit.cause }),
      ),
      ...(unauthorised ? [] : appearances(turn, passage)),
      ...(opened ? [opened.event] : []),
    ],
    ...(passage.releases.length > 0 &&
      !unauthorised && {
        settle: { passageId, releases: passage.releases, as: 'consumed' as const },
      }),
    passage: passageRow(
      turn,
      { passageId, startedAtMs: passage.startedAt.wallMs },
      {
        crossedAtMs: turn.now.wallMs,
        ...(unauthorised && { outcome: hand ? crossingOutcomes[hand] : 'tailgated' }),
      },
    ),
    visits,
    yard: {
      kind: 'crossed',
      atMs: turn.now.wallMs,
      passageId,
      laneId: turn.context.settings.laneId,
      direction: passage.direction,
      authorised: !unauthorised,
      diverted: passage.decision?.disposition === 'divert',
      ...(passage.plan.appear && !unauthorised && { appear: passage.plan.appear }),
      rig: rigAcross(turn, passage),
      visits,
    },
    ...(opened && { exception: opened.row }),
  });
  const crossed = hand && passageById(turn, passageId);
  if (crossed) askForVisits(turn, crossed);
}

/** Where a diverted vehicle must appear is owed by its visit: the one it opens, or those that stay open. */
function appearances(turn: Turn, { passageId, plan }: Passage) {
  const { appear, open } = plan;
  if (!appear) return [];
  const due = { passageId, place: appear.place, dueMs: appear.byMs };
  return [event(turn, 'visit.appearanceDue.v1', open ? visitIdOf(passageId) : passageId, due)];
}

/** Of one that nobody decided on it is what the lane has read of him so far. */
function rigAcross(turn: Turn, { plan, identification, evidence }: Passage): Rig {
  if (plan.rig) return plan.rig;
  return rigOf(identification ?? identify(evidence, turn.context.policy.confidence));
}
