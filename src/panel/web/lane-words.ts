/** What a lane is doing in one word, and how grave it is: the page's own reading of the view. */
import type { CheckView, LaneView, PassageView } from '../../runtime/read-model.ts';
import type { Shape } from './shapes.ts';

export type LaneWord =
  | 'idle'
  | 'unauthorised'
  | PassageView['state']
  | Exclude<LaneView['serviceMode'], 'inService'>;

/** Colour family of a word; each has a shape of its own, so colour never stands alone. */
type Tone = 'quiet' | 'working' | 'good' | 'attention' | 'held' | 'stop' | 'fault';

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
  reversed: 'quiet',
  tailgated: 'fault',
  unauthorised: 'fault',
  powerRestoring: 'attention',
  draining: 'attention',
  switching: 'attention',
  maintenance: 'attention',
  localControl: 'attention',
  openHeld: 'stop',
  faulted: 'fault',
  outOfService: 'fault',
};

const shapes: Readonly<Record<Tone, Shape>> = {
  quiet: 'ring',
  working: 'dots',
  good: 'arrow',
  attention: 'exclamation',
  held: 'octagon',
  stop: 'cross',
  fault: 'diamond',
};

export function shapeOf(word: LaneWord): Shape {
  return shapes[tones[word]];
}

/** Class of the word's colours in `styles.css`. */
export function toneOf(word: LaneWord): string {
  return `tone-${tones[word]}`;
}

/**
 * The vehicle the lane is about: one that crosses without a release, else the oldest that has not yet crossed,
 * else the one that is crossing.
 */
export function foremost({ passages }: LaneView): PassageView | undefined {
  return (
    passages.find(({ unauthorised }) => unauthorised) ??
    passages.find(({ state, hasCrossed }) => !hasCrossed && state !== 'reversed') ??
    passages[0]
  );
}

/** Whether a plate may still be read before anything is decided. */
export function isBeingRead({ state }: PassageView): boolean {
  return state === 'approaching' || state === 'capturing';
}

export function passageWord(passage: PassageView): LaneWord {
  const { state, unauthorised } = passage;
  return state === 'passing' && unauthorised ? 'unauthorised' : state;
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
