/**
 * The lane: `(state, input) → { state, effects }`, pure. One input at a time; what follows from it is worked
 * out in `settle`, from the state alone, so the order in which two loops report cannot matter.
 */
import type { Observation, ObservedAt } from '../observation.ts';
import { onActCommitted, onPersonAct } from './acts/take-act.ts';
import { armAtStart, stepArm } from './arm.ts';
import { forgetWeightOf, onTagSettled, takeReading, takeWeight } from './capture.ts';
import { onCommitResult, onFacts, onFactsUnavailable, onOrderResult } from './deciding.ts';
import { onFactsForeseen } from './foreseeing.ts';
import { endVisitsOf } from './held-crossing.ts';
import { asServed, standingFor } from './lane-direction.ts';
import { serve } from './lane-directive.ts';
import type { LaneContext, LaneInput, LaneInputBody, LaneState, LaneStep } from './lane-types.ts';
import { onArmEvent, onInputChange, onTimerDue } from './movement.ts';
import { onPictured } from './pictures.ts';
import { onPlatformAsked, onPlatformTold } from './platform.ts';
import { onFactsRechecked, onFeedChanged } from './recheck.ts';
import { onServiceAct, onServiceActCommitted, onTurnCommitted } from './service-act.ts';
import { serviceAtStart } from './service-mode.ts';
import { settle } from './settle.ts';
import { hearSource, nothingSighted, sourceHealth } from './source-watch.ts';
import { stand } from './standing.ts';
import { onCapturesFound, onCaptureTaken } from './station-captures.ts';
import { noteStranger } from './tailgating.ts';
import { beginTurn, drop, patch, recordEvent, type Turn } from './turn.ts';

export const laneAtStart: LaneState = {
  service: serviceAtStart,
  directive: serve,
  pendingActs: [],
  arm: armAtStart,
  inputs: {
    approach: 'unknown',
    presence: 'unknown',
    exit: 'unknown',
    curtain: 'unknown',
    deckFront: 'unknown',
    deckRear: 'unknown',
    localControl: 'unknown',
    barrierFault: 'unknown',
  },
  passages: [],
  recent: [],
  leavingTags: [],
  crossedPlates: [],
  leavingCards: [],
  settledTags: [],
  light: 'red',
  awaitingSensing: [],
  closeRequested: false,
  armUnsupervised: false,
  ledgerFailing: false,
  standing: [],
  sightings: { seen: [], missed: { approach: 0, presence: 0, exit: 0, curtain: 0 } },
  sources: nothingSighted,
  raises: 0,
  dropped: {},
  counts: {},
  timers: [],
};

export function step(state: LaneState, input: LaneInput, context: LaneContext): LaneStep {
  const turn = beginTurn(state, input, context);
  take(turn);
  // A decision that waits for its commit, as well as one foreseen, changes nothing that settling looks at.
  if (input.kind !== 'factsGathered' && input.kind !== 'factsForeseen') settle(turn);
  return { state: turn.state, effects: turn.effects };
}

function take(turn: Turn): void {
  const { input } = turn;
  switch (input.kind) {
    case 'observed':
      return observeAsServed(turn, input.observed);
    case 'pictured':
      return onPictured(turn, input.pictured);
    case 'timerDue':
      patch(turn, { timers: turn.state.timers.filter((timer) => timer !== input.timer) });
      return onTimerDue(turn, input.timer);
    case 'factsGathered':
      return onFacts(turn, input.passageId, input.facts);
    case 'factsForeseen':
      return onFactsForeseen(turn, input.passageId, input.facts);
    case 'platformAsked':
      return onPlatformAsked(turn, input.passageId, input.asked);
    case 'platformTold':
      return onPlatformTold(turn, input.told);
    case 'factsUnavailable':
      return onFactsUnavailable(turn, input.passageId, input.detail);
    case 'commitResult':
      return onCommitted(turn, input);
    case 'orderResult':
      return onOrderResult(turn, input.commandId, input.result);
    case 'feedChanged':
      return onFeedChanged(turn);
    case 'factsRechecked':
      if (endVisitsOf(turn, input.passageId, input.facts)) return;
      return onFactsRechecked(turn, input.passageId, input.facts);
    case 'personAct':
      return onPersonAct(turn, input);
    case 'tagSettled':
      return onTagSettled(turn, input.verdict);
    case 'captureTaken':
      return onCaptureTaken(turn);
    case 'capturesFound':
      return onCapturesFound(turn, input.passageId, input.found);
    case 'ledgerHealth':
      return patch(turn, { ledgerFailing: input.failing });
    case 'restored':
      return restore(turn, input);
    case 'serviceAct':
      return onServiceAct(turn, input);
    default:
      return unreachable(input);
  }
}

function onCommitted(
  turn: Turn,
  { tag, result }: Extract<LaneInputBody, { kind: 'commitResult' }>,
): void {
  if (tag.kind === 'serviceAct') return onServiceActCommitted(turn, tag.actId, result);
  if (tag.kind === 'turn') return onTurnCommitted(turn, tag.to, result);
  if (tag.kind === 'act') return onActCommitted(turn, tag, result);
  return onCommitResult(turn, tag, result);
}

function restore(
  turn: Turn,
  { passages, standing }: Extract<LaneInputBody, { kind: 'restored' }>,
): void {
  patch(turn, {
    awaitingSensing: passages,
    ...(standing && standingFor(standing, turn.context.settings)),
  });
}

function observeAsServed(turn: Turn, observed: ObservedAt): void {
  const served = asServed(observed, turn.state, turn.context.settings);
  if (served) return observe(turn, served);
  drop(turn, 'otherDirection');
}

function observe(turn: Turn, observed: ObservedAt): void {
  const { observation } = observed;
  hearSource(turn, observed);
  switch (observation.kind) {
    case 'plateRead':
      noteStranger(turn, { ...observed, observation });
      return takeReading(turn, { ...observed, observation });
    case 'containerNumberRead':
    case 'tagRead':
    case 'driverCardRead':
      return takeReading(turn, { ...observed, observation });
    case 'weightReading':
      return takeWeight(turn, { ...observed, observation });
    case 'inputChange':
      return onInputChange(turn, observation);
    case 'barrierPosition': {
      stand(turn, { code: 'arm-limits-contradict' }, observation.position === 'contradictory');
      const moved = stepArm(turn.state.arm, observation.position);
      patch(turn, { arm: moved.state });
      for (const armEvent of moved.events) onArmEvent(turn, armEvent);
      return;
    }
    case 'deviceHealth':
      return onHealth(turn, observed, observation);
    case 'deviceAlarm': {
      const { deviceId } = observed;
      const { code, detail, state } = observation;
      const data = { deviceId, ...(detail !== undefined && { detail }) };
      return stand(turn, { code, of: `${deviceId}/${detail ?? ''}`, data }, state === 'raised');
    }
    default:
      return unreachable(observation);
  }
}

function onHealth(
  turn: Turn,
  observed: ObservedAt,
  health: Extract<Observation, { kind: 'deviceHealth' }>,
): void {
  if (health.state !== 'up') forgetWeightOf(turn, observed.deviceId);
  sourceHealth(turn, observed.deviceId, health.state === 'up');
  const type = health.state === 'up' ? 'device.recovered.v1' : 'device.faulted.v1';
  recordEvent(turn, type, observed.deviceId, {
    state: health.state,
    ...(health.fault !== undefined && { code: health.fault }),
  });
}

function unreachable(value: never): never {
  throw new TypeError(`not a lane input: ${JSON.stringify(value)}`);
}
