import { join } from 'node:path';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { Receiver } from '../../src/centre/receiver.ts';
import { openCentreStore, type ReceivedEntry } from '../../src/centre/store.ts';
import type { Publication, UplinkEvents } from '../../src/ports/uplink.ts';
import { exactly } from '../support/exactly.ts';
import { ledgerIn, note } from '../support/open-ledger.ts';
import { pause } from '../support/peers.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const topic = 'kakou/v1/CNSHK/gate-1/event';

async function centre(t: Test) {
  const folder = temporaryFolder();
  const ledger = ledgerIn(folder);
  for (let i = 2; i <= 9; i++) ledger.commit({ events: [note(`n${i}`)] });
  const entries = ledger.entriesAfter(0, 100);
  const file = join(folder, 'centre.db');
  const store = openCentreStore(file);
  const published: (Publication & { heldThen: number })[] = [];
  const told: number[] = [];
  let events: UplinkEvents | undefined;
  /** How many entries somebody else could read at this moment: those that are committed. */
  const held = () => {
    const db = new Database(file, { readonly: true });
    const count = db.prepare('SELECT count(*) FROM entry').pluck().get() as number;
    db.close();
    return count;
  };
  const receiver = new Receiver({
    store,
    uplink: {
      async connect(_wish, heard) {
        events = heard;
        return {
          receiveMaximum: 100,
          publish: (publication) => published.push({ ...publication, heldThen: held() }),
          discard: () => undefined,
        };
      },
    },
    onEntry: ({ sequence }: ReceivedEntry) => told.push(sequence),
    log: () => undefined,
  });
  receiver.start();
  await pause(1);
  let isOver = false;
  const stop = () => {
    if (!isOver) receiver.stop();
    isOver = true;
  };
  t.teardown(() => {
    stop();
    store.close();
  });
  const send = (payload: string, to = topic) =>
    events?.message({ topic: to, payload: Buffer.from(payload), retained: false });
  const take = async (...sequences: readonly number[]) => {
    for (const sequence of sequences) send(entries[sequence - 1]?.entry ?? '');
    await pause(5);
  };
  const parsed = (what: 'ack' | 'resend') =>
    published
      .filter((each) => each.topic.endsWith(`/${what}`))
      .map(({ payload }) => JSON.parse(payload) as { through: number; head: string; from: number });
  const key = { site: 'CNSHK', gate: 'gate-1', epoch: ledger.epoch };
  return { entries, store, file, published, told, send, take, parsed, key, stop };
}

t.test('what is acknowledged has been committed before', async (t) => {
  const { take, published, parsed, entries } = await centre(t);
  await take(1, 2, 3);
  t.strictSame(
    parsed('ack').map(({ through, head }) => [through, head]),
    [[3, entries[2]?.hash]],
  );
  t.equal(published[0]?.heldThen, 3);
  t.match(published[0], { retain: true, qos: 1 });
});

t.test(
  'entries are told once, in order and only when nothing is missing before them',
  async (t) => {
    const { take, told, parsed, store, key } = await centre(t);
    await take(1, 2, 5, 4);
    t.strictSame(told, [1, 2]);
    t.equal(parsed('ack').at(-1)?.through, 2);
    await take(2, 2, 5);
    t.strictSame(told, [1, 2]);
    await take(3);
    t.strictSame(told, [1, 2, 3, 4, 5]);
    t.equal(store.completeThrough(key).through, 5);
    await take(1, 2, 3, 4, 5);
    t.strictSame(told, [1, 2, 3, 4, 5], 'a repeat is harmless');
    t.equal(parsed('ack').at(-1)?.through, 5, 'and acknowledged');
    t.strictSame(store.alarms(), []);
  },
);

t.test('a hole is asked for from its beginning, at most once a second', async (t) => {
  const { take, parsed } = await centre(t);
  await take(1, 2);
  t.strictSame(parsed('resend'), [], 'nothing is missing');
  await take(5);
  await take(6);
  await take(9);
  exactly(t, parsed('resend'), [{ from: 3 }]);
  await pause(1_050);
  await take(9);
  exactly(t, parsed('resend'), [{ from: 3 }, { from: 3 }]);
});

t.test(
  'the same place with other bytes is a fork: it is called out and the first stands',
  async (t) => {
    const { take, send, store, key, entries, parsed, told } = await centre(t);
    await take(1, 2, 3, 4);
    send((entries[2]?.entry ?? '').replace('arm-stuck', 'arm-stack'));
    await pause(5);
    exactly(t, store.alarms(), [{ kind: 'fork', detail: /entry 3/ }]);
    t.match(store.at(key, 3), { hash: entries[2]?.hash, entry: entries[2]?.entry });
    t.equal(store.completeThrough(key).through, 4);
    t.equal(parsed('ack').at(-1)?.head, entries[3]?.hash);
    t.strictSame(told, [1, 2, 3, 4]);
  },
);

t.test('an entry that does not name the one before it is not counted as complete', async (t) => {
  const { take, send, store, key, entries, told } = await centre(t);
  await take(1, 2);
  send(
    (entries[2]?.entry ?? '').replace(
      /"prevhash":"[0-9a-f]{64}"/,
      `"prevhash":"${'0'.repeat(64)}"`,
    ),
  );
  await pause(5);
  await take(4);
  exactly(t, store.alarms(), [{ kind: 'chain', detail: /entry 3/ }]);
  t.equal(store.completeThrough(key).through, 2);
  t.strictSame(told, [1, 2]);
});

t.test(
  'what is no entry of this gate is laid aside with its bytes, and the rest goes on',
  async (t) => {
    const { take, send, file, told, entries } = await centre(t);
    const first = entries[0]?.entry ?? '';
    const wrong = [
      'no json',
      'null',
      '[]',
      '{"specversion":"1.0"}',
      first.replace('"specversion":"1.0"', '"specversion":"0.3"'),
      first.replace('urn:kakou:CNSHK:gate-1', 'urn:kakou:CNSHK:gate-2'),
      first.replace(/"sequence":"\d+"/, '"sequence":"1"'),
      first.replace(/"epoch":"[0-9a-f]+"/, '"epoch":"x"'),
      first.replace(/"prevhash":"[0-9a-f]+"/, '"prevhash":""'),
    ];
    for (const payload of wrong) send(payload);
    send(first, 'kakou/v1/CNSHK/gate-2/event');
    await take(1, 2);
    t.strictSame(told, [1, 2]);
    const db = new Database(file, { readonly: true });
    const laid = db.prepare('SELECT payload FROM rejected ORDER BY id').pluck().all() as Buffer[];
    db.close();
    t.strictSame(laid.map(String), [...wrong, first]);
  },
);

t.test('a stop stores what has come', async (t) => {
  const { send, store, key, entries, stop } = await centre(t);
  send(entries[0]?.entry ?? '');
  stop();
  t.equal(store.completeThrough(key).through, 1);
});

t.test('the bytes are kept as they came', async (t) => {
  const { take, store, key, entries } = await centre(t);
  await take(1, 2);
  for (const { sequence, entry, hash } of entries.slice(0, 2))
    t.match(store.at(key, sequence), { entry, hash });
});
