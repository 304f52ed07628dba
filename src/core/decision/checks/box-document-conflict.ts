import { type Check, fail, notApplicable, pass } from '../check.ts';

/** One box is not declared locally and transferred at the same time. */
export const boxDocumentConflict: Check = {
  id: 'box-document-conflict',
  on: 'readings',
  reasons: {
    'box-declared-twice': {
      zh: '箱 {container} 同时有报关单 {declaration} 和转关申报单 {transfer}',
      en: 'container {container} has customs declaration {declaration} and transfer declaration {transfer}',
    },
  },
  evaluate({ binding }) {
    if (binding.boxes.length === 0) return notApplicable;
    for (const { container, consignments } of binding.boxes) {
      const declaration = consignments.find((c) => c.consignmentType === 'customsDeclaration');
      const transfer = consignments.find((c) => c.consignmentType === 'transferDeclaration');
      if (declaration && transfer) {
        return fail('box-declared-twice', {
          container,
          declaration: declaration.id,
          transfer: transfer.id,
        });
      }
    }
    return pass;
  },
};
