import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** The card that was read is one of the driver whom the binding names. Asked where cards are read. */
export const driverMatchesBinding: Check = {
  id: 'driver-matches-binding',
  on: 'readings',
  reasons: {
    'driver-differs': {
      zh: '绑定司机为 {bound}，读到的是司机 {driver} 的卡',
      en: 'driver {bound} is bound, and the card read is that of {driver}',
    },
    'driver-unconfirmed': {
      zh: '绑定司机 {bound} 未经司机卡确认',
      en: 'no card confirms driver {bound}, who is bound',
    },
  },
  evaluate({ binding, identification, facts, requirements }) {
    const bound = binding.bound?.driverId;
    const { driver } = identification;
    if (bound === undefined || (!driver && requirements.driver !== true)) return notApplicable;
    const [card, ...others] = driver?.cards ?? [];
    if (card === undefined || others.length > 0 || driver?.stale === true) {
      return unknown('driver-unconfirmed', { bound });
    }
    const [first, ...more] = facts.drivers
      .filter(({ cards }) => cards.includes(card))
      .map(({ id }) => id);
    // A card that is registered for two drivers tells neither.
    if (first === undefined || more.some((id) => id !== first)) {
      return unknown('driver-unconfirmed', { bound });
    }
    return first === bound ? pass : fail('driver-differs', { bound, driver: first });
  },
};
