/** What persons can do at the gate, as whoever speaks to them sees it: the panel's server today. */
import type { ReasonText } from '../core/decision/check.ts';
import type { PersonAct } from '../core/lane/acts/person-act.ts';
import type { CaseOutcome } from '../core/persons/record-acts.ts';
import type { Person } from '../core/persons/roles.ts';

export interface Session {
  readonly person: Person;
  /** Tells sessions apart; nobody can sign in by it. */
  readonly sessionId: string;
  readonly expiresAtMs: number;
}

export interface Refused {
  readonly kind: 'refused';
  readonly code: string;
  readonly text: ReasonText;
  /** What to do about it. */
  readonly hint: string;
  /** It is worth another try after so long. */
  readonly retryAfterMs?: number;
  readonly decisionId?: string;
  readonly reasons?: readonly string[];
}

export type SignedIn =
  | { readonly kind: 'signedIn'; readonly token: string; readonly session: Session }
  | Refused;

export interface SignInDoor {
  /** `address`: where the person comes from, for the limits. */
  signIn(name: string, password: string, address: string): Promise<SignedIn>;
  /** Makes the first account by the one-time code of the first start. */
  setUp(
    given: { readonly code: string; readonly name: string; readonly password: string },
    address: string,
  ): Promise<SignedIn>;
  signOut(token: string): void;
  /** Undefined where there is none, or it has expired. To ask is to use it. */
  session(token: string): Session | undefined;
  /** Whether a session that was used since the start is still open. To ask is no use of it. */
  isOpen(sessionId: string): boolean;
}

export type ActOutcome =
  | {
      readonly kind: 'done';
      readonly actId: string;
      /** It was carried out before, and not again. */
      readonly repeated?: true;
      readonly state?: string;
      readonly decisionId?: string;
      readonly reasons?: readonly string[];
    }
  /** It waits for a second person. */
  | { readonly kind: 'proposed'; readonly actId: string; readonly expiresAtMs: number }
  | Refused;

export type LaneActWish = PersonAct extends infer Act
  ? Act extends PersonAct
    ? Omit<Act, 'by' | 'passageId' | 'second'>
    : never
  : never;

export interface OpenCase {
  readonly exceptionId: string;
  readonly passageId: string;
  readonly laneId: string;
  readonly cause: string;
  readonly text: ReasonText;
  readonly openedAtMs: number;
  readonly plate?: string;
  /** Its vehicle stands in the lane; `seen` is what an act has to name. */
  readonly standing?: {
    readonly state: string;
    readonly seen: string | null;
    readonly reasons: readonly string[];
  };
}

export interface ActDoor {
  act(
    session: Session,
    at: { readonly laneId: string; readonly passageId: string; readonly actId: string },
    wish: LaneActWish,
  ): ActOutcome;
  approve(session: Session, actId: string): ActOutcome;
  closeCase(
    session: Session,
    wish: {
      readonly actId: string;
      readonly exceptionId: string;
      readonly outcome: CaseOutcome;
      readonly note?: string;
    },
  ): ActOutcome;
  returnReservation(
    session: Session,
    wish: {
      readonly actId: string;
      readonly passageId: string;
      readonly reason: string;
      readonly reference: string;
    },
  ): ActOutcome;
  openCases(): readonly OpenCase[];
}
