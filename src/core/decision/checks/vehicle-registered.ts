import { type Check, fail, notApplicable, pass } from '../check.ts';

/** The plate that was read belongs to a registered vehicle. */
export const vehicleRegistered: Check = {
  id: 'vehicle-registered',
  on: 'readings',
  reasons: {
    'vehicle-unknown': {
      zh: '车辆 {plate} 未备案',
      en: 'vehicle {plate} is not in the register',
    },
  },
  evaluate({ identification, binding }) {
    const plate = identification.tractor?.text;
    if (plate === undefined) return notApplicable;
    return binding.vehicleByPlate ? pass : fail('vehicle-unknown', { plate });
  },
};
