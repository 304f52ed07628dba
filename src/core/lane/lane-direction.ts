/**
 * Which way a lane is turned, and what its devices mean then. Only a reversible lane has another direction than the one
 * it is built for.
 */
import type { Direction } from '../facts.ts';
import type { InputPoint, ObservedAt } from '../observation.ts';
import { type LaneStanding, serve } from './lane-directive.ts';
import type { LaneSettings, LaneState } from './lane-types.ts';

/** The direction of whoever comes now. */
export function directionOf(
  state: Pick<LaneState, 'direction'>,
  settings: LaneSettings,
): Direction {
  return state.direction ?? settings.direction;
}

/** What was on record, as far as the lane as it is configured now can have it. */
export function standingFor(standing: LaneStanding, settings: LaneSettings): LaneStanding {
  if (settings.isReversible) return standing;
  const isTurn = standing.directive.kind === 'turn';
  return { directive: isTurn ? serve : standing.directive, direction: settings.direction };
}

/** Along the lane, what comes first in one direction comes last in the other. */
const mirrored: Partial<Record<InputPoint, InputPoint>> = {
  approach: 'exit',
  exit: 'approach',
  deckFront: 'deckRear',
  deckRear: 'deckFront',
};

export function mirroredInputs(inputs: LaneState['inputs']): LaneState['inputs'] {
  return {
    ...inputs,
    approach: inputs.exit,
    exit: inputs.approach,
    deckFront: inputs.deckRear,
    deckRear: inputs.deckFront,
  };
}

/**
 * An observation as it is meant in the direction the lane has now; undefined where the device serves the other one.
 * Devices are named and wired for the direction of the settings. A camera that looks at the front of who comes in
 * looks at the rear of who goes out.
 */
export function asServed(
  observed: ObservedAt,
  state: Pick<LaneState, 'direction'>,
  settings: LaneSettings,
): ObservedAt | undefined {
  if (!settings.isReversible) return observed;
  const direction = directionOf(state, settings);
  const serves = settings.sources.find(({ deviceId }) => deviceId === observed.deviceId)?.serves;
  if (serves !== undefined && serves !== direction) return undefined;
  if (direction === settings.direction) return observed;
  const { observation } = observed;
  switch (observation.kind) {
    case 'inputChange': {
      const point = mirrored[observation.point] ?? observation.point;
      return { ...observed, observation: { ...observation, point } };
    }
    case 'plateRead': {
      if (serves !== undefined) return observed;
      const view = observation.view === 'front' ? 'rear' : 'front';
      return { ...observed, observation: { ...observation, view } };
    }
    default:
      return observed;
  }
}
