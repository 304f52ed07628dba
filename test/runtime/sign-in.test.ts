/** Limits of attempts and ends of sessions, against a person who looks for what was not thought of. */
import { join } from 'node:path';
import t from 'tap';
import { openAccounts } from '../../src/adapters/store/account-store.ts';
import type { Secrets } from '../../src/ports/accounts.ts';
import { SignIn } from '../../src/runtime/sign-in.ts';
import { noonMs } from '../support/facts.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const password = 'correct horse 7';
const byTest = { person: 'test', atMs: noonMs };

/** A door whose passwords are compared when the test says so. */
function door() {
  const now = { wallMs: noonMs, monotonicMs: 1_000_000 };
  const accounts = openAccounts(join(temporaryFolder(), 'accounts.db'));
  const waiting: (() => void)[] = [];
  const journal = { isFailing: false, told: [] as string[] };
  const compare = { isHeld: false };
  let count = 0;
  const secrets: Secrets = {
    newToken: () => `token-${++count}`,
    newSetUpCode: () => 'SETUPCODE234',
    digest: (text) => Buffer.from(text).toString('hex').padEnd(64, '0'),
    hashPassword: async (text) => `hash of ${text}`,
    async isPassword(hash, text) {
      if (compare.isHeld) await new Promise<void>((done) => waiting.push(done));
      return hash === `hash of ${text}`;
    },
  };
  const signIn = new SignIn({
    accounts,
    secrets,
    clock: { bootId: 'boot', now: () => ({ ...now }), state: () => 'synced' },
    tell: () => undefined,
    record(_type, { change }) {
      if (!journal.isFailing) journal.told.push(String(change));
      return !journal.isFailing;
    },
  });
  const passwordHash = `hash of ${password}`;
  accounts.add({ name: 'wang.fang', role: 'clerk', passwordHash }, byTest);
  const release = () => {
    compare.isHeld = false;
    for (const done of waiting.splice(0)) done();
  };
  return { now, accounts, signIn, compare, release, journal };
}

t.test('nobody is locked out by names that are made up to look like his', async (t) => {
  const { signIn } = door();
  for (let i = 0; i < 4; i++) await signIn.signIn('wang.fang 10.0.0.5', 'wrong', '10.0.0.66');
  for (let i = 0; i < 4; i++) await signIn.signIn('10.0.0.5', 'wrong', '10.0.0.67');
  t.match(await signIn.signIn('wang.fang', password, '10.0.0.5'), { kind: 'signedIn' });
});

t.test('nobody pays for an attempt that was not made because others were at it', async (t) => {
  const { signIn, compare, release } = door();
  compare.isHeld = true;
  const others = ['10.0.0.7', '10.0.0.8'].map((address) => signIn.signIn('x', 'wrong', address));
  for (let i = 0; i < 5; i++) {
    const answer = await signIn.signIn('wang.fang', password, '10.0.0.5');
    t.match(answer, { kind: 'refused', code: 'sign-in-busy' });
  }
  release();
  await Promise.all(others);
  t.match(await signIn.signIn('wang.fang', password, '10.0.0.5'), { kind: 'signedIn' });
});

t.test('the old password opens nothing once there is a new one', async (t) => {
  const { signIn, accounts, compare, release } = door();
  compare.isHeld = true;
  const begun = signIn.signIn('wang.fang', password, '10.0.0.5');
  accounts.resetPassword('wang.fang', 'hash of another', byTest);
  release();
  t.match(await begun, { kind: 'refused', code: 'sign-in-wrong' });
});

t.test(
  'a session whose time is over is not open, also where nobody has used it since',
  async (t) => {
    const { signIn, now } = door();
    const answer = await signIn.signIn('wang.fang', password, '10.0.0.5');
    if (answer.kind !== 'signedIn') throw new Error(answer.code);
    const { sessionId } = answer.session;
    t.equal(signIn.isOpen(sessionId), true);
    now.wallMs += 1_800_001;
    t.equal(signIn.isOpen(sessionId), false);
    t.equal(signIn.session(answer.token), undefined);
  },
);

t.test('what was done to an account waits until the journal has it', async (t) => {
  const { signIn, accounts, journal } = door();
  journal.isFailing = true;
  signIn.tellChanges();
  accounts.disable('wang.fang', byTest);
  signIn.tellChanges();
  t.equal(accounts.untold().length, 2, 'a crash now loses nothing');
  journal.isFailing = false;
  signIn.tellChanges();
  signIn.tellChanges();
  t.strictSame(journal.told, ['added', 'disabled']);
});
