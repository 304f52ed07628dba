import { entitled } from '../../facts.ts';
import {
  type Check,
  type CheckContext,
  type CheckOutcome,
  fail,
  notApplicable,
  pass,
  unknown,
} from '../check.ts';

/**
 * Who drives is registered, and the registration is in force: the driver whose card was read, and the one that the binding
 * names. A lane that is built to read cards has to have read one, and one alone.
 */
export const driverRegistered: Check = {
  id: 'driver-registered',
  on: 'moment',
  reasons: {
    'driver-unknown': {
      zh: '绑定的司机 {driver} 未备案',
      en: 'driver {driver} of the binding is not in the register',
    },
    'driver-not-valid': {
      zh: '司机 {driver} 备案已过期或被停用',
      en: "driver {driver}'s registration has expired or is blocked",
    },
    'driver-cards-differ': {
      zh: '读到 {count} 张不同的司机卡',
      en: '{count} different cards of drivers were read',
    },
    'driver-card-stale': {
      zh: '读到的是前一车司机的卡',
      en: 'the card of the driver before was read again',
    },
    'driver-card-unknown': {
      zh: '司机卡未备案（{card}）',
      en: 'no driver is registered with the card that was read ({card})',
    },
    'driver-card-unread': { zh: '未读到司机卡', en: 'no card of a driver was read' },
  },
  applies({ binding, identification, requirements }) {
    const isBound = binding.bound?.driverId !== undefined;
    return isBound || identification.driver !== undefined || requirements.driver === true;
  },
  evaluate(context) {
    const bound = ofBinding(context);
    return bound.outcome === 'fail' ? bound : ofCard(context, bound);
  },
};

function ofBinding({ binding, facts, nowWallMs }: CheckContext): CheckOutcome {
  const driver = binding.bound?.driverId;
  if (driver === undefined) return notApplicable;
  const found = facts.drivers.filter(({ id }) => id === driver);
  if (found.length === 0) return fail('driver-unknown', { driver });
  return standing(found, nowWallMs);
}

function ofCard(context: CheckContext, bound: CheckOutcome): CheckOutcome {
  const { identification, facts, requirements, nowWallMs } = context;
  const { driver } = identification;
  if (!driver) return requirements.driver === true ? unknown('driver-card-unread') : bound;
  if (driver.stale) return fail('driver-card-stale');
  const [card, ...others] = driver.cards;
  if (others.length > 0) return fail('driver-cards-differ', { count: driver.cards.length });
  if (card === undefined) return bound;
  const found = facts.drivers.filter(({ cards }) => cards.includes(card));
  if (found.length > 0) return standing(found, nowWallMs);
  return entitled(facts, 'driver') ? fail('driver-card-unknown', { card }) : bound;
}

/** Who blocks a driver need not be who registered him first. */
function standing(found: CheckContext['facts']['drivers'], nowWallMs: number): CheckOutcome {
  const over = found.find(
    ({ status, validUntilMs = nowWallMs }) => status !== 'valid' || validUntilMs < nowWallMs,
  );
  return over ? fail('driver-not-valid', { driver: over.id }) : pass;
}
