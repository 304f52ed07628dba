import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** No hold stops the vehicle itself or its trailer. A hold that could not be read makes the answer unknown. */
export const vehicleNotHeld: Check = {
  id: 'vehicle-not-held',
  on: 'clearance',
  reasons: {
    'vehicle-held': {
      zh: '车辆被{authority}布控：{reason}',
      en: 'the vehicle is held by {authority}: {reason}',
    },
    'vehicle-hold-unreadable': {
      zh: '存在无法解析的布控信息，可能涉及本车：{reason}',
      en: 'a hold that could not be read may concern the vehicle: {reason}',
    },
  },
  evaluate({ binding, clearance }) {
    const hold = clearance.vehicleHolds[0];
    if (hold) return fail('vehicle-held', { authority: hold.authority, reason: hold.reason });
    const [reason] = clearance.vehicleTaints;
    if (reason !== undefined) return unknown('vehicle-hold-unreadable', { reason });
    return binding.vehicleByPlate ? pass : notApplicable;
  },
};
