/** How the row of a tractor's visit changes. */
import type { EntryRecord } from './entry-record.ts';
import type { PassageId, VisitId } from './identity.ts';

export type VisitChange =
  | {
      readonly kind: 'opened';
      readonly visitId: VisitId;
      readonly plate: string;
      readonly passageId: PassageId;
      readonly containers: readonly string[];
      /** Absent where an older version planned it. */
      readonly entered?: EntryRecord;
      readonly atMs: number;
    }
  | {
      readonly kind: 'closed';
      readonly visitId: VisitId;
      readonly passageId?: PassageId;
      /** `exitJoined`: a person has found its exit; `settled`: a person has accepted why it stays open. */
      readonly cause:
        | 'exitRecorded'
        | 'exitNotCaptured'
        | 'left-while-arm-held-open'
        | 'exitJoined'
        | 'settled';
      readonly atMs: number;
    };
