import { type Check, fail, notApplicable, pass } from '../check.ts';

/** Nothing spoilt the weighing: the whole vehicle, and nothing else, stood on the platform, and the weight stayed. */
export const weightUndisturbed: Check = {
  id: 'weight-undisturbed',
  on: 'moment',
  reasons: {
    'weight-off-deck': {
      zh: '过磅时车辆有车轴不在秤台上',
      en: 'part of the vehicle stood off the platform while it was weighed',
    },
    'weight-second-vehicle': {
      zh: '稳定后重量由 {fromKg} kg 变为 {toKg} kg，且有另一车辆跟进',
      en: 'the steady weight went from {fromKg} kg to {toKg} kg while another vehicle came up',
    },
    'weight-late-step': {
      zh: '稳定后重量由 {fromKg} kg 变为 {toKg} kg',
      en: 'the weight went from {fromKg} kg to {toKg} kg after it had been steady',
    },
  },
  evaluate({ weight }) {
    if (weight.kind !== 'weighed') return notApplicable;
    const [finding] = weight.findings ?? [];
    if (!finding) return pass;
    if (finding.kind === 'offDeck') return fail('weight-off-deck');
    const { fromKg, toKg } = finding;
    const code = finding.kind === 'secondVehicle' ? 'weight-second-vehicle' : 'weight-late-step';
    return fail(code, { fromKg, toKg });
  },
};
