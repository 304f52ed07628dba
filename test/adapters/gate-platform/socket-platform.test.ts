/** The customs gate platform over real connections, against a platform that was written from the tables alone. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import {
  SocketPlatform,
  type SocketPlatformOptions,
} from '../../../src/adapters/gate-platform/socket-platform.ts';
import { openPlatformNumbers } from '../../../src/adapters/store/platform-numbers.ts';
import type { PlatformQuestion } from '../../../src/core/customs-platform/exchange.ts';
import { standardDialect } from '../../../src/interchange/jgst14/dialect.ts';
import type { PlatformHeard } from '../../../src/ports/gate-platform.ts';
import { CustomsPlatform, type Reaction } from '../../../src/simulation/customs-platform.ts';
import { freePort } from '../../../src/simulation/free-port.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const good = '0'.repeat(20);
const question: PlatformQuestion = {
  passageId: 'p-1' as never,
  premises: '5205000001',
  lane: '0000000012',
  direction: 'in',
  capture: {
    plate: '粤B12345',
    tags: [],
    containerCount: 0,
    isContainerReadingAbnormal: false,
    seals: [],
    consignments: [],
  },
};
const answers: Reaction = ({ seqNo }, { answer }) => answer({ seqNo, word: good });

async function rig(
  t: Test,
  {
    react = answers,
    ...change
  }: Partial<SocketPlatformOptions> & { readonly react?: Reaction } = {},
) {
  const { dialect = standardDialect } = change;
  const peer = await CustomsPlatform.start({
    react,
    dialect: {
      headerBytes: dialect.headerBytes,
      littleEndian: dialect.byteOrder === 'little',
      charset: dialect.charset,
      identifierByte: dialect.identifier === 'ones' ? 0xff : 0,
    },
  });
  const numbers = openPlatformNumbers(join(temporaryFolder(), 'platform.db'));
  const platform = new SocketPlatform({
    host: '127.0.0.1',
    port: peer.port,
    connectWithinMs: 500,
    keepOpenMs: 2_000,
    utcOffsetMinutes: 480,
    dialect,
    numbers,
    clock: {
      bootId: 'boot',
      now: () => ({ wallMs: Date.UTC(2026, 11, 1, 7, 44, 0), monotonicMs: performance.now() }),
      state: () => 'synced',
    },
    log: () => undefined,
    ...change,
  });
  const heard: PlatformHeard[] = [];
  platform.start((each) => heard.push(each));
  t.teardown(async () => {
    await platform.stop();
    await peer.stop();
  });
  const until = async (holds: () => boolean) => {
    const endMs = performance.now() + 5_000;
    while (!holds() && performance.now() < endMs) await new Promise((done) => setTimeout(done, 5));
  };
  return { peer, platform, heard, until };
}

t.test('a question is answered on its own connection', async (t) => {
  const { peer, platform, heard, until } = await rig(t);
  const asked = platform.ask(question);
  t.strictSame(asked, { kind: 'asked', seqNo: '20261201154400000001' });
  await until(() => heard.length > 0);
  t.match(peer.captures, [
    { premises: '5205000001', lane: '0000000012', direction: 'I', seqNo: '20261201154400000001' },
  ]);
  t.match(peer.captures[0]?.xml, /<VE_NAME>粤B12345<\/VE_NAME>/);
  const { premises, lane, direction } = question;
  t.strictSame(heard, [
    {
      kind: 'answered',
      answer: {
        ...{ premises, lane, direction, seqNo: '20261201154400000001' },
        word: good,
        formType: '1',
      },
    },
  ]);
});

t.test('in the dialect that most deployed code speaks', async (t) => {
  const { peer, platform, heard, until } = await rig(t, {
    dialect: {
      headerBytes: 38,
      messageCode: 'binary',
      byteOrder: 'little',
      charset: 'gb18030',
      identifier: 'zeros',
      imagesTotalCountsHeads: false,
    },
  });
  platform.ask(question);
  await until(() => heard.length > 0);
  t.match(peer.captures[0]?.xml, /粤B12345/);
  t.match(heard, [{ kind: 'answered', answer: { word: good } }]);
});

t.test('an answer in many pieces is one', async (t) => {
  const { platform, heard, until } = await rig(t, {
    react: (capture, { send }) => {
      const bytes = slicer.answerBytes(capture, { seqNo: capture.seqNo, word: good });
      for (let at = 0; at < bytes.length; at += 7) send(bytes.subarray(at, at + 7));
    },
  });
  const slicer = await CustomsPlatform.start({ react: answers });
  t.teardown(() => slicer.stop());
  platform.ask(question);
  await until(() => heard.length > 0);
  t.match(heard, [{ kind: 'answered' }]);
});

t.test('each way to get no answer has its own code', async (t) => {
  const cases: readonly (readonly [string, Reaction])[] = [
    ['platform-hung-up', (_capture, { hangUp }) => hangUp()],
    ['platform-answer-unreadable', (_capture, { send }) => send(Buffer.from('HTTP/1.1 400'))],
    ['platform-answer-unreadable', (_capture, { send }) => send(Buffer.alloc(100_000, 0xe2))],
    [
      'platform-answer-unreadable',
      (capture, { send, hangUp }) => {
        send(cutter.answerBytes(capture, { seqNo: capture.seqNo, word: good }).subarray(0, 60));
        hangUp();
      },
    ],
    [
      'platform-answer-unreadable',
      (capture, { send }) => send(cutter.frame(0x22, capture, '<COMMAND_INFO/>')),
    ],
    [
      'platform-answer-unreadable',
      (capture, { send }) => send(cutter.frame(0x82, capture, '<GATHER_FEEDBACK/>')),
    ],
  ];
  const cutter = await CustomsPlatform.start({ react: answers });
  t.teardown(() => cutter.stop());
  for (const [code, react] of cases) {
    const { platform, heard, until } = await rig(t, { react });
    platform.ask(question);
    await until(() => heard.length > 0);
    t.match(heard, [{ kind: 'failed', lane: question.lane, code }]);
  }
  const { platform, heard, until } = await rig(t, { port: await freePort() });
  platform.ask(question);
  await until(() => heard.length > 0);
  t.match(heard, [{ kind: 'failed', code: 'platform-unreachable' }]);
});

t.test('a connection that hangs is closed, and a late answer is heard until then', async (t) => {
  let late = () => undefined as unknown;
  const { peer, platform, heard, until } = await rig(t, {
    keepOpenMs: 300,
    react: ({ seqNo }, { answer }) => {
      late = () => answer({ seqNo, word: good });
    },
  });
  platform.ask(question);
  await until(() => peer.captures.length > 0);
  late();
  await until(() => heard.length > 0);
  t.equal(heard.length, 1);
  await until(() => peer.connections.length > 0);
  t.equal(peer.connections.length, 1);
});

t.test(
  'an answer on a connection of the platform itself, from its registered address',
  async (t) => {
    const listen = { host: '127.0.0.1', port: 0, peers: ['127.0.0.1'] };
    const { peer, platform, heard, until } = await rig(t, {
      listen,
      react: (_capture, { hangUp }) => hangUp(),
    });
    platform.ask(question);
    await until(() => peer.captures.length > 0);
    const [capture] = peer.captures;
    if (!capture) throw new Error('no capture');
    const port = await platform.listeningPort();
    const bytes = peer.answerBytes(capture, { seqNo: capture.seqNo, word: good });
    void peer.deliver(port, bytes);
    await until(() => heard.length > 0);
    t.match(
      heard,
      [{ kind: 'answered', answer: { seqNo: capture.seqNo } }],
      'and it has not failed',
    );
    void peer.deliver(port, Buffer.from('GET / HTTP/1.1\r\n'));
    await until(() => heard.length > 1);
    t.match(heard[1], { kind: 'refused', code: 'platform-message-unreadable' });
  },
);

t.test('a platform that does not end is hung up on', async (t) => {
  const endless: Reaction = ({ seqNo }, { answer }) => {
    for (let i = 0; i < 100; i += 1) answer({ seqNo, word: good });
  };
  const { peer, platform, heard, until } = await rig(t, { react: endless });
  platform.ask(question);
  await until(() => peer.connections.length > 0);
  t.equal(heard.length, 16);
});

t.test('nobody else is listened to', async (t) => {
  const listen = { host: '127.0.0.1', port: 0, peers: ['192.0.2.7'] };
  const { peer, platform, heard, until } = await rig(t, { listen });
  const to = { premises: question.premises, lane: question.lane, direction: 'I' };
  const bytes = peer.answerBytes(to, { seqNo: '1', word: good });
  const port = await platform.listeningPort();
  await Promise.all([peer.deliver(port, bytes), peer.deliver(port, bytes)]);
  await until(() => heard.length > 0);
  t.strictSame(heard, [{ kind: 'refused', code: 'platform-peer-unknown', detail: '127.0.0.1' }]);
});

t.test('without a number that is written nothing is sent', async (t) => {
  const { peer, platform } = await rig(t, {
    numbers: {
      draw() {
        throw new Error('disk full');
      },
      close: () => undefined,
    },
  });
  t.strictSame(platform.ask(question), { kind: 'failed', code: 'platform-number-unwritten' });
  await new Promise((done) => setTimeout(done, 50));
  t.strictSame(peer.captures, []);
});

t.test(
  'no number is given twice: over restarts, steps of the clock and the end of the counter',
  async (t) => {
    const file = join(temporaryFolder(), 'platform.db');
    const time = '20261201154400';
    const drawn: string[] = [];
    for (let run = 0; run < 3; run += 1) {
      const numbers = openPlatformNumbers(file);
      // The clock stands, and has stepped back between the runs.
      for (let i = 0; i < 5; i += 1) drawn.push(numbers.draw(time));
      numbers.close();
    }
    t.equal(new Set(drawn).size, 15);
    t.strictSame(drawn.slice(0, 2), [`${time}000001`, `${time}000002`]);
    t.equal(drawn.at(-1), `${time}000015`);
    const { default: Database } = await import('better-sqlite3');
    const db = new Database(file);
    db.exec('UPDATE counter SET value = 999999');
    db.exec(`INSERT INTO sequence_number VALUES ('${time}000000')`);
    db.close();
    const numbers = openPlatformNumbers(file);
    t.equal(numbers.draw(time), `${time}000016`, 'those that are there are passed over');
    numbers.close();
  },
);

t.test('two gates of one premises give other numbers by their digits', async (t) => {
  const time = '20261201154400';
  const gates = [1, 2].map((digit) =>
    openPlatformNumbers(join(temporaryFolder(), 'platform.db'), digit),
  );
  t.strictSame(
    gates.map((gate) => gate.draw(time)),
    [`${time}100001`, `${time}200001`],
  );
  for (const gate of gates) gate.close();
});
