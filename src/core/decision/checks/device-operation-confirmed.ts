import { names } from '../../binding/bind.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/**
 * Each box of work that the policy wants monitored has an electronic seal or a tracker on it, as a source tells. What
 * nobody told is unknown.
 */
export const deviceOperationConfirmed: Check = {
  id: 'device-operation-confirmed',
  on: 'readings',
  reasons: {
    'device-detached': {
      zh: '箱 {container} 的电子关锁或追踪器 {number} 已解除',
      en: 'seal or tracker {number} of container {container} has been taken off',
    },
    'device-operation-unconfirmed': {
      zh: '箱 {container} 未确认已施加电子关锁或追踪器',
      en: 'nothing confirms that container {container} has a seal or tracker on it',
    },
  },
  evaluate({ binding, direction, facts, policy }) {
    const types = (policy.monitored ?? [])
      .filter((each) => each.direction === direction)
      .map(({ transactionType }) => transactionType);
    const wanted = binding.boxes.filter(({ plannedTypes }) =>
      plannedTypes.some((type) => types.includes(type)),
    );
    for (const { container } of wanted) {
      const own = facts.monitoringDevices.filter(({ containers }) => names(containers, container));
      if (own.some(({ operation }) => operation === 'attached')) continue;
      const [detached] = own;
      return detached
        ? fail('device-detached', { container, number: detached.number })
        : unknown('device-operation-unconfirmed', { container });
    }
    return wanted.length === 0 ? notApplicable : pass;
  },
};
