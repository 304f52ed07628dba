/** Acts of persons about a vehicle that stands in the lane, and what they are answered. */
import { canonicalJson } from '../../decision/canonical-json.ts';
import type { ReasonEvidence } from '../../decision/check.ts';
import type { ActBy, Correction } from '../../decision/corrected.ts';
import type { OrderWords } from '../../decision/person-order.ts';
import type { DecisionId, PassageId } from '../../identity.ts';

export type PersonAct = {
  readonly by: ActBy;
  readonly passageId: PassageId;
  /** The decision that the person saw; `null` where there was none. Whoever saw another one acts on something else. */
  readonly seen: DecisionId | null;
  /** In the person's own words. */
  readonly note?: string;
} & (
  | { readonly kind: 'turnBack'; readonly reason: string }
  | { readonly kind: 'correct'; readonly correction: Omit<Correction, 'by'> }
  | OrderWords
);

export type ActAnswer =
  | {
      readonly kind: 'done';
      /** How the passage stands after it. */
      readonly state: string;
      readonly decisionId?: DecisionId;
      readonly reasons: readonly string[];
    }
  | {
      readonly kind: 'refused';
      /** A code of the fault table, or a reason of the decision that was not carried out. */
      readonly code: string;
      readonly evidence?: ReasonEvidence;
      /** Where the refusal is on record as a decision. */
      readonly decisionId?: DecisionId;
      readonly reasons?: readonly string[];
    };

/** What was asked for, without by whom and of which vehicle, as canonical JSON. */
export function askedOf(act: PersonAct): string {
  const { by: _by, passageId: _passageId, ...wish } = act;
  if (wish.kind !== 'manualRelease') return canonicalJson(wish);
  const { second: _second, ...words } = wish;
  return canonicalJson(words);
}

/** Only an act that is to raise the arm needs the vehicle at it; the rest is said about it. */
export function isOpening({ kind }: PersonAct): boolean {
  return kind !== 'turnBack' && kind !== 'correct';
}
