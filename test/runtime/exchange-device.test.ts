import fc from 'fast-check';
import t from 'tap';
import { IoModuleEmulator } from '../../devices/io-modbus/emulator.ts';
import type { DeviceOrder } from '../../src/driver-kit/contract.ts';
import { type ExchangeRig, exchangeRig } from '../support/exchange-rig.ts';

const profiles = {
  adam6050: 'advantech-adam-6050',
  wago750: 'wago-750-352',
  waveshareRelayB: 'waveshare-modbus-poe-eth-relay-b',
  moxaE1212: 'moxa-iologik-e1212',
} as const;

/** All inputs of the suggested wiring, and a close contact on relay 2. */
const withClose = (pulseMs: number) => ({
  wiring: {
    inputs: {
      approach: { channel: 1, active: 'high' },
      presence: { channel: 2, active: 'high' },
      exit: { channel: 3, active: 'high' },
      curtain: { channel: 4, active: 'low' },
      limitClosed: { channel: 5, active: 'high' },
      limitOpen: { channel: 6, active: 'high' },
      localControl: { channel: 7, active: 'high' },
      barrierFault: { channel: 8, active: 'high' },
    },
    outputs: {
      barrierOpen: { channel: 1, pulseMs },
      barrierClose: { channel: 2, pulseMs },
      lightRed: { channel: 3 },
      lightGreen: { channel: 4 },
    },
  },
});

type Rig = ExchangeRig<IoModuleEmulator>;

async function rig(
  kind: keyof typeof profiles,
  options: { settings?: Readonly<Record<string, unknown>>; watchdogMs?: number } = {},
): Promise<Rig> {
  const { settings, watchdogMs } = options;
  const r = await exchangeRig({
    profile: `io-module/${profiles[kind]}`,
    makeModule: (nowMs) =>
      new IoModuleEmulator(
        {
          module: kind,
          arm: { travelMs: 900, leaveMs: 100 },
          ...(watchdogMs !== undefined && { watchdogMs }),
        },
        nowMs,
      ),
    ...(settings && { settings }),
  });
  await r.pass(600);
  return r;
}

const opens = ({ module }: Rig) =>
  module.arm.events.filter(({ kind }) => kind === 'openAsked').length;

t.test(
  'a contact the daemon times is made in the call of the order and ended after its time',
  async (t) => {
    const r = await rig('adam6050');
    const result = r.order({ kind: 'barrierOpen' });
    t.ok(r.module.contact(1), 'made before the call returned');
    await r.pass(490);
    t.ok(r.module.contact(1));
    await r.pass(20);
    t.notOk(r.module.contact(1), 'ended');
    t.equal(await result, 'accepted');
    t.equal(opens(r), 1);
    t.strictSame(r.line.writes().slice(-2), ['16=65280', '16=0']);
  },
);

t.test(
  'the answer to the on is lost: the off is the first thing on the next connection',
  async (t) => {
    const r = await rig('adam6050');
    r.line.fault = (request) => (request.function === 5 ? 'lostReply' : undefined);
    const result = r.order({ kind: 'barrierOpen' });
    await r.time.pass(0);
    t.ok(r.module.contact(1), 'the module has made the contact');
    t.equal(await result, 'failed');
    r.line.fault = () => undefined;
    const before = r.line.notes.length;
    await r.pass(600);
    t.match(r.line.notes[before]?.request, { function: 5, address: 16, value: 0 });
    t.notOk(r.module.contact(1));
    t.equal(opens(r), 1, 'and the on was not written again');
  },
);

t.test(
  'the connection is cut in the pause: the off is written when the module is back',
  async (t) => {
    const r = await rig('adam6050', { watchdogMs: 2_000 });
    const result = r.order({ kind: 'barrierOpen' });
    await r.pass(200);
    r.line.refuses = true;
    r.line.cut();
    await r.pass(1_000);
    t.ok(r.module.contact(1), 'nobody can end it but the module');
    t.equal(await result, 'accepted', 'the contact was made in time');
    await r.pass(2_000);
    t.notOk(r.module.contact(1), 'the watchdog of the module took it off');
    r.line.refuses = false;
    const before = r.line.notes.length;
    await r.pass(6_000);
    t.match(r.line.notes[before]?.request, { function: 5, address: 16, value: 0 });
  },
);

t.test('without a watchdog a dead daemon would leave the contact made', async (t) => {
  const r = await rig('adam6050');
  const result = r.order({ kind: 'barrierOpen' });
  await r.pass(100);
  r.line.refuses = true;
  r.line.cut();
  await r.pass(60_000);
  t.ok(r.module.contact(1), 'which is why the lint demands one');
  t.equal(await result, 'accepted');
});

t.test('an on the module refuses is released all the same', async (t) => {
  const r = await rig('adam6050');
  r.line.fault = (request) =>
    request.function === 5 && request.value === 0xff00 ? { exception: 4 } : undefined;
  t.equal(await r.order({ kind: 'barrierOpen' }), 'failed');
  t.equal(r.line.writes().at(-1), '16=0');
});

t.test(
  'a relay that does not stand as written fails the order, alarms and is released',
  async (t) => {
    const r = await rig('adam6050');
    const handle = r.module.handle.bind(r.module);
    let isDead = true;
    // The module acknowledges and its relay does nothing.
    Object.assign(r.module, {
      handle: (pdu: Uint8Array, nowMs: number) => {
        const acts = !(isDead && pdu[0] === 5 && pdu[2] === 16);
        return acts ? handle(pdu, nowMs) : { pdu, delayMs: 0 };
      },
    });
    t.equal(await r.order({ kind: 'barrierOpen' }), 'failed');
    t.match(r.alarms(), ['output-mismatch raised', 'output-mismatch over']);
    t.equal(r.line.writes().at(-1), '16=0');
    isDead = false;
    t.equal(r.device.heart.standing().faults['output-mismatch'], 1);
  },
);

t.test(
  'an off that is refused is tried again until it is taken, and nothing is ordered meanwhile',
  async (t) => {
    const r = await rig('adam6050');
    let refuses = true;
    r.line.fault = (request) =>
      refuses && request.function === 5 && request.value === 0 && request.address === 16
        ? { exception: 4 }
        : undefined;
    const first = r.order({ kind: 'barrierOpen' });
    await r.pass(600);
    await first;
    t.ok(r.module.contact(1), 'still made');
    t.match(r.alarms(), ['output-not-released raised']);
    t.equal(await r.order({ kind: 'barrierOpen' }), 'failed', 'no order over a contact that stays');
    const ons = () => r.line.writes().filter((each) => each === '16=65280').length;
    const before = ons();
    const raise = r.order({ kind: 'barrierOpen', safety: true });
    t.equal(ons(), before + 1, 'but a safety raise is tried');
    await r.pass(600);
    await raise;
    const tries = r.line.writes().filter((each) => each === '16=0').length;
    await r.pass(3_000);
    t.ok(r.line.writes().filter((each) => each === '16=0').length >= tries + 2, 'tried again');
    refuses = false;
    await r.pass(1_100);
    t.notOk(r.module.contact(1));
    t.match(r.alarms(), ['output-not-released raised', 'output-not-released over']);
    const again = r.order({ kind: 'barrierOpen' });
    await r.pass(600);
    t.equal(await again, 'accepted');
  },
);

t.test(
  'the daemon stops in the pause: the contact is ended and green is red before it goes',
  async (t) => {
    const r = await rig('adam6050');
    await r.order({ kind: 'light', colour: 'green' });
    t.ok(r.module.light('green'));
    const result = r.order({ kind: 'barrierOpen' });
    await r.pass(100);
    t.ok(r.module.contact(1));
    await r.device.stop();
    t.notOk(r.module.contact(1));
    t.notOk(r.module.light('green'));
    t.ok(r.module.light('red'));
    t.equal(await result, 'accepted');
    const { length } = r.line.notes;
    await r.pass(5_000);
    t.equal(r.line.notes.length, length, 'and nothing more is written');
  },
);

t.test('open takes the place of a close that runs: never both contacts', async (t) => {
  for (const kind of ['adam6050', 'wago750', 'waveshareRelayB'] as const) {
    const r = await rig(kind, { settings: withClose(500) });
    const both: number[] = [];
    const handle = r.module.handle.bind(r.module);
    Object.assign(r.module, {
      handle: (pdu: Uint8Array, nowMs: number) => {
        const answer = handle(pdu, nowMs);
        if (r.module.contact(1) && r.module.contact(2)) both.push(nowMs);
        return answer;
      },
    });
    await r.pass(600);
    const close = r.order({ kind: 'barrierClose' });
    await r.pass(100);
    t.ok(r.module.contact(2), `${kind}: the close contact is made`);
    const open = r.order({ kind: 'barrierOpen', safety: true });
    t.notOk(r.module.contact(2), `${kind}: ended in the same turn`);
    await r.pass(30);
    t.ok(r.module.contact(1), `${kind}: and open is made`);
    t.equal(await r.order({ kind: 'barrierClose' }), 'failed', `${kind}: no close over it`);
    await r.pass(700);
    t.notOk(r.module.contact(1));
    t.equal(await close, 'accepted');
    t.equal(await open, 'accepted');
    t.strictSame(both, [], kind);
  }
});

t.test('a raise while the open contact is made gives a new edge', async (t) => {
  const r = await rig('adam6050');
  const first = r.order({ kind: 'barrierOpen' });
  await r.pass(100);
  const raise = r.order({ kind: 'barrierOpen', safety: true });
  await r.pass(700);
  t.equal(opens(r), 2);
  t.notOk(r.module.contact(1));
  t.equal(await first, 'accepted');
  t.equal(await raise, 'accepted');
});

t.test(
  'lamps are shown on each connection, red until told otherwise, and the last order wins',
  async (t) => {
    const r = await rig('waveshareRelayB');
    t.ok(r.module.light('red'), 'a lamp a dead daemon left green would be red now');
    const green = r.order({ kind: 'light', colour: 'green' });
    const red = r.order({ kind: 'light', colour: 'red' });
    const last = r.order({ kind: 'light', colour: 'green' });
    await Promise.all([green, red, last]);
    t.ok(r.module.light('green'));
    t.notOk(r.module.light('red'), 'never both');
    r.module.setRelay(4, false, r.time.now().monotonicMs);
    r.line.cut();
    await r.pass(1_500);
    t.ok(r.module.light('green'), 'a module that lost its lamp gets it back');
  },
);

t.test('an order that is withdrawn releases its contact at once', async (t) => {
  const r = await rig('adam6050');
  const withdrawal = new AbortController();
  const ordered = r.order({ kind: 'barrierOpen' }, 1_500, withdrawal.signal);
  await r.pass(50);
  t.ok(r.module.contact(1));
  withdrawal.abort();
  await r.pass(20);
  t.notOk(r.module.contact(1), 'long before its pulse is over');
  t.equal(await ordered, 'accepted', 'for it was made');
});

t.test('an order that is too late makes no contact', async (t) => {
  const r = await rig('adam6050');
  t.equal(await r.order({ kind: 'barrierOpen' }, -1), 'expired');
  t.notOk(r.line.writes().includes('16=65280'));
  t.equal(opens(r), 0);
});

t.test(
  'a WAGO whose watchdog expired is alarmed, refused, and cleared only by a person',
  async (t) => {
    const r = await rig('wago750');
    await r.pass(600);
    t.ok(r.module.watchdog.isRunning, 'set up and started by the beat');
    t.strictSame(r.alarms(), ['watchdog-not-running raised', 'watchdog-not-running over']);
    const first = r.order({ kind: 'barrierOpen' });
    await r.pass(700);
    t.equal(await first, 'accepted');
    // The network is gone for longer than the watchdog waits.
    r.line.refuses = true;
    r.line.cut();
    await r.pass(3_000);
    t.ok(r.module.watchdog.isExpired);
    r.line.refuses = false;
    await r.pass(20_000);
    t.ok(r.module.watchdog.isExpired, 'twenty seconds of connection clear nothing');
    t.ok(r.alarms().includes('module-safe-state raised'));
    t.equal(await r.order({ kind: 'barrierOpen' }), 'failed');
    t.equal(r.arm(), 'unknown');
    t.equal(await r.order({ kind: 'clearSafeState' }), 'accepted');
    await r.pass(2_500);
    t.ok(r.module.watchdog.isRunning);
    t.ok(r.alarms().includes('module-safe-state over'));
    const again = r.order({ kind: 'barrierOpen' });
    await r.pass(700);
    t.equal(await again, 'accepted');
    t.equal(opens(r), 2);
  },
);

t.test(
  'a Moxa in its safe state acknowledges and does not obey: no order until it is cleared',
  async (t) => {
    const r = await rig('moxaE1212', { watchdogMs: 2_000 });
    r.line.refuses = true;
    r.line.cut();
    await r.pass(3_000);
    r.line.refuses = false;
    await r.pass(20_000);
    t.ok(r.alarms().includes('module-safe-state raised'));
    t.equal(r.arm(), 'closed');
    t.equal(await r.order({ kind: 'barrierOpen' }), 'failed');
    t.equal(await r.order({ kind: 'clearSafeState' }), 'accepted');
    await r.pass(1_500);
    t.ok(r.alarms().includes('module-safe-state over'));
    t.equal(await r.order({ kind: 'barrierOpen' }), 'accepted');
    t.equal(opens(r), 1);
  },
);

t.test('a module without a safe state has none to clear', async (t) => {
  const r = await rig('waveshareRelayB');
  t.equal(await r.order({ kind: 'clearSafeState' }), 'failed');
});

t.test(
  'whatever fails and whatever is ordered when: never both contacts, none longer than its time, none left',
  async (t) => {
    const orders: readonly DeviceOrder[] = [
      { kind: 'barrierOpen' },
      { kind: 'barrierOpen', safety: true },
      { kind: 'barrierClose' },
      { kind: 'light', colour: 'green' },
    ];
    const event = fc.oneof(
      { weight: 4, arbitrary: fc.record({ order: fc.constantFrom(...orders) }) },
      {
        weight: 2,
        arbitrary: fc.record({
          fault: fc.constantFrom<'lostRequest' | 'lostReply' | 'exception'>(
            'lostRequest',
            'lostReply',
            'exception',
          ),
          writes: fc.boolean(),
        }),
      },
      { weight: 1, arbitrary: fc.constant({ cut: true as const }) },
    );
    const story = fc.array(fc.tuple(fc.integer({ min: 0, max: 900 }), event), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('adam6050', 'wago750'), story, async (kind, events) => {
        const r = await rig(kind, { settings: withClose(500), watchdogMs: 2_000 });
        const madeMs = new Map<number, number>();
        let worst = '';
        const look = () => {
          const nowMs = r.time.now().monotonicMs;
          if (r.module.contact(1) && r.module.contact(2)) worst = 'both';
          for (const channel of [1, 2]) {
            if (!r.module.contact(channel)) madeMs.delete(channel);
            else if (!madeMs.has(channel)) madeMs.set(channel, nowMs);
            // The pulse, or the watchdog of the module where the line was gone.
            const ms = nowMs - (madeMs.get(channel) ?? nowMs);
            if (ms > 2_700) worst = `contact ${channel} for ${ms} ms`;
          }
        };
        const handle = r.module.handle.bind(r.module);
        Object.assign(r.module, {
          handle: (pdu: Uint8Array, nowMs: number) => {
            const answer = handle(pdu, nowMs);
            look();
            return answer;
          },
        });
        for (const [waitMs, each] of events) {
          for (let left = waitMs; left > 0; left -= 50) {
            await r.pass(50);
            look();
          }
          if ('order' in each) r.order(each.order).catch(() => undefined);
          else if ('cut' in each) r.line.cut();
          else {
            let once = true;
            r.line.fault = ({ function: code }) => {
              if (!once || code >= 5 !== each.writes) return undefined;
              once = false;
              return each.fault === 'exception' ? { exception: 4 } : each.fault;
            };
          }
        }
        r.line.fault = () => undefined;
        for (let ms = 0; ms < 8_000; ms += 50) {
          await r.pass(50);
          look();
        }
        await r.device.stop();
        if (r.module.contact(1) || r.module.contact(2)) worst = 'left';
        if (worst !== '') throw new Error(worst);
      }),
      { numRuns: 25, seed: 20 },
    );
    t.pass();
  },
);
