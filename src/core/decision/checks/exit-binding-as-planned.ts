import { names } from '../../binding/bind.ts';
import { normalisePlateText } from '../../identifiers/vehicle-plate.ts';
import { type Check, fail, notApplicable, pass } from '../check.ts';

/** What leaves is what was bound for the exit: the same boxes, and the same trailer where one is named. */
export const exitBindingAsPlanned: Check = {
  id: 'exit-binding-as-planned',
  on: 'readings',
  reasons: {
    'exit-box-unbound': {
      zh: '箱 {container} 不在出场绑定中',
      en: 'container {container} is not bound for the exit',
    },
    'exit-box-missing': {
      zh: '出场绑定的箱 {container} 不在车上',
      en: 'container {container}, which is bound for the exit, is not on the truck',
    },
    'exit-trailer-differs': {
      zh: '出场绑定挂车 {bound}，实际为 {trailer}',
      en: 'trailer {bound} is bound for the exit, and {trailer} is there',
    },
  },
  evaluate({ direction, binding, identification }) {
    const { bound } = binding;
    if (direction !== 'out' || !bound) return notApplicable;
    const { trailer } = identification;
    if (
      bound.trailerPlate !== undefined &&
      trailer &&
      trailer.text !== normalisePlateText(bound.trailerPlate)
    ) {
      return fail('exit-trailer-differs', { bound: bound.trailerPlate, trailer: trailer.text });
    }
    if (identification.containerCapture === 'none') return pass;
    const loose = binding.boxes.find(({ container }) => !names(bound.containers, container));
    if (loose) return fail('exit-box-unbound', { container: loose.container });
    const missing = bound.containers.find(
      (container) => !binding.boxes.some((box) => names([container], box.container)),
    );
    return missing === undefined ? pass : fail('exit-box-missing', { container: missing });
  },
};
