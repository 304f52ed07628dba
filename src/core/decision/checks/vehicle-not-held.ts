import { type Check, fail, notApplicable, pass } from '../check.ts';

/** No hold stops the vehicle itself. */
export const vehicleNotHeld: Check = {
  id: 'vehicle-not-held',
  reasons: {
    'vehicle-held': {
      zh: '车辆被{authority}布控：{reason}',
      en: 'the vehicle is held by {authority}: {reason}',
    },
  },
  evaluate({ binding, clearance }) {
    if (!binding.vehicleByPlate) return notApplicable;
    const hold = clearance.vehicleHolds[0];
    return hold ? fail('vehicle-held', { authority: hold.authority, reason: hold.reason }) : pass;
  },
};
