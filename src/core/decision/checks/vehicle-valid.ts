import { normalisePlateText } from '../../identifiers/vehicle-plate.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** The vehicle's registration is in force and it is not blocked. */
export const vehicleValid: Check = {
  id: 'vehicle-valid',
  on: 'moment',
  reasons: {
    'vehicle-expired': {
      zh: '车辆 {plate} 备案已过期',
      en: "vehicle {plate}'s registration has expired",
    },
    'vehicle-blocked': { zh: '车辆 {plate} 已被停用', en: 'vehicle {plate} is blocked' },
  },
  evaluate({ binding, facts, identification, nowWallMs }) {
    const vehicle = binding.vehicleByPlate;
    if (!vehicle) return notApplicable;
    const plate = identification.tractor?.text ?? '';
    // Who blocks it need not be who registered it first.
    const isBlocked = facts.vehicles.some(
      ({ status, plates }) =>
        status === 'blocked' && plates.some((p) => normalisePlateText(p) === plate),
    );
    if (isBlocked) return fail('vehicle-blocked', { plate });
    const over = vehicle.validUntilMs !== undefined && vehicle.validUntilMs < nowWallMs;
    return vehicle.status === 'expired' || over ? fail('vehicle-expired', { plate }) : pass;
  },
};
