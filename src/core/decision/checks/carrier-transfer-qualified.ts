import { entitled } from '../../facts.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** Goods under transfer clearance are carried by a firm that customs has admitted to it. */
export const carrierTransferQualified: Check = {
  id: 'carrier-transfer-qualified',
  on: 'moment',
  reasons: {
    'carrier-unknown': {
      zh: '转关运输车辆 {plate} 的承运企业未知',
      en: 'the carrier of {plate}, which carries transfer goods, is not known',
    },
    'carrier-not-qualified': {
      zh: '承运企业 {carrier} 没有转关运输资质',
      en: 'carrier {carrier} is not admitted to transfer goods',
    },
    'carrier-not-valid': {
      zh: '承运企业 {carrier} 备案已过期或被停用',
      en: "carrier {carrier}'s registration has expired or is blocked",
    },
  },
  applies({ binding, facts }) {
    return (
      binding.transactionTypes.some((type) => type.endsWith('Transfer')) &&
      entitled(facts, 'carrier')
    );
  },
  evaluate({ binding, facts, identification, nowWallMs }) {
    const isTransfer = binding.transactionTypes.some((type) => type.endsWith('Transfer'));
    if (!isTransfer || !entitled(facts, 'carrier')) return notApplicable;
    const carrierId = binding.vehicleByPlate?.carrierId;
    const carrier = facts.carriers.find(({ id }) => id === carrierId);
    if (!carrier) return unknown('carrier-unknown', { plate: identification.tractor?.text ?? '—' });
    const over = carrier.validUntilMs !== undefined && carrier.validUntilMs < nowWallMs;
    if (carrier.status !== 'valid' || over)
      return fail('carrier-not-valid', { carrier: carrier.id });
    return carrier.transferQualified
      ? pass
      : fail('carrier-not-qualified', { carrier: carrier.id });
  },
};
