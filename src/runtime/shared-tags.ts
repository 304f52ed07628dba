/** Of a gate: every tag reading goes through here before its lane takes it, so that lanes next to each other agree. */
import { emptyTagField, hearTag, type TagField } from '../core/gate/tag-field.ts';
import type { Observation, ObservedAt, TagRead } from '../core/observation.ts';
import type { LaneRunner } from './lane-runner.ts';

export class SharedTags {
  readonly #lanes: () => readonly LaneRunner[];
  #field: TagField = emptyTagField;

  constructor(lanes: () => readonly LaneRunner[]) {
    this.#lanes = lanes;
  }

  heard(lane: LaneRunner, { observation, receivedAt }: ObservedAt<TagRead>): void {
    const lanes = this.#lanes();
    if (lanes.length < 2) return;
    const { tag, rssiDbm } = observation;
    const { field, verdicts } = hearTag(this.#field, {
      tag,
      laneId: lane.id,
      ...(rssiDbm !== undefined && { rssiDbm }),
      atMonotonicMs: receivedAt.monotonicMs,
      hasVehicle: lane.state.passages.some(
        ({ kind }) => kind === 'approaching' || kind === 'capturing',
      ),
    });
    this.#field = field;
    for (const verdict of verdicts) {
      lanes.find(({ id }) => id === verdict.laneId)?.tagSettled(verdict);
    }
  }
}

export function isTagRead(observed: ObservedAt<Observation>): observed is ObservedAt<TagRead> {
  return observed.observation.kind === 'tagRead';
}
