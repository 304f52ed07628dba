import { names } from '../../binding/bind.ts';
import { type Check, type CheckContext, fail, notApplicable, pass, unknown } from '../check.ts';
import { timeText } from '../time-text.ts';

/**
 * An electronic seal that is on a box of the truck reports itself whole. Asked where a source tells of one; one that has
 * fallen silent, or does not know, is unknown.
 */
export const esealHealthy: Check = {
  id: 'eseal-healthy',
  on: 'moment',
  reasons: {
    'eseal-tampered': {
      zh: '箱 {container} 的电子关锁 {number} 被破坏',
      en: 'electronic seal {number} of container {container} has been tampered with',
    },
    'eseal-faulty': {
      zh: '箱 {container} 的电子关锁 {number} 故障',
      en: 'electronic seal {number} of container {container} has a fault',
    },
    'eseal-state-unknown': {
      zh: '箱 {container} 的电子关锁 {number} 状态未知',
      en: 'the state of electronic seal {number} of container {container} is not known',
    },
    'eseal-silent': {
      zh: '箱 {container} 的电子关锁 {number} 自 {since} 起未上报',
      en: 'electronic seal {number} of container {container} has not reported since {since}',
    },
  },
  applies(context) {
    return sealsOn(context).length > 0;
  },
  evaluate(context) {
    const { policy, nowWallMs } = context;
    const seals = sealsOn(context);
    if (seals.length === 0) return notApplicable;
    for (const health of ['tampered', 'faulty'] as const) {
      const bad = seals.find((each) => each.health === health);
      if (bad) return fail(`eseal-${health}`, named(bad));
    }
    const unsure = seals.find(({ health }) => health === 'unknown');
    if (unsure) return unknown('eseal-state-unknown', named(unsure));
    const { esealAgeMsMax = Number.POSITIVE_INFINITY } = policy;
    const silent = seals.find(({ reportedAtMs }) => nowWallMs - reportedAtMs > esealAgeMsMax);
    return silent
      ? unknown('eseal-silent', { ...named(silent), since: timeText(silent.reportedAtMs) })
      : pass;
  },
};

interface SealOnBox {
  readonly container: string;
  readonly number: string;
}

const named = ({ container, number }: SealOnBox) => ({ container, number });

function sealsOn({ binding, facts }: Pick<CheckContext, 'binding' | 'facts'>) {
  const attached = facts.monitoringDevices.filter(
    ({ device, operation }) => device === 'electronicSeal' && operation === 'attached',
  );
  return binding.boxes.flatMap(({ container }) =>
    attached
      .filter(({ containers }) => names(containers, container))
      .map((seal) => ({ ...seal, container })),
  );
}
