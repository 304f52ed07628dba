import { recordOf, transitOf } from '../../binding/passing-through.ts';
import type { EntryRecord } from '../../entry-record.ts';
import type { OpenVisit } from '../../facts.ts';
import { beyond } from '../../weighing/tolerance.ts';
import { type Check, type CheckContext, fail, pass, unknown } from '../check.ts';

/**
 * Transfer cargo that passes through the premises leaves as it came: the same boxes, trailer, seals and weight as at the
 * entry of the visit. What was not read at either end is unknown. The weights compare only where all that entered
 * passes through.
 */
export const unchangedInTransit: Check = {
  id: 'unchanged-in-transit',
  on: 'moment',
  reasons: {
    'transit-changed': {
      zh: '过境转关货物与进场时不一致（{changed}）：进场 {entered}，出场 {leaving}',
      en: 'cargo in transit is not as it entered ({changed}): {entered} then, {leaving} now',
    },
    'transit-unread': {
      zh: '过境转关货物无法与进场时比对：{unread}',
      en: 'cargo in transit cannot be compared with what entered: {unread}',
    },
    'transit-entry-unknown': {
      zh: '过境转关货物没有唯一的进场记录（{count} 条）',
      en: 'cargo in transit has no single entry on record ({count} found)',
    },
  },
  applies({ direction, binding }) {
    const isRecorded = binding.openVisits.some(({ entered }) => entered?.transit !== undefined);
    return direction === 'out' && (isRecorded || transitOf(binding) !== undefined);
  },
  evaluate(context) {
    const { openVisits } = context.binding;
    const [visit] = openVisits;
    if (!visit?.entered || openVisits.length > 1) {
      return unknown('transit-entry-unknown', {
        count: openVisits.filter(({ entered }) => entered).length,
      });
    }
    const compared = comparisons(context, { ...visit, entered: visit.entered });
    const changed = compared.filter(({ result }) => result === 'differs');
    if (changed.length > 0) {
      return fail('transit-changed', {
        changed: changed.map(({ what }) => what).join(', '),
        entered: changed.map(({ atEntry }) => atEntry).join('; '),
        leaving: changed.map(({ atExit }) => atExit).join('; '),
      });
    }
    const unread = compared.filter(({ result }) => result === 'unread');
    if (unread.length === 0) return pass;
    return unknown('transit-unread', { unread: unread.map(({ what }) => what).join(', ') });
  },
};

interface Comparison {
  readonly what: 'boxes' | 'trailer' | 'seals' | 'weight';
  readonly result: 'same' | 'differs' | 'unread';
  readonly atEntry: string;
  readonly atExit: string;
}

function comparisons(
  context: CheckContext,
  { entered, containers }: OpenVisit & { readonly entered: EntryRecord },
): readonly Comparison[] {
  const leaving = recordOf(context);
  const transit = [...(entered.transit ?? []), ...(leaving.transit ?? [])];
  const isWhole = containers.every((each) => transit.includes(each));
  const inTransit = (boxes: readonly string[]) =>
    (isWhole ? boxes : boxes.filter((each) => transit.includes(each))).toSorted().join(', ');
  const boxesNow = context.binding.boxes.map(({ container }) => container);
  const areBoxesRead = entered.boxesRead && leaving.boxesRead;
  const sealed = boxesNow.filter((each) => containers.includes(each) && transit.includes(each));
  return [
    areBoxesRead
      ? compared('boxes', inTransit(containers), inTransit(boxesNow))
      : unreadOf('boxes'),
    compared('trailer', entered.trailer, leaving.trailer),
    ...sealed.map((each) =>
      context.policy.sealsMustBeRead === true
        ? unreadOf('seals')
        : compared('seals', entered.seals[each], leaving.seals[each]),
    ),
    isWhole ? weights(context, entered.grossKg, leaving.grossKg) : unreadOf('weight'),
  ];
}

function compared(what: Comparison['what'], atEntry?: string, atExit?: string): Comparison {
  if (atEntry === undefined || atExit === undefined) return unreadOf(what);
  const result = atEntry === atExit ? 'same' : 'differs';
  return { what, result, atEntry: atEntry || '–', atExit: atExit || '–' };
}

const unreadOf = (what: Comparison['what']): Comparison => ({
  what,
  result: 'unread',
  atEntry: '',
  atExit: '',
});

function weights({ policy }: CheckContext, thenKg?: number, nowKg?: number): Comparison {
  if (thenKg === undefined || nowKg === undefined) return unreadOf('weight');
  const isSame = !beyond(policy.transitTolerance ?? policy.weightTolerance, {
    measuredKg: nowKg,
    expectedKg: thenKg,
  });
  return {
    what: 'weight',
    result: isSame ? 'same' : 'differs',
    atEntry: `${thenKg} kg`,
    atExit: `${nowKg} kg`,
  };
}
