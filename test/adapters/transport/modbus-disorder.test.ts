/**
 * A line on which anything may happen to a reply: late, lost, damaged, from another unit. Every request asks for a
 * register of its own, and the unit answers with the register's number: so each reply shows whose it is.
 */
import modbusSerial from 'modbus-serial';
import t from 'tap';
import type { LineFault, ModbusRtuHost, RtuUnit } from '../../../src/simulation/modbus-rtu-host.ts';
import { SeededRandom } from '../../../src/simulation/seeded-random.ts';
import { until } from '../../support/peers.ts';
import { poll, rtuOverTcp } from '../../support/rtu-line.ts';

const replyTimeoutMs = 40;

/** Answers a read of registers with the number of each. */
const numbered: RtuUnit = {
  handle(pdu) {
    const [code = 0, a = 0, b = 0, c = 0, d = 0] = pdu;
    const words = Array.from({ length: c * 256 + d }, (_, i) => a * 256 + b + i);
    const bytes = words.flatMap((word) => [word >> 8, word & 0xff]);
    return { pdu: Uint8Array.of(code, bytes.length, ...bytes), delayMs: 0 };
  },
};

/** Spoils about a third of the requests. */
function disorder(host: ModbusRtuHost, random: SeededRandom): void {
  const faults: readonly LineFault[] = [
    { kind: 'delay', delayMs: replyTimeoutMs + 5 + random.integer(160) },
    { kind: 'delay', delayMs: random.integer(replyTimeoutMs) },
    { kind: 'dropReply' },
    { kind: 'dropRequest' },
    { kind: 'disturb' },
    { kind: 'foreignUnit' },
    { kind: 'exception', code: 4 },
    { kind: 'prefix', bytes: [0, 0xff] },
  ];
  const fault = random.integer(3) === 0 ? faults[random.integer(faults.length)] : undefined;
  host.inject(fault && { fault, on: 'any', times: 1 });
}

t.test('plain: some replies are those to other requests', async (t) => {
  const { host, port } = await rtuOverTcp(t, new Map([[1, numbered]]));
  const client = new modbusSerial.default();
  client.on('error', () => undefined);
  t.teardown(() => client.close(() => undefined));
  client.setID(1);
  client.setTimeout(replyTimeoutMs);
  await client.connectTelnet('127.0.0.1', { port });
  const random = new SeededRandom(1);
  let wrong = 0;
  for (let address = 0; address < 120; address += 1) {
    disorder(host, random);
    const read = await client.readHoldingRegisters(address, 1).catch(() => undefined);
    if (read && read.data[0] !== address) wrong += 1;
  }
  t.ok(wrong > 0, `${wrong} of 120`);
});

for (const seed of [1, 2, 3]) {
  t.test(`ours: every reply is that to its own request, seed ${seed}`, async (t) => {
    const units = [1, 2];
    const { line, host } = await rtuOverTcp(t, new Map(units.map((unit) => [unit, numbered])), {
      line: { replyTimeoutMs },
    });
    const random = new SeededRandom(seed);
    const wrong: string[] = [];
    let right = 0;
    let isOver = false;
    const ask = async (unit: number, from: number) => {
      for (let address = from; !isOver; address += 1) {
        let isLost = false;
        const exchange = await line
          .open(unit, () => {
            isLost = true;
          })
          .catch(() => undefined);
        while (exchange && !isLost && !isOver) {
          address += 1;
          disorder(host, random);
          const answer = await exchange.request({ function: 3, address, quantity: 1 }, poll);
          if (answer.kind !== 'reply' || answer.reply.kind !== 'words') continue;
          if (answer.reply.words[0] === address) right += 1;
          else wrong.push(`${unit}: ${address} was answered with ${answer.reply.words[0]}`);
        }
        exchange?.close();
        await new Promise((done) => setTimeout(done, 20));
      }
    };
    const asking = units.map((unit) => ask(unit, 1_000 * unit));
    await until(() => right >= 80, 'eighty right answers', 60_000);
    isOver = true;
    await Promise.all(asking);
    t.strictSame(wrong, []);
    const late = [...line.standing().units.values()].reduce((sum, unit) => sum + unit.late, 0);
    t.ok(late > 0, `${late} late replies came and were known as late`);
  });
}
