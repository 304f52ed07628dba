import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { type ExchangeSession, type ModbusReply, provePlcProfile } from 'kakou/driver-kit';
import t, { type Test } from 'tap';
import { BarrierArm } from '../../devices/io-modbus/barrier-arm.ts';
import { KakouPlcEmulator } from '../../devices/plc-kakou/emulator.ts';
import { manifest } from '../../devices/plc-kakou/manifest.ts';
import { modbusTcp } from '../../src/adapters/transport/modbus-tcp.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { type HostFault, startModbusTcpHost } from '../../src/simulation/modbus-tcp-host.ts';
import { clock, deviceOn } from '../support/device-under-test.ts';
import type { LineFault } from '../support/emulated-exchange.ts';
import { type ExchangeRig, exchangeRig } from '../support/exchange-rig.ts';
import { pause, until } from '../support/peers.ts';
import { repositoryFile } from '../support/repository.ts';
import { StructuredTextPlc } from '../support/structured-text-plc.ts';

const document = readFileSync(repositoryFile('docs/reference/plc-interface.md'), 'utf8');
const profile = JSON.parse(
  readFileSync(repositoryFile('firmware-profiles/io-module/kakou-plc.json'), 'utf8'),
) as FirmwareProfile;

type Plc = KakouPlcEmulator | StructuredTextPlc;

/** The same list for the emulator and for the reference program: one is wrong where they differ. */
const plcs: Readonly<Record<string, (arm: BarrierArm, nowMs: number) => Plc>> = {
  'the emulated PLC': (arm, nowMs) => new KakouPlcEmulator({ arm }, nowMs),
  'the reference program': (arm, nowMs) => new StructuredTextPlc({ arm }, nowMs),
};

const word = (value: number) => [value >> 8, value & 0xff];

/** A Modbus client that knows the document and nothing of the driver. */
class Client {
  readonly arm: BarrierArm;
  readonly plc: Plc;
  nowMs = 10_000;
  beats = true;
  #beat = 0;
  /** The ids of a test count from here. */
  readonly n = 0;

  constructor(make: (arm: BarrierArm, nowMs: number) => Plc) {
    this.arm = new BarrierArm({ travelMs: 900, leaveMs: 100 }, this.nowMs);
    this.plc = make(this.arm, this.nowMs);
    this.pass(100);
  }

  pass(ms: number): this {
    for (let left = ms; left > 0; left -= 10) {
      this.nowMs += 10;
      if (this.beats && this.nowMs % 500 === 0) this.beat();
      this.plc.tick(this.nowMs);
    }
    return this;
  }

  beat(light = 2): void {
    this.#beat += 1;
    this.write(48, [this.#beat, light]);
  }

  read(): readonly number[] {
    const pdu = Uint8Array.of(3, 0, 0, 0, 24);
    const answer = this.plc.handle(pdu, this.nowMs)?.pdu ?? new Uint8Array();
    return Array.from(
      { length: 24 },
      (_, i) => (answer[2 + i * 2] ?? 0) * 256 + (answer[3 + i * 2] ?? 0),
    );
  }

  long(offset: number): number {
    const words = this.read();
    return (words[offset] ?? 0) * 0x1_0000 + (words[offset + 1] ?? 0);
  }

  get done(): number {
    return this.long(14);
  }

  /** Number of the last refusal and of the command it was about. */
  get refused(): readonly [reason: number, id: number] {
    return [this.read()[18] ?? 0, this.long(16)];
  }

  write(offset: number, words: readonly number[]): void {
    const data = words.flatMap(word);
    const head = [16, ...word(offset), ...word(words.length), data.length];
    this.plc.handle(Uint8Array.of(...head, ...data), this.nowMs);
  }

  command(
    id: number,
    order: 'open' | 'close' | 'acknowledge' | number,
    change: { ttlMs?: number; stamp?: number; session?: number; check?: number } = {},
  ): readonly number[] {
    const { ttlMs = 1_000, stamp = this.long(2), session = this.read()[4] ?? 0 } = change;
    const orders = { open: 1, close: 2, acknowledge: 3 };
    const words = [
      id >>> 16,
      id & 0xffff,
      typeof order === 'number' ? order : orders[order],
      ttlMs,
      stamp >>> 16,
      stamp & 0xffff,
      session,
    ];
    let check = 0x4b4b;
    for (const each of words) check ^= each;
    const registers = [...words, change.check ?? check];
    this.write(32, registers);
    return registers;
  }

  made(kind: 'open' | 'close'): number {
    return this.plc.contacts.filter((each) => each.kind === kind).length;
  }
}

const acceptance: Readonly<Record<string, (t: Test, c: Client) => void>> = {
  A1(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(20);
    t.ok(c.plc.openContact);
    c.pass(470);
    t.ok(c.plc.openContact);
    c.pass(30);
    t.notOk(c.plc.openContact);
    t.equal(c.done, 1);
    c.pass(5_000);
    t.equal(c.made('open'), 1);
  },
  A2(t, c) {
    c.pass(600);
    const command = c.command(1, 'open');
    c.pass(800);
    const refusals = c.read()[19];
    for (let i = 0; i < 10; i += 1) {
      c.write(32, command);
      c.pass(100);
    }
    t.equal(c.made('open'), 1);
    t.equal(c.read()[19], refusals);
  },
  A3(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(600).command(2, 'open');
    c.pass(600).command(1, 'open', { ttlMs: 999 });
    c.pass(600);
    t.equal(c.made('open'), 2);
    t.same(c.refused, [1, 1]);
    t.equal(c.long(10), 2);
  },
  A4(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(600).command(1, 'open', { ttlMs: 2_000 });
    c.pass(600);
    t.equal(c.made('open'), 1);
    t.same(c.refused, [1, 1]);
  },
  A5(t, c) {
    c.pass(600);
    const before = c.read().slice(10, 20);
    c.command(2, 'open', { check: 0x1234 });
    c.pass(600);
    t.same(c.read().slice(10, 20), before);
    t.equal(c.made('open'), 0);
  },
  A6(t, c) {
    c.pass(3_000).command(2, 'open', { stamp: c.long(2) - 2_000, ttlMs: 1_000 });
    c.pass(600);
    t.same(c.refused, [5, 2]);
    t.equal(c.long(10), 2, 'used up');
    t.equal(c.made('open'), 0);
  },
  A7(t, c) {
    c.pass(3_000).command(2, 'open', { stamp: c.long(2) - 2_000, ttlMs: 1_000 });
    c.pass(100).command(2, 'open');
    c.pass(600);
    t.same(c.refused, [1, 2]);
    t.equal(c.made('open'), 0);
  },
  A8(t, c) {
    c.pass(600);
    t.equal((c.read()[8] ?? 0) & 1, 1);
    t.ok(c.plc.light('green'));
    c.beats = false;
    c.pass(3_000);
    t.equal((c.read()[8] ?? 0) & 1, 0);
    t.ok(c.plc.light('red'));
    t.notOk(c.plc.light('green'));
    c.command(1, 'open');
    c.pass(600);
    t.same(c.refused, [6, 1]);
    t.equal(c.made('open'), 0);
  },
  A9(t, c) {
    c.pass(600);
    c.plc.setInput('localControl', true, c.nowMs);
    c.pass(20).command(1, 'open');
    c.pass(100);
    t.same(c.refused, [8, 1]);
    c.plc.setInput('localControl', false, c.nowMs);
    c.pass(2_000);
    t.equal(c.made('open'), 0, 'a used up id never fires');
  },
  A10(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(2_000);
    c.plc.setInput('presence', true, c.nowMs);
    c.pass(20).command(2, 'close');
    c.pass(100);
    t.same(c.refused, [10, 2]);
    c.plc.setInput('presence', false, c.nowMs);
    c.plc.setInput('curtain', true, c.nowMs);
    c.pass(20).command(3, 'close');
    c.pass(100);
    t.same(c.refused, [10, 3]);
    c.plc.setInput('curtain', false, c.nowMs);
    c.plc.inputsFailed = true;
    c.pass(20).command(4, 'close');
    c.pass(100);
    // With the inputs the mode is gone as well.
    t.ok([8, 10].includes(c.refused[0]));
    t.equal(c.refused[1], 4);
    t.equal(c.made('close'), 0);
  },
  A11(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(2_000).command(2, 'close');
    c.pass(3_000);
    t.equal(c.made('close'), 1);
    t.ok(c.arm.limitClosed);
  },
  A12(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(2_000).command(2, 'close');
    c.pass(100);
    t.ok(c.plc.closeContact);
    c.command(3, 'open');
    c.pass(20);
    t.notOk(c.plc.closeContact);
    t.ok(c.plc.openContact);
    t.equal(c.done, 3);
  },
  A13(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(100).command(2, 'close');
    c.pass(100);
    t.same(c.refused, [10, 2]);
    t.equal(c.made('close'), 0);
  },
  A14(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(100);
    c.plc.powerCycle(c.nowMs, { keepsRegisters: true });
    c.pass(3_000);
    t.equal(c.made('open'), 1, 'the registers kept their value, the id is used up');
  },
  A15(t, c) {
    c.pass(600);
    const session = c.read()[4] ?? 0;
    c.plc.powerCycle(c.nowMs);
    c.pass(1_100).command(1, 'open', { session });
    c.pass(600);
    t.same(c.refused, [3, 1]);
    t.equal(c.made('open'), 0);
    t.equal(c.read()[4], session + 1);
  },
  A16(t, c) {
    c.pass(600).command(5_000, 'open');
    c.pass(600);
    t.same(c.refused, [2, 5_000]);
    t.equal(c.long(10), 0);
    t.equal(c.made('open'), 0);
  },
  A17(t, c) {
    c.pass(600).command(1, 9);
    c.pass(100);
    t.same(c.refused, [7, 1]);
    c.command(2, 0);
    c.pass(100);
    t.same(c.refused, [7, 2]);
  },
  A18(t, c) {
    c.pass(600).command(1, 'open');
    c.beats = false;
    c.pass(400);
    t.ok(c.plc.openContact);
    c.pass(200);
    t.notOk(c.plc.openContact);
  },
  A19(t, c) {
    c.pass(600);
    const departures = c.read()[21] ?? 0;
    c.arm.open(c.nowMs);
    c.pass(1_000);
    t.equal(c.read()[21], departures + 1);
    t.equal((c.read()[9] ?? 0) & 0x20, 0x20);
    c.command(1, 'acknowledge');
    c.pass(100);
    t.equal((c.read()[9] ?? 0) & 0x20, 0);
    t.equal(c.done, 1);
  },
  A20(t, c) {
    c.pass(600);
    c.plc.emergencyStop = true;
    c.pass(20).command(1, 'open');
    c.pass(100);
    t.same(c.refused, [9, 1]);
    c.plc.emergencyStop = false;
    c.pass(20).command(2, 'open');
    c.pass(100);
    t.same(c.refused, [9, 2], 'latched');
    c.command(3, 'acknowledge');
    c.pass(100).command(4, 'open');
    c.pass(100);
    t.equal(c.done, 4);
    t.equal(c.made('open'), 1);
  },
  A21(t, c) {
    c.pass(600).command(1, 'open');
    c.pass(600);
    const before = c.read().slice(10, 20);
    c.write(32, [0, 2, 1, 1_000]);
    c.pass(600);
    t.same(c.read().slice(10, 20), before);
    t.equal(c.made('open'), 1);
  },
  A22(t, c) {
    c.pass(600).command(1, 'open', { ttlMs: 0 });
    c.pass(100);
    t.same(c.refused, [4, 1]);
    c.command(2, 'open', { ttlMs: 10_001 });
    c.pass(100);
    t.same(c.refused, [4, 2]);
    t.equal(c.made('open'), 0);
  },
};

t.test('every acceptance test of the document is run, and no other', async (t) => {
  const listed = [...document.matchAll(/^\| (A\d+) \|/gm)].map(([, name]) => name);
  t.strictSame(Object.keys(acceptance), listed);
});

for (const [name, make] of Object.entries(plcs)) {
  for (const [number, run] of Object.entries(acceptance)) {
    t.test(`${number}: ${name}`, async (t) => run(t, new Client(make)));
  }
}

t.test('both PLCs say the same of the same', async (t) => {
  const [first, second] = Object.values(plcs).map((make) => new Client(make));
  if (!first || !second) throw new Error('two');
  const same = (what: string) => {
    // The count of scans and the clock of one that wraps its counter may differ by a scan.
    const [a, b] = [first.read(), second.read()].map((words) => [words[0], ...words.slice(4, 23)]);
    t.strictSame(a, b, what);
  };
  const both = (what: string, act: (c: Client) => void) => {
    for (const c of [first, second]) act(c);
    same(what);
  };
  both('start', (c) => c.pass(1_000));
  both('a truck', (c) => {
    c.plc.setInput('approach', true, c.nowMs);
    c.plc.setInput('presence', true, c.nowMs);
    c.pass(100);
  });
  both('open', (c) => {
    c.command(1, 'open', { stamp: c.long(2) });
    c.pass(300);
  });
  both('the arm is up', (c) => c.pass(1_500));
  both('a fault', (c) => {
    c.plc.setInput('barrierFault', true, c.nowMs);
    c.pass(50);
  });
  both('an arm that does not come down', (c) => {
    c.plc.setInput('barrierFault', false, c.nowMs);
    c.plc.setInput('presence', false, c.nowMs);
    c.arm.fault = { stuck: true };
    c.command(2, 'acknowledge', { stamp: c.long(2) });
    c.pass(50).command(3, 'close', { stamp: c.long(2) });
    c.pass(7_000);
  });
});

// The map in the document is the map in the code.

t.test('the driver reads and writes what the document says', async (t) => {
  const offset = (name: string) => {
    const row = new RegExp(`^\\| (\\d+)(?:–\\d+)? \\| \`${name}\``, 'm').exec(document);
    return Number(row?.[1] ?? Number.NaN);
  };
  const [session] = [sessionOf()];
  t.match(session.polls, [{ request: { function: 3, address: 0, quantity: 24 } }]);
  t.equal(offset('scanEnd'), 23);
  const c = new Client(plcs['the emulated PLC'] as never);
  c.pass(600);
  const words = [...c.read()];
  session.replied('state', { kind: 'words', words }, at(1_000));
  const [step] = session.order({ kind: 'barrierOpen' }, limit(1_000, 1_000)).steps;
  const request = step?.kind === 'write' && step.request.function === 16 ? step.request : undefined;
  t.equal(request?.address, offset('id'));
  const value = (name: string) => request?.values[offset(name) - offset('id')];
  t.equal(request?.values[1], 1);
  t.equal(value('word'), 1);
  t.equal(value('ttlMs'), 1_000);
  t.equal(
    value('check'),
    request?.values.slice(0, 7).reduce((sum, each) => sum ^ each, 0x4b4b),
  );
  t.match(session.beats[0]?.next(), { function: 16, address: offset('beat') });
});

t.test('no id is given twice, also where nobody knows whether its command arrived', async (t) => {
  const session = sessionOf();
  session.replied('state', { kind: 'words', words: profile.plc?.tests[0]?.words ?? [] }, at(0));
  const ids = Array.from({ length: 3 }, () => {
    const [step] = session.order({ kind: 'barrierOpen' }, limit(0, 1_000)).steps;
    return step?.kind === 'write' && step.request.function === 16 ? step.request.values[1] : 0;
  });
  t.strictSame(ids, [42, 43, 44]);
});

const at = (monotonicMs: number) => ({ wallMs: 0, monotonicMs });
const limit = (nowMs: number, withinMs: number) => ({
  now: at(nowMs),
  notAfterMonotonicMs: nowMs + withinMs,
});

function sessionOf(settings: Record<string, unknown> = {}): ExchangeSession {
  if (manifest.shape !== 'exchange') throw new TypeError(manifest.shape);
  return manifest.session({ profile, settings });
}

t.test('the profile proves itself', async (t) => {
  if (!profile.plc) throw new Error('no plc block');
  t.strictSame(
    provePlcProfile(profile.plc, () => sessionOf()),
    [],
  );
  const wrong = structuredClone(profile.plc);
  if (wrong.tests[0]) wrong.tests[0].expect.barrier = 'open';
  t.match(
    provePlcProfile(wrong, () => sessionOf()),
    [{ path: 'plc.tests.0', message: /the arm/ }],
  );
  const { plc: _, ...bare } = profile;
  t.throws(
    () => manifest.shape === 'exchange' && manifest.session({ profile: bare, settings: {} }),
    /no "plc" block/,
  );
});

t.test('foreign registers, a torn block and a clock that stands still', async (t) => {
  const state = (clockMs: number, change: Readonly<Record<number, number>> = {}): ModbusReply => {
    const words = [...(profile.plc?.tests[0]?.words ?? [])];
    words[2] = clockMs >>> 16;
    words[3] = clockMs & 0xffff;
    for (const [offset, value] of Object.entries(change)) words[Number(offset)] = value;
    return { kind: 'words', words };
  };
  const foreign = sessionOf();
  const output = foreign.replied('state', state(1, { 0: 7 }), at(0));
  t.match(output.faults, [{ code: 'controller-map-foreign' }]);
  t.match(output.observations.at(-1), {
    kind: 'deviceAlarm',
    code: 'controller-map-foreign',
    state: 'raised',
  });
  t.strictSame(foreign.order({ kind: 'barrierOpen' }, limit(0, 1_000)).steps, []);

  const torn = sessionOf();
  torn.replied('state', state(1), at(0));
  const half = torn.replied('state', state(50, { 23: 10 }), at(50));
  t.match(half.faults, [{ code: 'reply-unexpected', detail: 'torn' }]);
  t.strictSame(half.observations, [], 'it says nothing');
  const long = torn.replied('state', state(600, { 23: 10 }), at(600));
  t.match(long.observations.at(-1), { position: 'unknown' }, 'but not for long');
  t.match(torn.replied('state', { kind: 'words', words: [1] }, at(700)).faults, [
    { detail: 'unfitting' },
  ]);

  const stalled = sessionOf();
  stalled.replied('state', state(5_000), at(0));
  for (let ms = 100; ms <= 1_000; ms += 100) {
    t.strictSame(stalled.replied('state', state(5_000), at(ms)).faults, [], `${ms} ms`);
  }
  const dead = stalled.replied('state', state(5_000), at(1_100));
  t.match(dead.faults, [{ code: 'controller-stalled' }]);
  t.ok(
    dead.observations.some(
      (each) => each.kind === 'barrierPosition' && each.position === 'unknown',
    ),
  );
  t.strictSame(stalled.order({ kind: 'barrierOpen' }, limit(1_100, 1_000)).steps, []);
  const back = stalled.replied('state', state(5_010), at(1_200));
  t.ok(back.observations.some((each) => each.kind === 'deviceAlarm' && each.state === 'over'));
  t.equal(stalled.order({ kind: 'barrierOpen' }, limit(1_200, 1_000)).steps.length, 2);
});

t.test('no close goes out over what is occupied, unknown or old', async (t) => {
  const words = profile.plc?.tests[0]?.words ?? [];
  const closes = (inputs: number, valid: number, ageMs: number) => {
    const session = sessionOf();
    const read = words.map((each, offset) => (offset === 5 ? inputs : offset === 6 ? valid : each));
    session.replied('state', { kind: 'words', words: read }, at(0));
    return session.order({ kind: 'barrierClose' }, limit(ageMs, 1_000)).steps.length > 0;
  };
  t.ok(closes(0b10, 0xff, 0));
  t.notOk(closes(0b1010, 0xff, 0), 'presence');
  t.notOk(closes(0b100010, 0xff, 0), 'curtain');
  t.notOk(closes(0b1000010, 0xff, 0), 'local control');
  t.notOk(closes(0b10, 0b11110111, 0), 'presence not valid');
  t.notOk(closes(0b10, 0b11011111, 0), 'curtain not valid');
  t.notOk(closes(0b10, 0xff, 501), 'old');
  t.notOk(
    sessionOf().order({ kind: 'barrierClose' }, limit(0, 1_000)).steps.length > 0,
    'nothing read',
  );
});

// The driver and the runtime against both PLCs, on a line that fails, in simulated time.

async function rig(make: (arm: BarrierArm, nowMs: number) => Plc): Promise<ExchangeRig<Plc>> {
  const r = await exchangeRig<Plc>({
    profile: 'io-module/kakou-plc',
    makeModule: (nowMs) => make(new BarrierArm({ travelMs: 900, leaveMs: 100 }, nowMs), nowMs),
  });
  await r.pass(1_100);
  return r;
}

const openings = ({ module }: ExchangeRig<Plc>) =>
  module.contacts.filter(({ kind }) => kind === 'open').length;
const isCommand = (request: { function: number; address: number }) =>
  request.function === 16 && request.address === 32;

for (const [name, make] of Object.entries(plcs)) {
  t.test(
    `${name}: an order is one write in its own turn, and done when the PLC says so`,
    async (t) => {
      const r = await rig(make);
      const before = r.line.notes.length;
      const ordered = r.order({ kind: 'barrierOpen' });
      t.ok(isCommand(r.line.notes[before]?.request ?? { function: 0, address: 0 }), 'in this turn');
      await r.pass(100);
      t.equal(await ordered, 'accepted');
      await r.pass(2_000);
      t.equal(openings(r), 1);
      t.equal(r.arm(), 'open');
      await r.order({ kind: 'light', colour: 'green' });
      await r.pass(50);
      t.ok(r.module.light('green'));
      const closed = r.order({ kind: 'barrierClose' });
      await r.pass(2_000);
      t.equal(await closed, 'accepted');
      t.equal(r.arm(), 'closed');
      await r.device.stop();
      await r.pass(50);
      t.ok(r.module.light('red'), 'red when the daemon goes');
    },
  );

  t.test(
    `${name}: an order that is withdrawn while the line is silent is not written`,
    async (t) => {
      const r = await rig(make);
      const withdrawal = new AbortController();
      let once = true;
      r.line.fault = (request) => {
        if (!isCommand(request) || !once) return undefined;
        once = false;
        return 'lostRequest';
      };
      const ordered = r.order({ kind: 'barrierOpen' }, 3_000, withdrawal.signal);
      await r.pass(100);
      const written = r.line.notes.filter(({ request }) => isCommand(request)).length;
      t.equal(written, 1);
      withdrawal.abort();
      await r.pass(4_000);
      t.equal(await ordered, 'failed', 'for it may have arrived');
      t.ok(r.line.openings > 1, 'although the line is back');
      t.equal(r.line.notes.filter(({ request }) => isCommand(request)).length, written);
      t.equal(openings(r), 0);
      t.equal(
        await r.order({ kind: 'barrierOpen' }, 3_000, withdrawal.signal),
        'withdrawn',
        'nor is one that was withdrawn before',
      );
      const next = r.order({ kind: 'barrierOpen' });
      await r.pass(2_000);
      t.equal(await next, 'accepted', 'and the next one is carried out');
    },
  );

  const faults: Readonly<Record<string, LineFault>> = {
    'the answer is lost': 'lostReply',
    'the command is lost': 'lostRequest',
  };
  for (const [what, fault] of Object.entries(faults)) {
    t.test(`${name}: ${what}; the same command is written again and opens once`, async (t) => {
      const r = await rig(make);
      let once = true;
      r.line.fault = (request) => {
        if (!isCommand(request) || !once) return undefined;
        once = false;
        return fault;
      };
      const ordered = r.order({ kind: 'barrierOpen' });
      await r.pass(3_000);
      t.equal(await ordered, 'accepted');
      const commands = r.line.notes.flatMap(({ request }) =>
        request.function === 16 && request.address === 32 ? [request.values] : [],
      );
      t.equal(commands.length, 2);
      t.strictSame(commands[0], commands[1], 'the same, id and all');
      t.equal(openings(r), 1);
    });
  }

  t.test(
    `${name}: a command that comes after its time opens nothing, however it was held up`,
    async (t) => {
      const r = await rig(make);
      let held: Uint8Array | undefined;
      const handle = r.module.handle.bind(r.module);
      // The network swallows the command and brings it two seconds later, when nobody waits any more.
      Object.assign(r.module, {
        handle: (pdu: Uint8Array, nowMs: number) => {
          if (pdu[0] === 16 && pdu[2] === 32) {
            held ??= pdu.slice();
            return undefined;
          }
          return handle(pdu, nowMs);
        },
      });
      const ordered = r.order({ kind: 'barrierOpen' }, 1_200);
      await r.pass(2_000);
      t.equal(await ordered, 'failed');
      t.ok(held);
      // The heartbeat has come back before it, so nothing but its age speaks against it.
      const beat = (count: number) => Uint8Array.of(16, 0, 48, 0, 2, 4, 0x77, count, 0, 1);
      for (const count of [1, 2]) {
        handle(beat(count), r.time.now().monotonicMs);
        await r.pass(20);
      }
      handle(held ?? new Uint8Array(), r.time.now().monotonicMs);
      await r.pass(1_000);
      t.equal(openings(r), 0);
      Object.assign(r.module, { handle });
      await r.pass(6_000);
      const next = r.order({ kind: 'barrierOpen' });
      await r.pass(200);
      t.equal(await next, 'accepted', 'and the next one works');
      t.equal(openings(r), 1);
    },
  );

  t.test(`${name}: every frame replayed at every moment opens nothing more`, async (t) => {
    const r = await rig(make);
    const frames: Uint8Array[] = [];
    const handle = r.module.handle.bind(r.module);
    Object.assign(r.module, {
      handle: (pdu: Uint8Array, nowMs: number) => {
        if (pdu[0] === 16) frames.push(pdu.slice());
        return handle(pdu, nowMs);
      },
    });
    for (let i = 0; i < 3; i += 1) {
      const ordered = r.order({ kind: 'barrierOpen' });
      await r.pass(1_500);
      t.equal(await ordered, 'accepted');
    }
    t.equal(openings(r), 3);
    for (const frame of [...frames, ...frames]) {
      handle(frame, r.time.now().monotonicMs);
      await r.pass(30);
    }
    r.module.powerCycle(r.time.now().monotonicMs);
    for (const frame of frames) {
      handle(frame, r.time.now().monotonicMs);
      await r.pass(30);
    }
    r.module.powerCycle(r.time.now().monotonicMs, { forgets: true });
    for (const frame of frames) {
      handle(frame, r.time.now().monotonicMs);
      await r.pass(30);
    }
    t.equal(openings(r), 3, 'not even by a PLC that has lost its memory');
  });

  t.test(`${name}: a refusal fails the order at once and is told by its reason`, async (t) => {
    const r = await rig(make);
    r.module.setInput('localControl', true, r.time.now().monotonicMs);
    await r.pass(100);
    const ordered = r.order({ kind: 'barrierOpen' });
    await r.pass(100);
    t.equal(await ordered, 'failed');
    t.ok(
      r.told.some(
        (each) =>
          each.kind === 'deviceAlarm' &&
          each.code === 'controller-refused' &&
          each.detail === 'notAutomatic',
      ),
    );
    r.module.setInput('localControl', false, r.time.now().monotonicMs);
    await r.pass(2_000);
    t.equal(openings(r), 0);
    const next = r.order({ kind: 'barrierOpen' });
    await r.pass(200);
    t.equal(await next, 'accepted');
    t.equal(r.alarms().at(-1), 'controller-refused over');
  });

  t.test(
    `${name}: two daemons on one PLC open once for each id, and one of them is told`,
    async (t) => {
      const arm = new BarrierArm({ travelMs: 900, leaveMs: 100 }, 1_000);
      const plc = make(arm, 1_000);
      const daemons = await Promise.all(
        [0, 1].map(() =>
          exchangeRig<Plc>({ profile: 'io-module/kakou-plc', makeModule: () => plc }),
        ),
      );
      const pass = async (ms: number) => {
        for (let left = ms; left > 0; left -= 10) for (const d of daemons) await d.pass(10);
      };
      await pass(1_500);
      // Commands of the same moment would be the same command.
      await daemons[1]?.pass(7);
      const results = daemons.map((d) => d.order({ kind: 'barrierOpen' }));
      await pass(2_000);
      t.strictSame((await Promise.all(results)).sort(), ['accepted', 'failed']);
      t.equal(plc.contacts.length, 1);
    },
  );

  t.test(`${name}: a safety raise takes the place of a close`, async (t) => {
    const r = await rig(make);
    const opened = r.order({ kind: 'barrierOpen' });
    await r.pass(2_000);
    const closed = r.order({ kind: 'barrierClose' });
    await r.pass(60);
    const raised = r.order({ kind: 'barrierOpen', safety: true });
    await r.pass(60);
    t.ok(r.module.openContact);
    t.notOk(r.module.closeContact);
    t.strictSame(await Promise.all([opened, closed, raised]), ['accepted', 'accepted', 'accepted']);
  });

  t.test(
    `${name}: latched faults are told and acknowledged only by a person's order`,
    async (t) => {
      const r = await rig(make);
      r.module.setInput('barrierFault', true, r.time.now().monotonicMs);
      await r.pass(200);
      r.module.setInput('barrierFault', false, r.time.now().monotonicMs);
      await r.pass(20_000);
      t.strictSame(r.alarms(), ['device-error raised']);
      const acknowledged = r.order({ kind: 'clearSafeState' });
      await r.pass(200);
      t.equal(await acknowledged, 'accepted');
      t.strictSame(r.alarms(), ['device-error raised', 'device-error over']);
      t.equal(openings(r), 0);
    },
  );

  t.test(
    `${name}: whatever the line and the power do, no order opens twice and none late`,
    async (t) => {
      const event = fc.oneof(
        { weight: 4, arbitrary: fc.constant('open' as const) },
        { weight: 1, arbitrary: fc.constant('close' as const) },
        { weight: 2, arbitrary: fc.constantFrom('lostReply' as const, 'lostRequest' as const) },
        {
          weight: 1,
          arbitrary: fc.constantFrom('cut' as const, 'power' as const, 'replay' as const),
        },
      );
      const story = fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), event), { maxLength: 14 });
      await fc.assert(
        fc.asyncProperty(story, async (events) => {
          const r = await rig(make);
          const frames: Uint8Array[] = [];
          const handle = r.module.handle.bind(r.module);
          Object.assign(r.module, {
            handle: (pdu: Uint8Array, nowMs: number) => {
              if (pdu[0] === 16) frames.push(pdu.slice());
              return handle(pdu, nowMs);
            },
          });
          const orders: { fromMs: number; toMs: number; result?: string }[] = [];
          for (const [waitMs, each] of events) {
            await r.pass(waitMs);
            const nowMs = r.time.now().monotonicMs;
            if (each === 'open') {
              const order: (typeof orders)[number] = { fromMs: nowMs, toMs: nowMs + 1_500 };
              orders.push(order);
              r.order({ kind: 'barrierOpen' }).then(
                (result) => {
                  order.result = result;
                },
                () => undefined,
              );
            } else if (each === 'close') r.order({ kind: 'barrierClose' }).catch(() => undefined);
            else if (each === 'cut') r.line.cut();
            else if (each === 'power') r.module.powerCycle(nowMs);
            else if (each === 'replay') for (const frame of frames.slice(-6)) handle(frame, nowMs);
            else {
              let once = true;
              r.line.fault = ({ function: code }) => {
                if (!once || code !== 16) return undefined;
                once = false;
                return each;
              };
            }
          }
          await r.pass(4_000);
          await r.device.stop();
          const made = r.module.contacts.filter(({ kind }) => kind === 'open');
          if (made.length > orders.length) throw new Error(`${made.length} of ${orders.length}`);
          // A scan after the write, at most.
          for (const { atMs } of made) {
            const inTime = orders.filter(({ fromMs, toMs }) => atMs >= fromMs && atMs <= toMs + 20);
            if (inTime.length === 0)
              throw new Error(`opened at ${atMs}: ${JSON.stringify(orders)}`);
          }
          // One that falls into a contact that is made makes it longer.
          for (const { fromMs, toMs, result } of orders) {
            const has = made.some(({ atMs }) => atMs >= fromMs - 500 && atMs <= toMs + 20);
            if (result === 'accepted' && !has) throw new Error(`accepted at ${fromMs}, not opened`);
          }
        }),
        { numRuns: 30, seed: 7 },
      );
      t.pass();
    },
  );
}

t.test('a server that reads in the middle of a scan is read again, and not for long', async (t) => {
  const r = await rig((arm, nowMs) => new KakouPlcEmulator({ arm }, nowMs));
  if (!(r.module instanceof KakouPlcEmulator)) throw new TypeError('another PLC');
  r.module.torn = true;
  await r.pass(300);
  t.equal(r.arm(), 'closed');
  await r.pass(400);
  t.equal(r.arm(), 'unknown');
  t.equal(await r.order({ kind: 'barrierOpen' }), 'failed');
  r.module.torn = false;
  await r.pass(100);
  t.equal(r.arm(), 'closed');
});

t.test(
  'a PLC in STOP behind a server that goes on is stalled, and RUN is a new session',
  async (t) => {
    for (const make of Object.values(plcs)) {
      const r = await rig(make);
      r.module.halted = true;
      const late = r.order({ kind: 'barrierOpen' });
      await r.pass(2_500);
      t.equal(await late, 'failed');
      t.equal(r.arm(), 'unknown');
      t.ok(r.alarms().includes('controller-stalled raised'));
      t.equal(await r.order({ kind: 'barrierOpen' }), 'failed');
      r.module.halted = false;
      r.module.powerCycle(r.time.now().monotonicMs, { keepsRegisters: true });
      await r.pass(3_000);
      t.equal(openings(r), 0, 'what was written in STOP is of another session');
      t.equal(r.arm(), 'closed');
      t.ok(r.alarms().includes('controller-stalled over'));
    }
  },
);

t.test('the emulated PLC answers any bytes or none, and never throws', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(5_000), (pdu, nowMs) => {
      const arm = new BarrierArm({ travelMs: 900, leaveMs: 100 }, 0);
      const answer = new KakouPlcEmulator({ arm }, 0).handle(pdu, nowMs);
      return answer === undefined ? pdu.length === 0 : answer.pdu.length >= 2;
    }),
  );
  t.pass();
});

t.test('no block makes the session throw or tell what it cannot know', async (t) => {
  const word16 = fc.integer({ min: 0, max: 0xffff });
  const reply = fc.oneof(
    fc.record({ kind: fc.constant('words' as const), words: fc.array(word16, { maxLength: 30 }) }),
    fc.record({
      kind: fc.constant('words' as const),
      words: fc
        .array(word16, { minLength: 22, maxLength: 22 })
        .map((words) => [0x4b01, 1, ...words.slice(1), 1]),
    }),
    fc.record({ kind: fc.constant('bits' as const), bits: fc.array(fc.boolean()) }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(2_000), reply), { maxLength: 6 }), (replies) => {
      const session = sessionOf();
      let nowMs = 0;
      for (const [waitMs, each] of replies) {
        nowMs += waitMs;
        const output = session.replied('state', each, at(nowMs));
        session.order({ kind: 'barrierOpen' }, limit(nowMs, 1_000));
        session.order({ kind: 'barrierClose' }, limit(nowMs, 1_000));
        const isState =
          each.kind === 'words' && each.words.length === 24 && each.words[0] === 0x4b01;
        const knows = output.observations.some(
          (told) => told.kind === 'barrierPosition' && told.position !== 'unknown',
        );
        if (!isState && knows) return false;
      }
      return true;
    }),
  );
  t.pass();
});

// And over the real transport, with the faults of a real line.

const hostFaults: readonly (readonly [HostFault, 'accepted' | 'failed'])[] = [
  [{ kind: 'dropReply' }, 'accepted'],
  [{ kind: 'dropRequest' }, 'accepted'],
  [{ kind: 'delay', delayMs: 700 }, 'accepted'],
  [{ kind: 'foreignTransaction' }, 'accepted'],
  [{ kind: 'reset', acted: true }, 'accepted'],
  [{ kind: 'reset', acted: false }, 'accepted'],
  [{ kind: 'splitReply', delayMs: 40 }, 'accepted'],
  [{ kind: 'exception', code: 6 }, 'failed'],
];

for (const [fault, expected] of hostFaults) {
  t.test(
    `over TCP, ${JSON.stringify(fault)} on the command: ${expected}, and never twice`,
    async (t) => {
      const nowMs = () => performance.now();
      const arm = new BarrierArm({ travelMs: 300, leaveMs: 50 }, nowMs());
      const plc = new KakouPlcEmulator({ arm, contactMs: 200 }, nowMs());
      const ticking = setInterval(() => plc.tick(nowMs()), 10);
      t.teardown(() => clearInterval(ticking));
      const host = await startModbusTcpHost({ handle: (pdu, ms) => plc.handle(pdu, ms) });
      t.teardown(() => host.close());
      const exchange = modbusTcp({
        host: '127.0.0.1',
        port: host.port,
        connectTimeoutMs: 500,
        replyTimeoutMs: 150,
        clock,
      });
      const io = await deviceOn('io-module/kakou-plc', { exchange });
      t.teardown(() => io.device.stop());
      await io.device.start();
      await until(() => io.of('barrierPosition').at(-1)?.position === 'closed', 'the arm is known');
      await until(() => plc.light('red') && host.requests > 30, 'the heartbeat goes');
      // The heartbeat is a write too: the fault is for the command that follows it.
      host.inject({ fault, on: 'write', times: 1 });
      const result = await io.device.order(
        { kind: 'barrierOpen' },
        clock.now().monotonicMs + 2_500,
      );
      await pause(600);
      const opened = plc.contacts.filter(({ kind }) => kind === 'open').length;
      t.equal(result, expected);
      t.equal(opened, expected === 'accepted' ? 1 : 0);
    },
  );
}
