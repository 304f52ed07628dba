import { platesOf } from '../../identification/identify.ts';
import { normalisePlateText } from '../../identifiers/vehicle-plate.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';
import { objectionTo, openingPermits } from '../permit.ts';

/** A permit that the policy opens for names every plate of the truck and holds in this lane, on this day, at this hour. */
export const permitValid: Check = {
  id: 'permit-valid',
  on: 'moment',
  reasons: {
    'permit-none': {
      zh: '车辆 {plate} 没有可通行的通行证',
      en: 'vehicle {plate} has no permit that opens here',
    },
    'permit-blocked': {
      zh: '通行证 {permit} 已被停用',
      en: 'permit {permit} is blocked',
    },
    'permit-other-plate': {
      zh: '车上读到的车牌 {plate} 不在通行证上',
      en: 'plate {plate} on the truck is on no permit of it',
    },
    'permit-plate-repaired': {
      zh: '车牌 {plate} 经过修正（识别为 {raw}），不能凭通行证放行',
      en: 'plate {plate} was read as {raw}; a permit needs the plate as it was read',
    },
    'permit-expired': {
      zh: '通行证 {permit} 不在有效期内',
      en: 'permit {permit} is not in force now',
    },
    'permit-other-lane': {
      zh: '通行证 {permit} 不适用于本通道',
      en: 'permit {permit} is not good for this lane',
    },
    'permit-outside-hours': {
      zh: '当前时间不在通行证 {permit} 的通行时段内',
      en: 'permit {permit} is not good at this hour',
    },
  },
  applies({ identification }) {
    return identification.tractor !== undefined;
  },
  evaluate({ identification, binding, policy, laneId, nowWallMs }) {
    const { tractor } = identification;
    if (!tractor) return notApplicable;
    const { text: plate, repairedFrom: raw } = tractor;
    const blocked = binding.permits.find(({ status }) => status === 'blocked');
    if (blocked) return fail('permit-blocked', { permit: blocked.id });
    const permits = openingPermits(binding, policy);
    const [first] = permits;
    if (!first) return fail('permit-none', { plate });
    if (raw !== undefined) return unknown('permit-plate-repaired', { plate, raw });
    const read = platesOf(identification);
    const [stranger] = permits
      .map(({ plates }) => plates.map(normalisePlateText))
      .map((named) => read.find((each) => !named.includes(each)));
    const own = permits.filter(({ plates }) => {
      const named = plates.map(normalisePlateText);
      return read.every((each) => named.includes(each));
    });
    if (own.length === 0) return fail('permit-other-plate', { plate: stranger ?? plate });
    const objections = own.map((permit) => ({
      permit: permit.id,
      objection: objectionTo(permit, { laneId, nowWallMs }),
    }));
    if (objections.some(({ objection }) => objection === undefined)) return pass;
    const { permit = first.id, objection = 'expired' } = objections[0] ?? {};
    return fail(`permit-${objection}`, { permit });
  },
};
