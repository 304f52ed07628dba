/** Accounts of persons and their sessions. Neither a password nor a session's token is ever stored as it is. */
import type { Person, Role } from '../core/persons/roles.ts';

export interface Account extends Person {
  readonly isDisabled: boolean;
}

export interface StoredSession {
  readonly person: Person;
  readonly openedAtMs: number;
  readonly seenAtMs: number;
}

/** What was done to an account, for the journal. */
export interface AccountChange {
  readonly id: number;
  readonly change: 'added' | 'disabled' | 'passwordReset';
  readonly account: string;
  readonly role: Role;
  /** Who did it. */
  readonly person: string;
  readonly atMs: number;
}

export type AccountAct = Pick<AccountChange, 'person' | 'atMs'>;

export interface AccountStore {
  count(): number;
  list(): readonly Account[];
  find(name: string): (Account & { readonly passwordHash: string }) | undefined;
  /** False where there is one of this name. */
  add(account: Person & { readonly passwordHash: string }, act: AccountAct): boolean;
  /** False where there is none. Its sessions end. */
  disable(name: string, act: AccountAct): boolean;
  /** False where there is none. Its sessions end, and it may sign in again. */
  resetPassword(name: string, passwordHash: string, act: AccountAct): boolean;
  openSession(tokenDigest: string, name: string, atMs: number): void;
  /** Of an account that may sign in. */
  session(tokenDigest: string): StoredSession | undefined;
  touchSession(tokenDigest: string, atMs: number): void;
  endSession(tokenDigest: string): void;
  /** Those that were opened before a moment are gone. */
  pruneSessions(openedBeforeMs: number): void;
  /** Digest of the code by which the first account is made. */
  setUpDigest(): string | undefined;
  keepSetUpDigest(digest: string | undefined): void;
  /** Changes that no entry of the journal tells of yet, oldest first. */
  untold(): readonly AccountChange[];
  told(id: number): void;
}

/** What must be unguessable, and what must not be read from a stolen database. */
export interface Secrets {
  /** 256 bits of chance, as text of a cookie. */
  newToken(): string;
  /** To be typed by a person once. */
  newSetUpCode(): string;
  digest(text: string): string;
  hashPassword(password: string): Promise<string>;
  /** Takes as long where there is no such account. */
  isPassword(passwordHash: string | undefined, password: string): Promise<boolean>;
}
