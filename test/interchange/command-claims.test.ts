import fc from 'fast-check';
import t from 'tap';
import type { CommandAction, RemoteCommand } from '../../src/core/remote/command.ts';
import { claimsOf, parseClaims } from '../../src/interchange/command/claims.ts';

const subject = { kind: 'vehicle', name: '粤B12345' } as const;
const actions: readonly CommandAction[] = [
  { kind: 'approve', actId: 'act-1' },
  { kind: 'placeHold', subject, instruction: 'inspect', reason: 'X-ray' },
  { kind: 'liftHold', hold: 'h.17', reason: 'done' },
  { kind: 'recall', subject: { kind: 'container', name: 'CSQU3054383' }, reason: 'wrong box' },
  { kind: 'policyNotice', policyDigest: 'ab'.repeat(32), reason: 'new rules' },
];
const command: RemoteCommand = {
  issuer: 'centre',
  audience: 'kakou/CNSHK/gate-1',
  commandId: 'c-1',
  number: 7,
  issuedAtMs: 1_796_000_000_000,
  expiresAtMs: 1_796_000_120_000,
  person: { name: '李', role: 'supervisor' },
  action: { kind: 'approve', actId: 'act-1' },
};

t.test('what is written is what is read, for each action', async (t) => {
  for (const action of actions) {
    const parsed = parseClaims(JSON.stringify(claimsOf({ ...command, action })));
    t.strictSame(parsed, { kind: 'command', command: { ...command, action } });
  }
});

t.test('whatever is missing, unknown or out of range is refused with its place', async (t) => {
  const good = claimsOf(command) as unknown as Record<string, unknown>;
  for (const name of Object.keys(good)) {
    const { [name]: _, ...others } = good;
    t.match(parseClaims(JSON.stringify(others)), { kind: 'malformed', reason: name });
  }
  const wrong: Readonly<Record<string, unknown>>[] = [
    { cmd_seq: 0 },
    { cmd_seq: 1.5 },
    { cmd_seq: 2 ** 53 },
    { cmd_seq: '7' },
    { exp: -1 },
    { iat: 'now' },
    { jti: '' },
    { jti: 'x'.repeat(65) },
    { person: { name: 'Li', role: 'clerk' } },
    { person: { name: 'Li', role: 'supervisor', isAdmin: true } },
    { action: { kind: 'openBarrier' } },
    { action: { kind: 'approve', actId: 'a', also: 'b' } },
    { action: { kind: 'placeHold', subject, instruction: 'release', reason: 'r' } },
    { action: { kind: 'policyNotice', policyDigest: 'AB', reason: 'r' } },
    { nbf: 1 },
  ];
  for (const change of wrong) {
    const parsed = parseClaims(JSON.stringify({ ...good, ...change }));
    t.equal(parsed.kind, 'malformed', JSON.stringify(change));
  }
  t.match(parseClaims('{'), { kind: 'malformed', reason: 'no JSON' });
  t.match(parseClaims('null'), { kind: 'malformed' });
});

t.test('no text makes it throw', async () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (payload) => {
      const { kind } = parseClaims(payload);
      return kind === 'malformed';
    }),
  );
});
