import { provenTags } from '../../identification/identify.ts';
import { type Check, fail, notApplicable, pass, type ReadingsContext, unknown } from '../check.ts';

/**
 * The tractor is named by a camera that is certain enough alone, or by a camera and a tag that agree.
 * A tag by itself never identifies: it may lie in another cab.
 */
export const identityTwoWitnesses: Check = {
  id: 'identity-two-witnesses',
  on: 'readings',
  reasons: {
    'identity-single-witness': {
      zh: '车辆 {plate} 仅有一个可信度不足的来源（{confidence}）',
      en: 'vehicle {plate} is named by one source that is not certain enough ({confidence})',
    },
    'identity-tag-alone': {
      zh: '仅读到电子车牌，没有车牌识别结果',
      en: 'only a tag was read; a tag alone never identifies',
    },
  },
  evaluate(context) {
    const { identification, policy } = context;
    const tractor = identification.tractor;
    if (!tractor) {
      return identification.tags.length > 0 ? fail('identity-tag-alone') : notApplicable;
    }
    const confidence = tractor.confidence;
    if (confidence !== undefined && confidence >= policy.confidence.alone) return pass;
    const witness = confidence !== undefined && confidence >= policy.confidence.witness;
    if (witness && tagAgrees(context)) return pass;
    return unknown('identity-single-witness', {
      plate: tractor.text,
      confidence: confidence ?? '—',
    });
  },
};

/** A tag that may be the next lane's is no witness. */
function tagAgrees({ binding, identification }: ReadingsContext): boolean {
  const id = binding.vehicleByPlate?.id;
  const own: readonly string[] = provenTags(identification);
  return binding.vehiclesByTag.some(
    (vehicle) => vehicle.id === id && vehicle.tags.some((tag) => own.includes(tag.toUpperCase())),
  );
}
