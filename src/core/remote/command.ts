/**
 * What the supervision centre orders of a gate (下行指令), once its signature is known to be good. A command is for one
 * gate, has a number that only rises, lives for a limited time and takes effect at most once: it is on record before
 * anything is done, and what became of it is on record after. Nothing here raises an arm: the second person of an act
 * is judged by the lane like one at the gate, and what is carried out is what was asked there.
 */
import { approvingRoles, type Person, type Role } from '../persons/roles.ts';

/** A vehicle by its plate or a box by its number, as text. */
export interface CommandSubject {
  readonly kind: 'vehicle' | 'container';
  readonly name: string;
}

export type CommandAction =
  /** The second person (第二人) of an act that waits at the gate. */
  | { readonly kind: 'approve'; readonly actId: string }
  /** A hold (布控) of the centre, as one that is placed at the gate. */
  | {
      readonly kind: 'placeHold';
      readonly subject: CommandSubject;
      readonly instruction: 'stop' | 'inspect' | 'escort';
      readonly reason: string;
    }
  | { readonly kind: 'liftHold'; readonly hold: string; readonly reason: string }
  /** Recall (召回): whoever was let through and is still here is stopped, and the answer says where he is. */
  | { readonly kind: 'recall'; readonly subject: CommandSubject; readonly reason: string }
  /** What the centre takes for the policy of the gate's lanes, by its digest. */
  | { readonly kind: 'policyNotice'; readonly policyDigest: string; readonly reason: string };

export interface RemoteCommand {
  /** Who issued it, as the journal shall name him. */
  readonly issuer: string;
  /** `kakou/<site>/<gate>`. */
  readonly audience: string;
  readonly commandId: string;
  /** Rises with every command to a gate; may leave numbers out. */
  readonly number: number;
  /** Wall clock of the centre, ms since 1970. */
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly person: Person;
  readonly action: CommandAction;
}

/** Longest life of a command, ms: what is older was meant for another situation. */
export const lifetimeMsMax = 900_000;
/** So much may the centre's clock be ahead of the gate's, ms. */
export const clockSkewMs = 60_000;

const actionRoles: Readonly<Record<CommandAction['kind'], readonly Role[]>> = {
  approve: approvingRoles,
  placeHold: ['supervisor', 'customs-officer'],
  liftHold: ['supervisor', 'customs-officer'],
  recall: ['supervisor', 'customs-officer'],
  policyNotice: ['supervisor', 'service'],
};

export interface CommandContext {
  readonly audience: string;
  /** Number of the newest command that was taken; 0 for none. */
  readonly newest: number;
  readonly wallMs: number;
  readonly clockState: 'synced' | 'holdover' | 'unsynced';
}

/** A code of the fault table; undefined where the command may be taken. */
export function objectionTo(command: RemoteCommand, context: CommandContext): string | undefined {
  const { audience, number, issuedAtMs, expiresAtMs, person, action } = command;
  const { wallMs, clockState, newest } = context;
  if (audience !== context.audience) return 'remote-for-another-gate';
  if (number <= newest) return 'remote-replayed';
  if (!actionRoles[action.kind].includes(person.role)) return 'remote-role-forbidden';
  // Whether it has expired, a clock without a source cannot tell.
  if (clockState === 'unsynced') return 'remote-clock-unsynced';
  if (expiresAtMs - issuedAtMs > lifetimeMsMax || expiresAtMs <= issuedAtMs)
    return 'remote-lifetime';
  if (issuedAtMs > wallMs + clockSkewMs) return 'remote-not-yet';
  if (wallMs >= expiresAtMs) return 'remote-expired';
  return undefined;
}
