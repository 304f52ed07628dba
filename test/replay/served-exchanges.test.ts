/** A module in real time: a read gets the answer nearest in time, each change is seen, a failure is met once. */
import t from 'tap';
import type { ModbusRequest } from '../../src/driver-kit/contract.ts';
import type { RecordedEntry } from '../../src/ports/recording.ts';
import type { ExchangeResult } from '../../src/ports/transport.ts';
import { ServedExchanges } from '../../src/replay/served-exchanges.ts';

const read = { function: 2, address: 0, quantity: 1 } as const;
const open = { function: 5, address: 3, value: 0xff00 } as const;
const at = (ms: number) => ({ wallMs: ms, monotonicMs: ms });
const bit = (value: boolean): ExchangeResult => ({
  kind: 'reply',
  reply: { kind: 'bits', bits: [value] },
  receivedAt: at(0),
});
const failed = (failure: 'timeout' | 'disconnected' | 'expired'): ExchangeResult => ({
  kind: 'failed',
  failure,
  detail: '',
});

function exchange(
  request: ModbusRequest,
  requestedMs: number,
  result: ExchangeResult,
  run: { answeredMs?: number; lastMs?: number; repeats?: number } = {},
): RecordedEntry {
  const { answeredMs = requestedMs + 5, lastMs = answeredMs, repeats = 0 } = run;
  const event = { kind: 'exchange', request, result, requestedMs, lastMs, repeats } as const;
  return { sequence: requestedMs, at: at(answeredMs), source: 'io', event };
}

function told(io: ServedExchanges, request: ModbusRequest, nowMs: number): string {
  const answer = io.answer(request, nowMs);
  if (answer.kind !== 'answer') return answer.kind;
  const { result } = answer;
  if (result.kind === 'failed') return result.failure;
  return result.reply.kind === 'bits' ? String(result.reply.bits[0]) : result.reply.kind;
}

t.test('a read is answered as the module stood then, whenever it is asked', async (t) => {
  const io = new ServedExchanges([
    exchange(read, 0, bit(false), { lastMs: 1_000, repeats: 20 }),
    exchange(read, 1_050, bit(true), { lastMs: 2_000, repeats: 19 }),
    exchange(read, 2_050, bit(false), { lastMs: 3_000, repeats: 19 }),
  ]);
  t.strictSame(
    [-500, 0, 70, 990, 1_040, 1_500, 1_990, 2_060, 9_000].map((ms) => told(io, read, ms)),
    ['false', 'false', 'false', 'false', 'true', 'true', 'true', 'false', 'false'],
  );
  t.strictSame(io.unrecorded, []);
});

t.test('a change that was short is seen by a daemon that polls less often', async (t) => {
  const io = new ServedExchanges([
    exchange(read, 0, bit(false), { lastMs: 1_000, repeats: 20 }),
    exchange(read, 1_050, bit(true)),
    exchange(read, 1_100, bit(false), { lastMs: 3_000, repeats: 30 }),
  ]);
  t.strictSame(
    [0, 900, 1_400, 1_700, 2_000].map((ms) => told(io, read, ms)),
    ['false', 'false', 'true', 'false', 'false'],
  );
});

t.test('a lost answer is lost once', async (t) => {
  const io = new ServedExchanges([
    exchange(read, 0, bit(false), { lastMs: 1_000, repeats: 20 }),
    exchange(read, 1_050, failed('timeout'), { answeredMs: 1_350 }),
    exchange(read, 1_900, bit(true), { lastMs: 3_000, repeats: 20 }),
  ]);
  t.strictSame(
    [500, 1_040, 1_400, 1_500, 1_800, 2_000].map((ms) => told(io, read, ms)),
    ['false', 'timeout', 'false', 'false', 'true', 'true'],
  );
});

t.test('what no module was asked is met by no silence', async (t) => {
  const io = new ServedExchanges([
    exchange(read, 0, failed('disconnected')),
    exchange(read, 10, failed('expired')),
    exchange(read, 20, bit(true)),
  ]);
  t.equal(told(io, read, 0), 'true');
});

t.test('a write gets its own answer, after as long as then', async (t) => {
  const written: ExchangeResult = { kind: 'reply', reply: { kind: 'written' }, receivedAt: at(0) };
  const io = new ServedExchanges([
    exchange(open, 5_000, failed('timeout'), { answeredMs: 5_300 }),
    exchange(open, 9_000, written, { answeredMs: 9_040 }),
  ]);
  t.strictSame(io.answer(open, 4_600), {
    kind: 'answer',
    result: failed('timeout'),
    delayMs: 300,
  });
  t.strictSame(io.answer(open, 5_900).kind, 'taken', 'the next one is much later');
  t.strictSame(io.answer(open, 9_200), { kind: 'answer', result: written, delayMs: 40 });
});

t.test('what was never asked is noted, and a read of it has no answer', async (t) => {
  const io = new ServedExchanges([]);
  t.equal(told(io, read, 0), 'unknown');
  t.equal(told(io, read, 1), 'unknown');
  t.equal(told(io, open, 2), 'taken');
  t.strictSame(io.unrecorded, [
    { request: read, times: 2 },
    { request: open, times: 1 },
  ]);
});
