/** Who is who: sessions on this side, by the digest of a random token; delays that grow with failed attempts. */
import type { EventDraft } from '../core/journal/events.ts';
import type { AccountStore, Secrets, StoredSession } from '../ports/accounts.ts';
import type { Clock } from '../ports/clock.ts';
import type { Session, SignedIn, SignInDoor } from '../ports/persons.ts';
import { AttemptLimits, type Limit } from './attempt-limits.ts';
import { refused } from './person-acts.ts';

/** A session that nobody uses ends, and so does every session after a shift, ms. */
const idleMs = 1_800_000;
const absoluteMs = 43_200_000;
/** How exactly its last use is remembered, ms: each time costs a write. */
const touchEveryMs = 30_000;
/** Passwords that are tried at the same time: each takes 19 MiB and a processor. */
const atOnceMax = 2;

const passwordLengthMin = 12;
const passwordLengthMax = 128;
const accountNameForm = /^[a-z0-9][a-z0-9._-]{0,31}$/;

export interface SignInPorts {
  readonly accounts: AccountStore;
  readonly secrets: Secrets;
  readonly clock: Clock;
  tell(type: EventDraft['type'], data: EventDraft['data'], subject: string): void;
  /** True where it is in the journal when this returns; else it is kept nowhere. */
  record(type: EventDraft['type'], data: EventDraft['data'], subject: string): boolean;
}

/** The first digits of the digest: enough to tell sessions apart in the journal. */
const idLength = 16;

export class SignIn implements SignInDoor {
  readonly #ports: SignInPorts;
  readonly #limits = new AttemptLimits();
  #atOnce = 0;

  constructor(ports: SignInPorts) {
    this.#ports = ports;
  }

  async signIn(name: string, password: string, address: string): Promise<SignedIn> {
    const { accounts, secrets } = this.#ports;
    // What is counted stands first: a name may be made up to look like another key.
    const limits = [
      { key: `both ${address} ${name}`, free: 3, waitMsMax: 900_000 },
      // From wherever: short enough that nobody is locked out by others.
      { key: `name ${name}`, free: 10, waitMsMax: 60_000 },
      { key: `address ${address}`, free: 20, waitMsMax: 300_000 },
    ] as const;
    if (this.#atOnce >= atOnceMax) return { ...refused('sign-in-busy'), retryAfterMs: 1_000 };
    const tooSoon = this.#begin(limits);
    if (tooSoon) return tooSoon;
    this.#atOnce += 1;
    try {
      const account = accounts.find(name);
      const isRight = await secrets.isPassword(account?.passwordHash, password);
      if (!account || !isRight || account.isDisabled) return refused('sign-in-wrong');
      // It may have got a new password while the old one was compared.
      const isStill = accounts.find(name)?.passwordHash === account.passwordHash;
      if (!isStill) return refused('sign-in-wrong');
      this.#limits.succeeded(limits);
      return this.#open(account.name);
    } finally {
      this.#atOnce -= 1;
    }
  }

  #begin(limits: readonly Limit[]): SignedIn | undefined {
    const waitMs = this.#limits.begin(limits, this.#ports.clock.now().monotonicMs);
    return waitMs > 0 ? { ...refused('sign-in-delayed'), retryAfterMs: waitMs } : undefined;
  }

  async setUp(
    { code, name, password }: Parameters<SignInDoor['setUp']>[0],
    address: string,
  ): Promise<SignedIn> {
    const { accounts, secrets, clock } = this.#ports;
    const tooSoon = this.#begin([
      { key: `set up ${address}`, free: 3, waitMsMax: 900_000 },
      { key: 'set up', free: 20, waitMsMax: 60_000 },
    ]);
    if (tooSoon) return tooSoon;
    if (accounts.count() > 0) return refused('set-up-done');
    const digest = accounts.setUpDigest();
    if (digest === undefined || secrets.digest(code.trim().toUpperCase()) !== digest) {
      return refused('set-up-code-wrong');
    }
    const weak = weakness(name, password);
    if (weak) return refused(weak);
    const passwordHash = await secrets.hashPassword(password);
    // Two may have come with the code at once.
    if (accounts.count() > 0) return refused('set-up-done');
    const act = { person: name, atMs: clock.now().wallMs };
    const isAdded = accounts.add({ name, role: 'supervisor', passwordHash }, act);
    if (!isAdded) return refused('set-up-done');
    accounts.keepSetUpDigest(undefined);
    return this.#open(name);
  }

  #open(name: string): SignedIn {
    const { accounts, secrets, clock } = this.#ports;
    const token = secrets.newToken();
    const nowMs = clock.now().wallMs;
    accounts.pruneSessions(nowMs - absoluteMs);
    for (const id of this.#ids.keys()) this.isOpen(id);
    accounts.openSession(secrets.digest(token), name, nowMs);
    const session = this.session(token);
    if (!session) return refused('sign-in-wrong');
    this.#tell('session.opened.v1', session);
    return { kind: 'signedIn', token, session };
  }

  #tell(type: 'session.opened.v1' | 'session.ended.v1', { person, sessionId }: Session): void {
    const { name, role } = person;
    this.#ports.tell(type, { person: name, role, session: sessionId }, name);
  }

  signOut(token: string): void {
    const session = this.session(token);
    this.#ports.accounts.endSession(this.#ports.secrets.digest(token));
    if (session) this.#tell('session.ended.v1', session);
  }

  session(token: string): Session | undefined {
    const { accounts, secrets, clock } = this.#ports;
    const digest = secrets.digest(token);
    const nowMs = clock.now().wallMs;
    const stored = this.#running(digest, nowMs);
    if (!stored) return undefined;
    const { openedAtMs, seenAtMs, person } = stored;
    if (nowMs - seenAtMs > touchEveryMs) accounts.touchSession(digest, nowMs);
    const expiresAtMs = Math.min(nowMs + idleMs, openedAtMs + absoluteMs);
    this.#ids.set(digest.slice(0, idLength), digest);
    return { person, sessionId: digest.slice(0, idLength), expiresAtMs };
  }

  /** One whose time is over is ended by whoever looks. */
  #running(digest: string, nowMs: number): StoredSession | undefined {
    const { accounts } = this.#ports;
    const stored = accounts.session(digest);
    if (!stored) return undefined;
    const { openedAtMs, seenAtMs } = stored;
    const isOver =
      nowMs - seenAtMs > idleMs || nowMs - openedAtMs > absoluteMs || nowMs < openedAtMs;
    if (!isOver) return stored;
    accounts.endSession(digest);
    return undefined;
  }

  /** Digests of the sessions that were used since the start, by their ids. */
  readonly #ids = new Map<string, string>();

  /** Whether a session that was used since the start is still open. */
  isOpen(sessionId: string): boolean {
    const digest = this.#ids.get(sessionId);
    const { wallMs } = this.#ports.clock.now();
    const isOpen = digest !== undefined && this.#running(digest, wallMs) !== undefined;
    if (!isOpen) this.#ids.delete(sessionId);
    return isOpen;
  }

  /** The code of the first start, where there is no account yet; every start makes a new one. */
  newSetUpCode(): string | undefined {
    const { accounts, secrets } = this.#ports;
    if (accounts.count() > 0) return undefined;
    const code = secrets.newSetUpCode();
    accounts.keepSetUpDigest(secrets.digest(code));
    return code;
  }

  /** Brings into the journal what was done to accounts, at the command line too. */
  tellChanges(): void {
    const { accounts } = this.#ports;
    for (const { id, change, account, role, person, atMs } of accounts.untold()) {
      const data = { change, account, role, person, atMs };
      if (!this.#ports.record('account.changed.v1', data, account)) return;
      accounts.told(id);
    }
  }
}

/** What is wrong with a name or a password that somebody chooses. */
export function weakness(name: string, password: string): string | undefined {
  if (!accountNameForm.test(name)) return 'account-name-malformed';
  const { length } = password;
  const isWeak =
    length < passwordLengthMin ||
    length > passwordLengthMax ||
    new Set(password).size < 5 ||
    password.toLowerCase().includes(name);
  return isWeak ? 'password-weak' : undefined;
}
