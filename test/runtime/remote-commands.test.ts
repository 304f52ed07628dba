/** Commands of the centre over a real ledger: at most once, whatever is repeated, refused or interrupted. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import { commandVerifier, signCommand } from '../../src/adapters/signed-commands/command-keys.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { RemoteCommand } from '../../src/core/remote/command.ts';
import { claimsOf, parseClaims } from '../../src/interchange/command/claims.ts';
import {
  type CommandAnswer,
  commandBytesMax,
  RemoteCommands,
} from '../../src/runtime/remote-commands.ts';
import { noonMs } from '../support/facts.ts';
import { ledgerIn } from '../support/open-ledger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const pair = generateKeyPairSync('ed25519');
const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));

const command: RemoteCommand = {
  issuer: 'centre',
  audience: 'kakou/CNSHK/gate-1',
  commandId: 'c-1',
  number: 1,
  issuedAtMs: noonMs,
  expiresAtMs: noonMs + 60_000,
  person: { name: 'Li', role: 'supervisor' },
  action: { kind: 'approve', actId: 'act-1' },
};

function gate(folder = temporaryFolder()) {
  const ledger = ledgerIn(folder);
  const time = { monotonicMs: 1_000, wallMs: noonMs };
  const disk = { failsAt: Number.POSITIVE_INFINITY, writes: 0 };
  const done: string[] = [];
  const log: string[] = [];
  let answer: () => CommandAnswer = () => ({ result: 'done' });
  const commands = new RemoteCommands({
    siteId: 'CNSHK',
    gateId: 'gate-1',
    clock: { bootId: 'boot', now: () => time, state: () => 'synced' },
    verifier: commandVerifier(new Map([['k1', pair.publicKey]])),
    records: ledger.commands,
    parse: parseClaims,
    carryOut({ commandId }) {
      done.push(commandId);
      return answer();
    },
    record(type, data, more: Omit<LedgerChange, 'events'> = {}) {
      disk.writes += 1;
      if (disk.writes >= disk.failsAt) return false;
      const event = { type, subject: 'gate-1', timeMs: time.wallMs, data };
      return ledger.commit({ ...more, events: [event] }).kind === 'committed';
    },
    log: (_level, message) => log.push(message),
  });
  const send = async (change: Partial<RemoteCommand> = {}, retained = false) => {
    const token = await signCommand(claimsOf({ ...command, ...change }), { keyId: 'k1', pem });
    await give(token, retained);
    return token;
  };
  const give = (token: string, retained = false) =>
    commands.take({
      topic: 'kakou/v1/CNSHK/gate-1/command',
      payload: new TextEncoder().encode(token),
      retained,
    });
  const told = () =>
    ledger
      .entriesAfter(0, 1_000)
      .map(({ entry }) => JSON.parse(entry) as { type: string; data: Record<string, unknown> })
      .filter(({ type }) => type.includes('.command.'))
      .map(({ type, data }) => ({ type: type.replace('cn.kakou.command.', ''), ...data }));
  const answers = (next: () => CommandAnswer) => {
    answer = next;
  };
  return { ledger, folder, commands, done, log, send, give, told, time, disk, answers };
}

t.test('a command is on record before it is done, and its answer after', async (t) => {
  const g = gate();
  g.answers(() => {
    t.equal(g.told().length, 1, 'when it is carried out it is there');
    return { result: 'done', detail: { lanes: ['in-1'] } };
  });
  const token = await g.send();
  t.strictSame(g.done, ['c-1']);
  t.match(g.told(), [
    {
      type: 'taken.v1',
      number: 1,
      commandId: 'c-1',
      issuer: 'centre',
      person: 'Li',
      role: 'supervisor',
      keyId: 'k1',
      action: { kind: 'approve', actId: 'act-1' },
    },
    { type: 'answered.v1', number: 1, commandId: 'c-1', result: 'done' },
  ]);
  t.match(g.ledger.commands.of(1), {
    commandId: 'c-1',
    digest: createHash('sha256').update(token).digest('hex'),
    answer: '{"detail":{"lanes":["in-1"]},"result":"done"}',
  });
});

t.test('a command that the broker repeats is not carried out again', async (t) => {
  const g = gate();
  const token = await g.send();
  await g.give(token);
  await g.give(`${token}\n`);
  t.strictSame(g.done, ['c-1']);
  t.equal(g.told().length, 2, 'and nothing is written for it');
  const again = gate(g.folder);
  await again.give(token);
  t.strictSame(again.done, [], 'nor after a restart');
});

t.test('an old or a used number is a replay, also after a restart', async (t) => {
  const g = gate();
  await g.send({ number: 5 });
  await g.send({ number: 5, commandId: 'c-2' });
  await g.send({ number: 4, commandId: 'c-3' });
  const again = gate(g.folder);
  await again.send({ number: 5, commandId: 'c-4' });
  t.strictSame([...g.done, ...again.done], ['c-1']);
  t.strictSame(
    g.told().flatMap((each) => ('code' in each ? [each['code']] : [])),
    ['remote-replayed', 'remote-replayed', 'remote-replayed'],
  );
});

t.test('what is retained, too long, forged or for another gate does nothing', async (t) => {
  const g = gate();
  await g.send({}, true);
  await g.give('x'.repeat(commandBytesMax + 1));
  const token = await g.send({ audience: 'kakou/CNSHK/gate-2' });
  await g.give(`${token.slice(0, -8)}AAAAAAAA`);
  await g.send({ expiresAtMs: noonMs - 1, issuedAtMs: noonMs - 2_000 });
  await g.send({
    person: { name: 'Li', role: 'remote-approver' },
    action: { kind: 'liftHold', hold: 'h', reason: 'r' },
  });
  t.strictSame(g.done, []);
  t.strictSame(
    g.told().map((each) => ('code' in each ? each['code'] : each.type)),
    [
      'remote-retained',
      'remote-malformed',
      'remote-for-another-gate',
      'remote-unsigned',
      'remote-expired',
      'remote-role-forbidden',
    ],
  );
  await g.send();
  t.strictSame(g.done, ['c-1'], 'and the next good one is carried out');
});

t.test('one whose daemon ended in between is never carried out again', async (t) => {
  const g = gate();
  g.answers(() => {
    g.disk.failsAt = 0;
    return { result: 'done' };
  });
  const token = await g.send();
  t.strictSame(g.done, ['c-1']);
  t.equal(g.told().length, 1, 'its answer was not written');
  const again = gate(g.folder);
  again.commands.start();
  await again.give(token);
  t.strictSame(again.done, []);
  t.match(again.told().at(-1), {
    type: 'answered.v1',
    commandId: 'c-1',
    result: 'undetermined',
    code: 'remote-interrupted',
  });
  again.commands.start();
  t.equal(again.told().length, 2, 'which is said once');
});

t.test(
  'a command that cannot be put on record is not carried out, and may come again',
  async (t) => {
    const g = gate();
    g.disk.failsAt = 1;
    const token = await g.send();
    t.strictSame(g.done, []);
    g.disk.failsAt = Number.POSITIVE_INFINITY;
    await g.give(token);
    t.strictSame(g.done, ['c-1']);
  },
);

t.test('one that fails while it is carried out is answered as that', async (t) => {
  const g = gate();
  g.answers(() => {
    throw new Error('a bug');
  });
  await g.send();
  t.match(g.told().at(-1), { result: 'undetermined', code: 'remote-failed' });
});

t.test('who may publish cannot fill the journal', async (t) => {
  const g = gate();
  for (let i = 0; i < 100; i++) await g.give('rubbish');
  t.equal(g.told().length, 20);
  g.time.monotonicMs += 60_000;
  await g.give('rubbish');
  t.equal(g.told().length, 21);
  t.match(g.told().at(-1), { code: 'remote-malformed', unrecorded: 80 });
});

t.test('commands that come at once are carried out in their order', async (t) => {
  const g = gate();
  const all = [1, 2, 3, 4, 5].map((number) => g.send({ number, commandId: `c-${number}` }));
  await Promise.all(all);
  t.strictSame(g.done.toSorted(), g.done, 'none before one of a lower number that was carried out');
  t.ok(g.done.includes('c-5'));
});
