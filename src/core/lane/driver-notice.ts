/**
 * What the lane tells the driver of the vehicle that stands there. It follows the state and moves nothing. "Go" is
 * told by the rule that turns the light green, and not before the arm was seen to leave closed: whoever reads it
 * finds the way open. Why customs holds or refuses a vehicle is not told to its driver.
 */
import type { ReasonText } from '../decision/check.ts';
import { reasonText } from '../decision/decide.ts';
import type { DriverNotice, LaneState, NoticeKind } from './lane-types.ts';
import { isHeldUp } from './ordered-raise.ts';
import { isLetThrough, type Passage } from './passage.ts';
import { isGoing } from './served.ts';
import { patch, type Turn } from './turn.ts';

const noticeTexts: Readonly<Record<NoticeKind, ReasonText>> = {
  closed: { zh: '车道关闭', en: 'Lane closed' },
  welcome: { zh: '欢迎光临', en: 'Welcome' },
  wait: { zh: '请停车等候', en: 'Please wait' },
  go: { zh: '请通行', en: 'Please go' },
  seeClerk: { zh: '请联系工作人员', en: 'See the clerk' },
};

/** Let through, and not to where he wanted to go. */
const diverted: ReasonText = { zh: '请驶往查验区', en: 'Go to inspection' };

/** Checks whose outcome is between customs and the clerk. */
const silentChecks: ReadonlySet<string> = new Set([
  'not-held',
  'vehicle-not-held',
  'not-revoked',
  'unchanged-in-transit',
  'eseal-healthy',
  'customs-verdict',
  'platform',
]);

/** Told last, when everything that moves something has been told. */
export function settleNotice(turn: Turn, anew: boolean): void {
  if (!turn.context.settings.hasDisplay) return;
  const notice = noticeOf(turn.state);
  const before = turn.state.notice;
  if (before && !anew && isSame(before, notice)) return;
  patch(turn, { notice });
  turn.effects.push({ kind: 'notice', notice });
}

export function noticeOf(state: LaneState): DriverNotice {
  if (isHeldUp(state)) return plain(isGoing(state) ? 'go' : 'closed');
  const { kind } = state.service;
  const passages = state.passages.filter(({ isUninvited }) => !isUninvited);
  const isServing = kind === 'inService' || (kind === 'draining' && passages.length > 0);
  if (!isServing) return plain('closed');
  const { arm } = state;
  const going = passages.find((passage) => isLetThrough(passage) && !passage.left);
  if (going) {
    const isOpen = arm.kind === 'opening' || arm.kind === 'open';
    if (!isOpen || going.stopped) return plain('wait');
    const isDiverted = going.decision?.disposition === 'divert';
    return isDiverted ? { kind: 'go', text: diverted } : plain('go');
  }
  // The oldest that has not crossed is the one at the arm.
  const first = passages.find((passage) => passage.kind !== 'passing' && !passage.left);
  switch (first?.kind) {
    case undefined:
    case 'approaching':
      return plain('welcome');
    case 'referred':
    case 'held':
    case 'refused':
      return seeClerk(first);
    default:
      return plain('wait');
  }
}

function plain(kind: NoticeKind): DriverNotice {
  return { kind, text: noticeTexts[kind] };
}

function seeClerk(passage: Passage): DriverNotice {
  const notice = plain('seeClerk');
  const [code] = passage.reasons;
  if (passage.kind !== 'referred' || code === undefined) return notice;
  const checks = passage.decision?.checks ?? [];
  const isSilent = checks.some(
    (check) => silentChecks.has(check.check) && passage.reasons.includes(check.code ?? ''),
  );
  if (isSilent) return notice;
  const evidence = checks.find((check) => check.code === code)?.evidence;
  return { ...notice, reason: reasonText(code, evidence) };
}

function isSame(a: DriverNotice, b: DriverNotice): boolean {
  return (
    a.kind === b.kind &&
    a.text === b.text &&
    a.reason?.zh === b.reason?.zh &&
    a.reason?.en === b.reason?.en
  );
}
