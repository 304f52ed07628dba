/**
 * `accounts.db`: persons who may act, beside the ledger and apart from it, because the journal is sent away and must
 * hold no secret. The command line writes it beside the daemon; what it has done waits here for the journal.
 */
import type { Person } from '../../core/persons/roles.ts';
import type { Account, AccountAct, AccountChange, AccountStore } from '../../ports/accounts.ts';
import { openForWriting, type SqliteDatabase } from './open-database.ts';

const accountApplicationId = 0x6b6b6131;

/** Forward steps. A released step is never edited. */
const accountMigrations: readonly string[] = [
  `
  CREATE TABLE account (
    name TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0
  ) WITHOUT ROWID;
  CREATE TABLE session (
    token_digest TEXT PRIMARY KEY,
    name TEXT NOT NULL REFERENCES account (name),
    opened_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE set_up (digest TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE account_change (
    id INTEGER PRIMARY KEY,
    change TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT NOT NULL,
    person TEXT NOT NULL,
    at INTEGER NOT NULL,
    told INTEGER NOT NULL DEFAULT 0
  );
  `,
];

interface AccountRow extends Person {
  readonly disabled: number;
  readonly passwordHash: string;
}

export function openAccounts(file: string): AccountStore & { close(): void } {
  const db = openForWriting({
    file,
    applicationId: accountApplicationId,
    migrations: accountMigrations,
  });
  return { ...accountsIn(db), close: () => db.close() };
}

function accountsIn(db: SqliteDatabase): AccountStore {
  const s = statements(db);
  const transaction = db.transaction((work: () => boolean) => work()).immediate;
  const changed = (change: AccountChange['change'], { name, role }: Person, act: AccountAct) =>
    s.change.run(change, name, role, act.person, act.atMs);
  const onAccount = (name: string, work: (account: AccountRow) => void): boolean =>
    transaction(() => {
      const account = s.find.get(name);
      if (account) work(account);
      return account !== undefined;
    });
  return {
    count: () => s.count.get() ?? 0,
    list: () => s.list.all().map(accountOf),
    find: (name) => {
      const row = s.find.get(name);
      return row && { ...accountOf(row), passwordHash: row.passwordHash };
    },
    add: (account, act) =>
      transaction(() => {
        if (s.find.get(account.name)) return false;
        s.add.run(account.name, account.role, account.passwordHash);
        changed('added', account, act);
        return true;
      }),
    disable: (name, act) =>
      onAccount(name, (account) => {
        s.disable.run(name);
        s.endSessionsOf.run(name);
        changed('disabled', account, act);
      }),
    resetPassword: (name, passwordHash, act) =>
      onAccount(name, (account) => {
        s.setPassword.run(passwordHash, name);
        s.endSessionsOf.run(name);
        changed('passwordReset', account, act);
      }),
    openSession: (digest, name, atMs) => void s.openSession.run(digest, name, atMs, atMs),
    session: (digest) => {
      const row = s.session.get(digest);
      if (!row) return undefined;
      const { name, role, openedAtMs, seenAtMs } = row;
      return { person: { name, role }, openedAtMs, seenAtMs };
    },
    touchSession: (digest, atMs) => void s.touch.run(atMs, digest),
    endSession: (digest) => void s.endSession.run(digest),
    pruneSessions: (openedBeforeMs) => void s.prune.run(openedBeforeMs),
    setUpDigest: () => s.setUp.get(),
    keepSetUpDigest: (digest) =>
      void transaction(() => {
        s.forgetSetUp.run();
        if (digest !== undefined) s.keepSetUp.run(digest);
        return true;
      }),
    untold: () => s.untold.all(),
    told: (id) => void s.told.run(id),
  };
}

function accountOf({ name, role, disabled }: AccountRow): Account {
  return { name, role, isDisabled: disabled === 1 };
}

function statements(db: SqliteDatabase) {
  const columns = 'name, role, password_hash AS passwordHash, disabled';
  return {
    count: db.prepare<[], number>('SELECT count(*) FROM account').pluck(),
    list: db.prepare<[], AccountRow>(`SELECT ${columns} FROM account ORDER BY name`),
    find: db.prepare<[string], AccountRow>(`SELECT ${columns} FROM account WHERE name = ?`),
    add: db.prepare('INSERT INTO account (name, role, password_hash) VALUES (?, ?, ?)'),
    disable: db.prepare('UPDATE account SET disabled = 1 WHERE name = ?'),
    setPassword: db.prepare('UPDATE account SET password_hash = ?, disabled = 0 WHERE name = ?'),
    openSession: db.prepare(
      'INSERT INTO session (token_digest, name, opened_at, seen_at) VALUES (?, ?, ?, ?)',
    ),
    session: db.prepare<[string], Person & { openedAtMs: number; seenAtMs: number }>(
      `SELECT s.name, a.role, s.opened_at AS openedAtMs, s.seen_at AS seenAtMs FROM session s
       JOIN account a ON a.name = s.name WHERE s.token_digest = ? AND a.disabled = 0`,
    ),
    touch: db.prepare('UPDATE session SET seen_at = ? WHERE token_digest = ?'),
    endSession: db.prepare('DELETE FROM session WHERE token_digest = ?'),
    endSessionsOf: db.prepare('DELETE FROM session WHERE name = ?'),
    prune: db.prepare('DELETE FROM session WHERE opened_at < ?'),
    setUp: db.prepare<[], string>('SELECT digest FROM set_up').pluck(),
    keepSetUp: db.prepare('INSERT INTO set_up (digest) VALUES (?)'),
    forgetSetUp: db.prepare('DELETE FROM set_up'),
    change: db.prepare(
      'INSERT INTO account_change (change, account, role, person, at) VALUES (?, ?, ?, ?, ?)',
    ),
    untold: db.prepare<[], AccountChange>(
      'SELECT id, change, account, role, person, at AS atMs FROM account_change WHERE told = 0 ORDER BY id',
    ),
    told: db.prepare('UPDATE account_change SET told = 1 WHERE id = ?'),
  };
}
