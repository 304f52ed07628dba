/** What a lane is doing in one word, and how grave it is: the page's own reading of the view. */
import type { CheckView, LaneView, PassageView } from '../../runtime/read-model.ts';

export type LaneWord =
  | 'idle'
  | 'diverting'
  | 'unauthorised'
  | PassageView['state']
  | Exclude<LaneView['serviceMode'], 'inService'>;

/** Colour family and icon of a word; each has a shape of its own, so colour never stands alone. */
export type Tone = 'quiet' | 'working' | 'good' | 'attention' | 'held' | 'stop' | 'fault';

const tones: Readonly<Record<LaneWord, Tone>> = {
  idle: 'quiet',
  approaching: 'working',
  capturing: 'working',
  deciding: 'working',
  admitted: 'good',
  opening: 'good',
  passing: 'good',
  diverting: 'attention',
  referred: 'attention',
  held: 'held',
  refused: 'stop',
  unauthorised: 'fault',
  powerRestoring: 'attention',
  faulted: 'fault',
  outOfService: 'fault',
};

export function toneOf(word: LaneWord): Tone {
  return tones[word];
}

/** The vehicle the lane is about: the oldest that has not yet crossed, else the one that is crossing. */
export function foremost(lane: LaneView): PassageView | undefined {
  return lane.passages.find(({ state }) => state !== 'passing') ?? lane.passages[0];
}

export function passageWord(passage: PassageView): LaneWord {
  if (passage.unauthorised) return 'unauthorised';
  const opened = ['admitted', 'opening', 'passing'].includes(passage.state);
  return opened && passage.decision?.disposition === 'divert' ? 'diverting' : passage.state;
}

export function laneWord(lane: LaneView): LaneWord {
  if (lane.serviceMode !== 'inService') return lane.serviceMode;
  const passage = foremost(lane);
  return passage ? passageWord(passage) : 'idle';
}

const consequenceRank = ['refuse', 'hold', 'refer', 'divert', 'warn'] as const;
const outcomeRank: Readonly<Record<CheckView['outcome'], number>> = {
  fail: 0,
  unknown: 1,
  warn: 2,
  pass: 3,
  notApplicable: 4,
};

function gravity(check: CheckView): number {
  const consequence = check.consequence ? consequenceRank.indexOf(check.consequence) : 9;
  return consequence * 10 + outcomeRank[check.outcome];
}

/** Gravest first; checks of equal gravity keep the order of the catalogue. */
export function worstFirst(checks: readonly CheckView[]): readonly CheckView[] {
  return [...checks].sort((a, b) => gravity(a) - gravity(b));
}
