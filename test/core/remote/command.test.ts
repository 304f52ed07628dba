/** Which command of the centre is taken, and why another is not. */
import t from 'tap';
import { type Role, roles } from '../../../src/core/persons/roles.ts';
import {
  type CommandAction,
  type CommandContext,
  clockSkewMs,
  lifetimeMsMax,
  objectionTo,
  type RemoteCommand,
} from '../../../src/core/remote/command.ts';

const wallMs = Date.UTC(2026, 11, 1, 8);
const context: CommandContext = {
  audience: 'kakou/CNSHK/gate-1',
  newest: 6,
  wallMs,
  clockState: 'synced',
};
const hold: CommandAction = {
  kind: 'placeHold',
  subject: { kind: 'vehicle', name: '粤B12345' },
  instruction: 'stop',
  reason: 'r',
};
const command: RemoteCommand = {
  issuer: 'centre',
  audience: 'kakou/CNSHK/gate-1',
  commandId: 'c-7',
  number: 7,
  issuedAtMs: wallMs - 1_000,
  expiresAtMs: wallMs + 1_000,
  person: { name: 'Li', role: 'customs-officer' },
  action: hold,
};

const objection = (
  change: Partial<RemoteCommand> = {},
  around: Partial<CommandContext> = {},
): string | undefined => objectionTo({ ...command, ...change }, { ...context, ...around });

t.test('a command for this gate, with a new number, in its time is taken', async (t) => {
  t.equal(objection(), undefined);
  t.equal(objection({ number: 900 }), undefined, 'numbers may be left out');
  t.equal(objection({}, { clockState: 'holdover' }), undefined);
});

t.test('each thing that is wrong has a name of its own', async (t) => {
  t.equal(objection({ audience: 'kakou/CNSHK/gate-2' }), 'remote-for-another-gate');
  t.equal(objection({ audience: 'kakou/CNSHK/gate-1 ' }), 'remote-for-another-gate');
  t.equal(objection({ number: 6 }), 'remote-replayed');
  t.equal(objection({ number: 1 }), 'remote-replayed');
  t.equal(objection({}, { clockState: 'unsynced' }), 'remote-clock-unsynced');
  t.equal(objection({ expiresAtMs: wallMs }), 'remote-expired', 'at its end it is over');
  t.equal(objection({ expiresAtMs: wallMs + 1 }), undefined);
  const long = { issuedAtMs: wallMs, expiresAtMs: wallMs + lifetimeMsMax };
  t.equal(objection(long), undefined);
  t.equal(objection({ ...long, expiresAtMs: long.expiresAtMs + 1 }), 'remote-lifetime');
  t.equal(objection({ issuedAtMs: wallMs + 1_000 }), 'remote-lifetime', 'it ends as it begins');
  const ahead = { issuedAtMs: wallMs + clockSkewMs, expiresAtMs: wallMs + clockSkewMs + 1 };
  t.equal(objection(ahead), undefined);
  t.equal(
    objection({ issuedAtMs: ahead.issuedAtMs + 1, expiresAtMs: ahead.expiresAtMs + 1 }),
    'remote-not-yet',
  );
});

t.test('each action has its roles, and no other role may', async (t) => {
  const subject = { kind: 'container', name: 'CSQU3054383' } as const;
  const actions: readonly (readonly [CommandAction, readonly Role[]])[] = [
    [{ kind: 'approve', actId: 'a' }, ['supervisor', 'customs-officer', 'remote-approver']],
    [hold, ['supervisor', 'customs-officer']],
    [{ kind: 'liftHold', hold: 'h.1', reason: 'r' }, ['supervisor', 'customs-officer']],
    [{ kind: 'recall', subject, reason: 'r' }, ['supervisor', 'customs-officer']],
    [{ kind: 'policyNotice', policyDigest: 'd', reason: 'r' }, ['supervisor', 'service']],
  ];
  for (const [action, allowed] of actions)
    for (const role of roles) {
      const wanted = allowed.includes(role) ? undefined : 'remote-role-forbidden';
      t.equal(objection({ action, person: { name: 'n', role } }), wanted, `${action.kind} ${role}`);
    }
});
