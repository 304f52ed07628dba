import t from 'tap';
import { FloodGate, WaitingWrites } from '../../../src/adapters/transport/stream-limits.ts';
import { pause } from '../../support/peers.ts';

function writes(takes: (taken: () => void) => void) {
  const sent: number[] = [];
  const blocked: string[] = [];
  const waiting = new WaitingWrites({
    send(bytes, taken) {
      sent.push(bytes.length);
      takes(taken);
    },
    blocked: (detail) => blocked.push(detail),
  });
  return { waiting, sent, blocked };
}

t.test('a write that is not taken in time ends the stream, once', async (t) => {
  const { waiting, blocked } = writes(() => undefined);
  waiting.write(new Uint8Array(10));
  await pause(1_500);
  t.strictSame(blocked, []);
  await pause(800);
  t.strictSame(blocked, ['no byte was taken in 2000 ms']);
  waiting.write(new Uint8Array(10));
  await pause(2_300);
  t.equal(blocked.length, 1);
});

t.test('what is taken, however slowly, may go on', async (t) => {
  const { waiting, sent, blocked } = writes((taken) => setTimeout(taken, 300));
  for (let i = 0; i < 12; i += 1) {
    waiting.write(new Uint8Array(1_000));
    await pause(250);
  }
  t.equal(sent.length, 12);
  t.strictSame(blocked, []);
  waiting.stop();
});

t.test('more than a few thousand bytes do not wait', async (t) => {
  const { waiting, sent, blocked } = writes(() => undefined);
  for (let i = 0; i < 10; i += 1) waiting.write(new Uint8Array(1_000));
  t.equal(sent.length, 4);
  t.strictSame(blocked, ['4000 bytes wait to be taken']);
});

t.test('a flood is what exceeds the rate within a second, not a burst below it', async (t) => {
  const gate = new FloodGate(1_000);
  t.ok(gate.passes(900, 0));
  t.ok(gate.passes(100, 500));
  t.notOk(gate.passes(1, 999));
  t.ok(gate.passes(1_000, 1_000), 'the next second counts anew');
  t.notOk(gate.passes(1_001, 5_000));
});
