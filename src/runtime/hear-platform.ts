/** What the customs gate platform tells finds its lane by the number that customs gave the lane. */
import type { EventDraft } from '../core/journal/events.ts';
import type { LaneContext } from '../core/lane/lane-types.ts';
import type { PlatformHeard } from '../ports/gate-platform.ts';
import type { LaneRunner } from './lane-runner.ts';

interface LinkedLane {
  readonly context: LaneContext;
  readonly runner: Pick<LaneRunner, 'platformTold'>;
}

/** UTF-16 units of a text that others have a say in. */
const detailLengthMax = 300;

export function hearPlatform(
  lanes: readonly LinkedLane[],
  tell: (type: EventDraft['type'], data: EventDraft['data']) => void,
): (heard: PlatformHeard) => void {
  return (heard) => {
    if (heard.kind === 'refused') {
      const { code, detail } = heard;
      return tell('platform.refused.v1', { code, detail: detail.slice(0, detailLengthMax) });
    }
    const { lane, seqNo } = heard.kind === 'answered' ? heard.answer : heard;
    const linked = lanes.find(({ context }) => context.settings.platform?.lane === lane);
    if (linked) return linked.runner.platformTold(heard);
    tell('platform.answerIgnored.v1', { seqNo, why: 'noSuchLane' });
  };
}
