/** The vehicle over the exit line: releases are used up here, and nowhere else. */

import { identify } from '../identification/identify.ts';
import { type Rig, rigOf } from '../yard/rig.ts';
import { departTimer, planned } from './deciding.ts';
import type { Passage } from './passage.ts';
import { caseOf, passageRow } from './rows.ts';
import { cancelTimer, count, event, moveTo, record, type Turn } from './turn.ts';

/** `unauthorised`: without a right to it. Nothing is used then, and no visit begins or ends. */
export function cross(turn: Turn, passage: Passage, unauthorised: boolean): void {
  const { passageId } = passage;
  const visits = unauthorised ? [] : planned(turn, passage);
  // Who stood there as a case already is one; who was not judged yet becomes one.
  const wasJudged = passage.kind !== 'capturing' && passage.kind !== 'deciding';
  const opened =
    unauthorised && !wasJudged
      ? caseOf(turn, passage, { cause: 'crossed-without-decision' })
      : undefined;
  cancelTimer(turn, departTimer(passage));
  // The arm still stood up for the one before, or it is broken off.
  if (!unauthorised && passage.right?.used === false) count(turn, 'crossedWithoutDeparture');
  moveTo(turn, passage, 'passing', {
    unauthorised,
    presenceLeft: turn.state.inputs.presence === 'clear',
  });
  record(turn, {
    events: [
      event(turn, 'passage.crossed.v1', passageId, { authorised: !unauthorised }),
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
      ...(opened ? [opened.event] : []),
    ],
    ...(passage.releases.length > 0 &&
      !unauthorised && {
        settle: { passageId, releases: passage.releases, as: 'consumed' as const },
      }),
    passage: passageRow(
      turn,
      { passageId, startedAtMs: passage.startedAt.wallMs },
      { crossedAtMs: turn.now.wallMs, ...(unauthorised && { outcome: 'tailgated' as const }) },
    ),
    visits,
    yard: {
      kind: 'crossed',
      atMs: turn.now.wallMs,
      passageId,
      laneId: turn.context.settings.laneId,
      direction: turn.context.settings.direction,
      authorised: !unauthorised,
      diverted: passage.decision?.disposition === 'divert',
      rig: rigAcross(turn, passage),
      visits,
    },
    ...(opened && { exception: opened.row }),
  });
}

/** Of one that nobody decided on it is what the lane has read of him so far. */
function rigAcross(turn: Turn, { plan, identification, evidence }: Passage): Rig {
  if (plan.rig) return plan.rig;
  return rigOf(identification ?? identify(evidence, turn.context.policy.confidence));
}
