import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/** Every box that was seen has a number that ISO 6346 allows and that the camera is certain of. */
export const containerNumberValid: Check = {
  id: 'container-number-valid',
  on: 'readings',
  reasons: {
    'container-not-captured': { zh: '没有箱号识别结果', en: 'no container capture arrived' },
    'container-unreadable': {
      zh: '{position}箱箱号无法识别“{raw}”',
      en: 'the number of the {position} container could not be read: "{raw}"',
    },
    'container-check-digit': {
      zh: '箱号 {raw} 校验码错误',
      en: 'container number {raw} has a wrong check digit',
    },
    'container-uncertain': {
      zh: '箱号 {raw} 可信度不足（{confidence}）',
      en: 'container number {raw} was read with too little certainty ({confidence})',
    },
    'container-readings-differ': {
      zh: '箱号识别结果互相矛盾：{texts}',
      en: 'container readings contradict each other: {texts}',
    },
  },
  evaluate({ identification, requirements, policy }) {
    if (!requirements.containers) return notApplicable;
    if (identification.containerCapture === 'none') return unknown('container-not-captured');
    const conflict = identification.conflicts.find((c) => c.kind === 'containers');
    if (conflict) return fail('container-readings-differ', { texts: conflict.texts.join(' / ') });
    for (const { raw, position, fault, confidence } of identification.containers) {
      if (fault === 'nonconforming') return fail('container-check-digit', { raw });
      if (fault !== undefined) return fail('container-unreadable', { raw, position });
      // The check digit is the second witness of a number, so the lower threshold is enough for it.
      if (confidence === undefined || confidence < policy.confidence.witness) {
        return unknown('container-uncertain', { raw, confidence: confidence ?? '—' });
      }
    }
    return pass;
  },
};
