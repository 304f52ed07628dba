import sinon from 'sinon';
import t from 'tap';
import type { Publication, Uplink, UplinkEvents } from '../../src/ports/uplink.ts';
import { Outbox } from '../../src/runtime/outbox.ts';
import { exactly } from '../support/exactly.ts';
import { FakeTime } from '../support/fake-timers.ts';
import { ledgerIn, note } from '../support/open-ledger.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

interface Sent {
  readonly publication: Publication;
  readonly done: (refused: string | undefined) => void;
}

function site(options: { refuse?: () => boolean; random?: () => number } = {}) {
  const time = new FakeTime();
  const ledger = ledgerIn(temporaryFolder());
  const sent: Sent[] = [];
  const links: UplinkEvents[] = [];
  const discard = sinon.fake();
  const uplink: Uplink = {
    async connect(_wish, events) {
      if (options.refuse?.()) throw new Error('refused');
      links.push(events);
      return {
        receiveMaximum: 4,
        publish: (publication, done) => sent.push({ publication, done }),
        discard,
      };
    },
  };
  const log = sinon.fake();
  const outbox = new Outbox({
    siteId: 'CNSHK',
    gateId: 'gate-1',
    ledger,
    uplink,
    clock: time,
    timers: time,
    random: options.random ?? (() => 0.5),
    session: 'session-1',
    log,
  });
  const events = () => sent.filter(({ publication }) => publication.topic.endsWith('/event'));
  const hear = (topic: string, message: unknown) => {
    const payload = Buffer.from(typeof message === 'string' ? message : JSON.stringify(message));
    links.at(-1)?.message({ topic: `kakou/v1/CNSHK/gate-1/${topic}`, payload, retained: false });
  };
  const write = (n: number) => {
    for (let i = 0; i < n; i++) ledger.commit({ events: [note(`n${i}`)] });
    outbox.appended();
  };
  const ack = (through: number) =>
    hear('ack', {
      epoch: ledger.epoch,
      through,
      head: ledger.entriesAfter(through - 1, 1)[0]?.hash,
    });
  return { time, ledger, outbox, sent, links, discard, log, events, hear, write, ack };
}

t.test(
  'entries go out in order, their bytes as stored, within what the broker takes',
  async (t) => {
    const s = site();
    s.outbox.start();
    await s.time.pass(1);
    s.write(9);
    t.equal(s.events().length, 4);
    t.strictSame(
      s.events().map(({ publication }) => publication.payload),
      s.ledger.entriesAfter(0, 4).map(({ entry }) => entry),
    );
    t.match(s.events()[0]?.publication, {
      qos: 1,
      retain: false,
      contentType: /cloudevents\+json/,
    });
    s.events()[0]?.done(undefined);
    t.equal(s.events().length, 5, 'the broker’s answer makes room for one more');
    t.equal(s.ledger.acknowledgedThrough(), 0, 'and is no acknowledgement');
    s.ack(3);
    t.equal(s.ledger.acknowledgedThrough(), 3);
    t.match(s.outbox.standing(), { connected: true, acknowledged: 3, unacknowledged: 7 });
  },
);

t.test('what was pruned after the centre acknowledged it is not sent again', async (t) => {
  const s = site();
  s.outbox.start();
  await s.time.pass(1);
  s.write(3);
  s.ledger.checkpoint();
  s.write(1);
  s.ack(5);
  const order = { reason: 'order', person: 'Li Wei', before: '2027-01-01' } as const;
  t.match(s.ledger.prune({ beforeMs: Date.UTC(2027, 0, 1), reason: order }), { count: 3 });
  const before = s.events().length;
  const resend = (from: number) => s.hear('resend', { epoch: s.ledger.epoch, from });
  for (const from of [1, 2, 4]) resend(from);
  t.equal(s.events().length, before);
  t.match(s.log.lastCall.args[2], { code: 'uplink-resend-pruned', from: 4, prunedThrough: 4 });
  s.log.resetHistory();
  resend(5);
  t.ok(s.events().length > before, 'what is behind it is');
  t.ok(s.events().every(({ publication }) => publication.payload !== ''));
});

t.test(
  'a refused publish is not a lost one: the connection is given up and all sent again',
  async (t) => {
    const s = site();
    s.outbox.start();
    await s.time.pass(1);
    s.write(2);
    const before = s.events().length;
    s.events()[0]?.done('quota exceeded');
    t.ok(s.discard.calledOnce);
    await s.time.pass(5_000);
    t.equal(s.links.length, 2);
    t.equal(s.events().length, before * 2);
  },
);

t.test(
  'acknowledgements that are not of this log are left alone, and forks are called out',
  async (t) => {
    const s = site();
    s.outbox.start();
    await s.time.pass(1);
    s.write(3);
    s.hear('ack', { epoch: 'f'.repeat(32), through: 3, head: 'x' });
    s.hear('ack', { epoch: s.ledger.epoch, through: -1 });
    s.hear('ack', 'no json');
    s.hear('ack', { epoch: s.ledger.epoch, through: 99, head: 'x' });
    s.hear('ack', { epoch: s.ledger.epoch, through: 2, head: '0'.repeat(64) });
    t.equal(s.ledger.acknowledgedThrough(), 0);
    t.ok(s.log.calledWithMatch('error', sinon.match('uplink-fork')));
    t.ok(s.log.calledWithMatch('warn', sinon.match('unreadable')));
  },
);

t.test('a cursor that the disk does not take stops nothing, and moves with the next', async (t) => {
  const s = site();
  s.outbox.start();
  await s.time.pass(1);
  s.write(3);
  const failure = { kind: 'failed', code: 'ledger-full', detail: 'SQLITE_FULL' } as const;
  const acknowledge = sinon.replace(s.ledger, 'acknowledge', sinon.fake.returns(failure));
  s.ack(2);
  t.equal(acknowledge.callCount, 1);
  t.ok(s.log.calledWithMatch('warn', sinon.match('noted down')));
  t.match(s.outbox.standing(), { connected: true, acknowledged: 2 });
  sinon.restore();
  s.ack(3);
  t.equal(s.ledger.acknowledgedThrough(), 3);
});

t.test('the centre asks again and gets it', async (t) => {
  const s = site();
  s.outbox.start();
  await s.time.pass(1);
  s.write(3);
  const before = s.events().length;
  s.hear('resend', { epoch: s.ledger.epoch, from: 2 });
  exactly(
    t,
    s
      .events()
      .slice(before)
      .map(({ publication }) => JSON.parse(publication.payload).sequence),
    ['0000000000000002', '0000000000000003', '0000000000000004'],
  );
});

t.test('an absent broker is tried again with full jitter under a growing ceiling', async (t) => {
  for (const [random, ceilings] of [
    [1, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]],
    [0.25, [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]],
  ] as const) {
    const s = site({ refuse: () => true, random: () => random });
    s.outbox.start();
    for (const ceiling of ceilings) {
      await s.time.pass(0);
      const delay = s.time.delayOf('outbox/retry') ?? -1;
      t.ok(Math.abs(delay - ceiling) <= 1, `${delay} ms of ${ceiling} ms`);
      await s.time.pass(delay);
    }
  }
});

t.test('will and status say who speaks, and a goodbye is said when it stops', async (t) => {
  const s = site();
  s.outbox.start();
  await s.time.pass(1);
  const status = () => s.sent.filter(({ publication }) => publication.topic.endsWith('/status'));
  t.match(JSON.parse(status()[0]?.publication.payload ?? ''), {
    state: 'online',
    session: 'session-1',
  });
  t.equal(status()[0]?.publication.retain, true);
  s.ack(1);
  const stopping = s.outbox.stop(1_500);
  await s.time.pass(100);
  t.match(JSON.parse(status().at(-1)?.publication.payload ?? ''), { state: 'stopped' });
  status().at(-1)?.done(undefined);
  await stopping;
  t.strictSame(s.time.running(), []);
});

t.test('a broker that never answers does not hold the stop up', async (t) => {
  const s = site();
  s.outbox.start();
  await s.time.pass(1);
  s.write(2);
  let isOver = false;
  const stopping = s.outbox.stop(1_500).then(() => {
    isOver = true;
  });
  await s.time.pass(1_400);
  t.notOk(isOver);
  await s.time.pass(200);
  await stopping;
  t.ok(isOver);
  t.ok(s.discard.calledOnce);
});

t.test('the age of the oldest entry without an answer is told', async (t) => {
  const s = site({ refuse: () => true });
  s.outbox.start();
  s.write(1);
  await s.time.pass(7_000);
  t.ok((s.outbox.standing().oldestUnacknowledgedAgeMs ?? 0) >= 7_000);
  t.equal(s.outbox.standing().connected, false);
});

t.test('an acknowledgement must name the bytes it is about', async (t) => {
  const s = site();
  s.outbox.start();
  await s.time.pass(1);
  s.write(3);
  for (const head of [undefined, null, '', 7, 'f'.repeat(64)])
    s.hear('ack', { epoch: s.ledger.epoch, through: 2, head });
  t.equal(s.ledger.acknowledgedThrough(), 0);
  s.ack(2);
  t.equal(s.ledger.acknowledgedThrough(), 2);
  s.ack(1);
  t.equal(s.ledger.acknowledgedThrough(), 2, 'and an older one takes nothing back');
});

t.test('what a given-up connection answers later says nothing about the next one', async (t) => {
  const s = site();
  s.outbox.start();
  await s.time.pass(1);
  s.write(9);
  const [first, second] = s.events();
  first?.done('quota exceeded');
  await s.time.pass(5_000);
  t.equal(s.links.length, 2);
  const sent = s.events().length;
  second?.done(undefined);
  first?.done('quota exceeded');
  await s.time.pass(1);
  t.equal(s.events().length, sent, 'no room was made, and nothing was given up');
  t.equal(s.links.length, 2);
});

t.test('the newest checkpoint is published once, and again where it was refused', async (t) => {
  const s = site();
  const notes = () => s.sent.filter(({ publication }) => publication.topic.endsWith('/checkpoint'));
  s.outbox.start();
  await s.time.pass(1);
  s.write(2);
  s.ledger.checkpoint();
  await s.time.pass(1_500);
  t.equal(notes().length, 1);
  t.match(notes()[0]?.publication, { retain: true, qos: 1, payload: s.ledger.latestCheckpoint() });
  await s.time.pass(3_000);
  t.equal(notes().length, 1);
  notes()[0]?.done('refused');
  await s.time.pass(1_500);
  t.equal(notes().length, 2);
});

t.test('after a connection that held for a while the next try comes soon again', async (t) => {
  let absent = true;
  const s = site({ refuse: () => absent, random: () => 1 });
  s.outbox.start();
  for (let i = 0; i < 6; i++) await s.time.pass(s.time.delayOf('outbox/retry') ?? 0);
  await s.time.pass(0);
  t.ok((s.time.delayOf('outbox/retry') ?? 0) >= 32_000);
  absent = false;
  await s.time.pass(s.time.delayOf('outbox/retry') ?? 0);
  await s.time.pass(0);
  s.ack(1);
  await s.time.pass(61_000);
  t.equal(s.links.length, 1);
  s.links[0]?.closed('cut');
  t.equal(s.time.delayOf('outbox/retry'), 1_000);
});
