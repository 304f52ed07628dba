import { type Check, fail, notApplicable, pass } from '../check.ts';

/** The driver that the binding names is registered, and the registration is in force. */
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
  },
  applies({ binding }) {
    return binding.bound?.driverId !== undefined;
  },
  evaluate({ binding, facts, nowWallMs }) {
    const driver = binding.bound?.driverId;
    if (driver === undefined) return notApplicable;
    const found = facts.drivers.find(({ id }) => id === driver);
    if (!found) return fail('driver-unknown', { driver });
    const over = found.validUntilMs !== undefined && found.validUntilMs < nowWallMs;
    return found.status !== 'valid' || over ? fail('driver-not-valid', { driver }) : pass;
  },
};
