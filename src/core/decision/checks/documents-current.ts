import { type Check, fail, notApplicable, pass } from '../check.ts';
import { timeText } from '../time-text.ts';

/** No document of the cargo has run out by its own date. */
export const documentsCurrent: Check = {
  id: 'documents-current',
  on: 'moment',
  reasons: {
    'document-expired': {
      zh: '单证 {consignment} 已于 {until} 失效',
      en: 'document {consignment} ran out on {until}',
    },
  },
  applies({ binding }) {
    return [...binding.boxes, ...binding.looseCargo].some((cargo) =>
      cargo.consignments.some(({ validUntilMs }) => validUntilMs !== undefined),
    );
  },
  evaluate({ binding, nowWallMs }) {
    const limited = [...binding.boxes, ...binding.looseCargo]
      .flatMap(({ consignments }) => consignments)
      .filter(({ validUntilMs }) => validUntilMs !== undefined);
    if (limited.length === 0) return notApplicable;
    const over = limited.find(({ validUntilMs = nowWallMs }) => validUntilMs < nowWallMs);
    if (!over) return pass;
    return fail('document-expired', { consignment: over.id, until: timeText(over.validUntilMs) });
  },
};
