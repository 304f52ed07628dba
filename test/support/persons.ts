/** A panel with persons, their accounts in memory's file, and a lane that notes what reaches it. */
import { join } from 'node:path';
import { openAccounts } from '../../src/adapters/store/account-store.ts';
import type { Role } from '../../src/core/persons/roles.ts';
import { createPanel, type PanelOptions } from '../../src/panel/server.ts';
import type { Secrets } from '../../src/ports/accounts.ts';
import type { ActDoor, ActOutcome } from '../../src/ports/persons.ts';
import { SignIn } from '../../src/runtime/sign-in.ts';
import { noonMs } from './facts.ts';
import { fixtureSource } from './panel-fixture.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Plain texts instead of argon2id: what is tested with it is everything else. */
const quickSecrets: Secrets = (() => {
  let count = 0;
  return {
    newToken: () => `token-${++count}`,
    newSetUpCode: () => 'SETUPCODE234',
    digest: (text) => Buffer.from(text).toString('hex').padEnd(64, '0'),
    hashPassword: async (password) => `hash of ${password}`,
    isPassword: async (hash, password) => hash === `hash of ${password}`,
  };
})();

export const goodPassword = 'correct horse 7';

/** Of an account of each role its role is the name. */
export async function personsPanel({
  acts: given,
  ...over
}: Partial<PanelOptions> & { readonly acts?: ActDoor } = {}) {
  const now = { wallMs: noonMs, monotonicMs: 1_000_000 };
  const accounts = openAccounts(join(temporaryFolder(), 'accounts.db'));
  const told: { type: string; data: Readonly<Record<string, unknown>> }[] = [];
  const signIn = new SignIn({
    accounts,
    secrets: quickSecrets,
    clock: { bootId: 'boot', now: () => ({ ...now }), state: () => 'synced' },
    tell: (type, data) => told.push({ type, data }),
    record: (type, data) => told.push({ type, data }) > 0,
  });
  const asked: unknown[] = [];
  let outcome: ActOutcome = { kind: 'done', actId: 'act-0001' };
  const answer = (...given: unknown[]) => {
    asked.push(given);
    return outcome;
  };
  const acts: ActDoor = given ?? {
    act: answer,
    approve: answer,
    closeCase: answer,
    returnReservation: answer,
    openCases: () => [],
  };
  const panel = await createPanel({
    source: fixtureSource(),
    host: '127.0.0.1',
    port: 0,
    webRoot: '/nonexistent',
    log: { warn: () => undefined, error: () => undefined },
    persons: { door: signIn, acts, secureCookie: false },
    ...over,
  });
  const add = async (role: Role, name: string = role) => {
    const passwordHash = await quickSecrets.hashPassword(goodPassword);
    accounts.add({ name, role, passwordHash }, { person: 'test', atMs: noonMs });
  };
  const own = { 'x-kakou-request': '1' };
  /** Signs in and returns the headers of the session. */
  const as = async (name: string) => {
    const { cookies } = await panel.app.inject({
      method: 'POST',
      url: '/api/session',
      headers: own,
      payload: { name, password: goodPassword },
    });
    return { ...own, cookie: `kakou-session=${cookies[0]?.value ?? ''}` };
  };
  return {
    ...{ panel, accounts, signIn, told, asked, add, as, own, now },
    answerWith(given: ActOutcome) {
      outcome = given;
    },
  };
}
