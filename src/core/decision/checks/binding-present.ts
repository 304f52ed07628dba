import { entitled } from '../../facts.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** Truck and cargo are bound, and the binding is in force. Asked where a source speaks of bindings. */
export const bindingPresent: Check = {
  id: 'binding-present',
  on: 'moment',
  reasons: {
    'binding-none': {
      zh: '车辆 {plate} 没有车货绑定',
      en: 'vehicle {plate} is not bound to any cargo',
    },
    'binding-undone': {
      zh: '车辆 {plate} 的车货绑定已解除',
      en: "vehicle {plate}'s binding has been undone",
    },
    'binding-expired': {
      zh: '车辆 {plate} 的车货绑定不在有效期内',
      en: "vehicle {plate}'s binding is not in force now",
    },
  },
  applies({ facts }) {
    return entitled(facts, 'binding');
  },
  evaluate({ binding, facts, identification, nowWallMs }) {
    const plate = identification.tractor?.text;
    if (plate === undefined || !entitled(facts, 'binding')) return notApplicable;
    if (binding.boxes.length === 0 && binding.transactionTypes.length === 0) return notApplicable;
    if (!binding.bound) {
      return fail(binding.wasUnbound ? 'binding-undone' : 'binding-none', { plate });
    }
    const { validFromMs = nowWallMs, validUntilMs = nowWallMs } = binding.bound;
    return validFromMs <= nowWallMs && nowWallMs <= validUntilMs
      ? pass
      : fail('binding-expired', { plate });
  },
};
