import { rigTare } from '../../weighing/rig-tare.ts';
import { type Check, notApplicable, pass, unknown } from '../check.ts';

/** The tare of the rig is registered and has not run out. */
export const tareKnown: Check = {
  id: 'tare-known',
  on: 'moment',
  reasons: {
    'tare-missing': {
      zh: '没有登记的皮重：{part}',
      en: 'no tare is registered for the {part}',
    },
    'tare-expired': { zh: '皮重已过有效期：{part}', en: "the {part}'s tare is out of date" },
  },
  evaluate({ binding, requirements, nowWallMs }) {
    if (!requirements.weight || !binding.vehicleByPlate) return notApplicable;
    const tare = rigTare(binding, nowWallMs);
    if (tare.kind === 'known') return pass;
    return unknown(tare.isOver ? 'tare-expired' : 'tare-missing', { part: tare.lacking });
  },
};
