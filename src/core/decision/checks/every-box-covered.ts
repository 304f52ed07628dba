import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** Each box is named by a full set of required proofs of its own. */
export const everyBoxCovered: Check = {
  id: 'every-box-covered',
  on: 'clearance',
  reasons: {
    'proof-missing': {
      zh: '箱 {container} 缺少放行信息：{missing}',
      en: 'container {container} lacks: {missing}',
    },
    'manifest-alone': {
      zh: '箱 {container} 仅有舱单信息，不能凭舱单陆路出场',
      en: 'container {container} has nothing but manifests, which are no basis to leave by land',
    },
    'requirement-none': {
      zh: '策略未规定箱 {container} 需要哪些放行信息',
      en: 'the policy does not say which proofs container {container} needs',
    },
  },
  evaluate({ clearance }) {
    if (clearance.boxes.length === 0) return notApplicable;
    const loose = clearance.boxes.find((box) => box.required === undefined);
    if (loose) return unknown('requirement-none', { container: loose.container });
    for (const box of clearance.boxes) {
      const missing = box.missing.map((requirement) => requirement.anyOf.join('|'));
      if (missing.length > 0) {
        return fail('proof-missing', { container: box.container, missing: missing.join(', ') });
      }
    }
    const alone = clearance.boxes.find(({ byManifestAlone }) => byManifestAlone);
    return alone ? fail('manifest-alone', { container: alone.container }) : pass;
  },
};
