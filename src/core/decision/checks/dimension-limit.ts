import { parseSizeType } from '../../identifiers/size-type.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';

/**
 * No box is longer or higher than the site takes, by the size and type code painted on it. Of open and flat boxes the code
 * does not tell what stands out of them.
 */
export const dimensionLimit: Check = {
  id: 'dimension-limit',
  on: 'readings',
  reasons: {
    'dimension-too-long': {
      zh: '箱 {container}（{sizeType}）长 {measuredMm} mm，超过 {limitMm} mm',
      en: 'container {container} ({sizeType}) is {measuredMm} mm long, more than {limitMm} mm',
    },
    'dimension-too-high': {
      zh: '箱 {container}（{sizeType}）高 {measuredMm} mm，超过 {limitMm} mm',
      en: 'container {container} ({sizeType}) is {measuredMm} mm high, more than {limitMm} mm',
    },
    'dimension-open': {
      zh: '箱 {container}（{sizeType}）为敞顶或平台类，货物外廓未知',
      en: 'container {container} ({sizeType}) is open or flat: what stands out of it is not known',
    },
  },
  evaluate({ identification, policy: { dimensions } }) {
    if (!dimensions) return notApplicable;
    const coded = identification.containers.flatMap(({ isoType = '', number, raw }) => {
      const parsed = parseSizeType(isoType);
      return parsed.kind === 'sizeType' ? [{ ...parsed, container: number ?? raw }] : [];
    });
    if (coded.length === 0) return notApplicable;
    const { lengthMmMax = Infinity, heightMmMax = Infinity } = dimensions;
    for (const { code: sizeType, container, lengthMm = 0, heightMm = 0 } of coded) {
      const box = { container, sizeType };
      if (lengthMm > lengthMmMax)
        return fail('dimension-too-long', { ...box, measuredMm: lengthMm, limitMm: lengthMmMax });
      if (heightMm > heightMmMax)
        return fail('dimension-too-high', { ...box, measuredMm: heightMm, limitMm: heightMmMax });
    }
    const open = coded.find(({ group }) => group === 'openTop' || group === 'platform');
    return open
      ? unknown('dimension-open', { container: open.container, sizeType: open.code })
      : pass;
  },
};
