import { names } from '../../binding/bind.ts';
import { entitled } from '../../facts.ts';
import { type Check, fail, notApplicable, pass, unknown } from '../check.ts';
import { timeText } from '../time-text.ts';

/** Every duty attached to a proof that is used is on record, and none is overdue. */
export const obligationsRecorded: Check = {
  id: 'obligations-recorded',
  on: 'moment',
  reasons: {
    'obligation-unrecorded': {
      zh: '放行 {lineage} 附有义务（{duty}），但没有登记',
      en: 'release {lineage} carries a duty ({duty}) that is not on record',
    },
    'obligation-overdue': {
      zh: '义务（{duty}）应在 {due} 前履行，尚未解除',
      en: 'a duty ({duty}) was due by {due} and has not been discharged',
    },
  },
  applies({ facts }) {
    return facts.obligations.length > 0 || facts.proofs.some(({ duties }) => duties !== undefined);
  },
  evaluate({ binding, clearance, facts, nowWallMs }) {
    const proofs = clearance.boxes.flatMap((box) => box.proofs);
    const duties = proofs.flatMap(({ lineage, duties: attached = [] }) =>
      attached.map((duty) => ({ lineage, duty })),
    );
    // A duty may be attached to a box and name no release.
    const own = facts.obligations.filter(
      (o) =>
        proofs.some((p) => p.lineage === o.lineage) ||
        (o.lineage === undefined &&
          binding.boxes.some(({ container }) => names(o.containers, container))),
    );
    if (duties.length === 0 && own.length === 0) return notApplicable;
    const overdue = own.find(
      ({ state, dueAtMs }) => state === 'open' && dueAtMs !== undefined && dueAtMs < nowWallMs,
    );
    if (overdue) {
      return fail('obligation-overdue', { duty: overdue.duty, due: timeText(overdue.dueAtMs) });
    }
    if (!entitled(facts, 'obligation')) return pass;
    const lacking = duties.find(
      ({ lineage, duty }) => !own.some((o) => o.lineage === lineage && o.duty === duty),
    );
    return lacking ? unknown('obligation-unrecorded', lacking) : pass;
  },
};
