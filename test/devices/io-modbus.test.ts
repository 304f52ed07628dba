import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import fc from 'fast-check';
import {
  type ExchangeSession,
  type FirmwareProfile,
  lintModbusProfile,
  lintWiring,
  ModbusProfile,
  type ModbusReply,
  type ModbusWrite,
  type Observation,
  type OrderPlan,
  proveModbusProfile,
  type Wiring,
} from 'kakou/driver-kit';
import t from 'tap';
import { BarrierArm } from '../../devices/io-modbus/barrier-arm.ts';
import { IoModuleEmulator } from '../../devices/io-modbus/emulator.ts';
import { manifest } from '../../devices/io-modbus/manifest.ts';
import { exactly } from '../support/exactly.ts';

const folder = 'firmware-profiles/io-module';
const now = { wallMs: 0, monotonicMs: 0 };
const soon = { now, notAfterMonotonicMs: 1_000 };

/** What a plan writes, in order, with its release at the end. */
function written({ steps, release }: OrderPlan): readonly ModbusWrite[] {
  return [...steps, ...release].flatMap((step) => (step.kind === 'write' ? [step.request] : []));
}

function profile(name: string): FirmwareProfile & { modbus: ModbusProfile } {
  return JSON.parse(readFileSync(`${folder}/${name}.json`, 'utf8'));
}

const waveshare = profile('waveshare-modbus-poe-eth-relay-b');
const moxa = profile('moxa-iologik-e1212');

function session(
  settings: Record<string, unknown> = {},
  of: FirmwareProfile = waveshare,
): ExchangeSession {
  if (manifest.shape !== 'exchange') {
    throw new TypeError('an IO module is asked by us');
  }
  return manifest.session({ profile: of, settings });
}

function bits(text: string): ModbusReply {
  return { kind: 'bits', bits: [...text.replaceAll(' ', '')].map((bit) => bit === '1') };
}

function points(observations: readonly Observation[]): Record<string, string> {
  return Object.fromEntries(
    observations.map((each) => {
      if (each.kind === 'inputChange') {
        return [each.point, each.state];
      }
      return each.kind === 'barrierPosition' ? ['arm', each.position] : [each.kind, '?'];
    }),
  );
}

const allUnknown = {
  approach: 'unknown',
  presence: 'unknown',
  exit: 'unknown',
  curtain: 'unknown',
  localControl: 'unknown',
  barrierFault: 'unknown',
  arm: 'unknown',
};

/** Approach, presence, exit, curtain, closed limit, open limit, local control, fault. */
const emptyLane = '0001 1000';

t.test('every IO module profile keeps its schema, its lint and its own tests', async (t) => {
  const validate = new Ajv({ strict: false }).compile(ModbusProfile);
  for (const file of readdirSync(folder)) {
    const of = profile(file.replace('.json', ''));
    t.ok(validate(of.modbus), `${file}: ${JSON.stringify(validate.errors)}`);
    t.same(lintModbusProfile(of.modbus), [], `${file} has no findings`);
    const make = (wiring: Wiring | undefined) => session(wiring ? { wiring } : {}, of);
    t.same(proveModbusProfile(of.modbus, make), [], `${file} proves itself`);
    t.ok(of.experimental === of.provenance.some((each) => each.level === 'belief'), file);
  }
});

t.test('a profile test that the map contradicts is found', async (t) => {
  const wrong = structuredClone(waveshare);
  const terminal = wrong.modbus.inputs[4];
  const relay = wrong.modbus.outputs[0];
  if (terminal && relay?.pulse?.kind === 'timeInValue') {
    terminal.bit = 5;
    relay.pulse.address = 0x300;
  }
  const found = proveModbusProfile(wrong.modbus, (wiring) =>
    session(wiring ? { wiring } : {}, wrong),
  );
  t.match(found, [{ path: 'modbus.tests.0.expect' }]);
  t.ok(found.some((each) => each.path.endsWith('.requests')));
});

t.test('all inputs come from one read every 50 ms', async (t) => {
  t.same(session().polls, [
    { id: 'inputs', everyMs: 50, request: { function: 2, address: 0, quantity: 8 } },
  ]);
  t.equal(session({ unit: 255 }).unit, 255);
  t.equal(session({ everyMs: 20 }).polls[0]?.everyMs, 20);
  t.equal(manifest.staleAfterMs({ profile: waveshare, settings: {} }), 500);
  t.equal(manifest.staleAfterMs({ profile: waveshare, settings: { everyMs: 200 } }), 800);
  t.equal(manifest.staleAfterMs({ profile: waveshare, settings: { staleAfterMs: 300 } }), 300);
});

t.test(
  'only what changed is told, and everything anew after the connection was opened',
  async (t) => {
    const module = session();
    t.same(points(module.opened(now).observations), allUnknown);
    const first = {
      approach: 'clear',
      presence: 'clear',
      exit: 'clear',
      curtain: 'clear',
      localControl: 'clear',
      barrierFault: 'clear',
      arm: 'closed',
    };
    t.same(points(module.replied('inputs', bits(emptyLane), now).observations), first);
    t.same(module.replied('inputs', bits(emptyLane), now).observations, []);
    t.same(points(module.replied('inputs', bits('0101 1000'), now).observations), {
      presence: 'occupied',
    });
    t.same(points(module.opened(now).observations), allUnknown);
    t.same(points(module.replied('inputs', bits(emptyLane), now).observations), first);
  },
);

t.test('a module that does not answer makes everything unknown, once', async (t) => {
  for (const failure of [
    'timeout',
    'exception',
    'foreignReply',
    'disconnected',
    'expired',
  ] as const) {
    const module = session();
    module.opened(now);
    module.replied('inputs', bits(emptyLane), now);
    t.same(points(module.failed('inputs', { failure }, now).observations), allUnknown, failure);
    t.same(module.failed('inputs', { failure }, now).observations, [], 'told once');
    const after = points(module.replied('inputs', bits(emptyLane), now).observations);
    t.equal(after['arm'], 'closed', 'and known again with the next reply');
    t.equal(Object.keys(after).length, 7);
  }
});

t.test(
  'a reply that does not belong to the poll is a fault and makes everything unknown',
  async (t) => {
    const wrong: readonly (readonly [string, ModbusReply])[] = [
      ['inputs', bits('0001')],
      ['inputs', { kind: 'words', words: [8] }],
      ['inputs', { kind: 'written' }],
      ['outputs', bits(emptyLane)],
    ];
    for (const [poll, reply] of wrong) {
      const module = session();
      module.opened(now);
      module.replied('inputs', bits(emptyLane), now);
      const output = module.replied(poll, reply, now);
      exactly(t, output.faults, [{ code: 'reply-unexpected', droppedBytes: 0 }]);
      t.same(points(output.observations), allUnknown);
    }
  },
);

t.test('words are read bit by bit, lowest first', async (t) => {
  const packed = structuredClone(moxa);
  Object.assign(packed.modbus.polls[0] ?? {}, {
    function: 4,
    address: 48,
    quantity: 1,
    doc: '30049',
  });
  t.same(lintModbusProfile(packed.modbus), []);
  const module = session({}, packed);
  t.match(
    points(module.replied('inputs', { kind: 'words', words: [0b0001_1010] }, now).observations),
    {
      approach: 'clear',
      presence: 'occupied',
      curtain: 'clear',
      arm: 'closed',
    },
  );
});

t.test('both limit switches of one read make the position of the arm', async (t) => {
  const positions = { '10': 'closed', '01': 'open', '00': 'between', '11': 'contradictory' };
  for (const [limits, arm] of Object.entries(positions)) {
    const reply = bits(`0001 ${limits}00`);
    t.equal(points(session().replied('inputs', reply, now).observations)['arm'], arm);
  }
});

t.test('switches from two reads never make a position', async (t) => {
  const split = structuredClone(waveshare);
  split.modbus.polls.push({
    id: 'late',
    function: 2,
    address: 8,
    quantity: 8,
    everyMs: 50,
    doc: 'DI9',
  });
  split.modbus.inputs.push({ channel: 9, poll: 'late', bit: 0, doc: 'DI9' });
  const wiring: Wiring = {
    inputs: {
      limitClosed: { channel: 5, active: 'high' },
      limitOpen: { channel: 9, active: 'high' },
    },
    outputs: {},
  };
  exactly(t, lintWiring(split.modbus, wiring, 'w'), [{ message: /different reads/ }]);
  const module = session({ wiring }, split);
  t.same(module.replied('inputs', bits(emptyLane), now).observations, []);
  t.same(module.replied('late', bits('1000 0000'), now).observations, []);
});

t.test(
  'the wiring of a site replaces the suggestion, so that an unwired loop is never clear',
  async (t) => {
    const wiring: Wiring = {
      inputs: { presence: { channel: 1, active: 'low' }, curtain: { channel: 2, active: 'low' } },
      outputs: { barrierOpen: { channel: 8, pulseMs: 250 } },
    };
    const module = session({ wiring });
    t.same(points(module.opened(now).observations), { presence: 'unknown', curtain: 'unknown' });
    t.same(points(module.replied('inputs', bits('0100 1000'), now).observations), {
      presence: 'occupied',
      curtain: 'clear',
    });
    t.same(written(module.order({ kind: 'barrierOpen' }, soon)), [
      { function: 5, address: 0x207, value: 3 },
    ]);
    t.same(module.order({ kind: 'light', colour: 'red' }, soon).steps, [], 'no lamp is wired');
    t.same(module.order({ kind: 'barrierClose' }, soon).steps, []);
  },
);

t.test('the arm is never raised by a held coil', async (t) => {
  for (const of of [waveshare, moxa]) {
    const levels = new Set(of.modbus.outputs.map((each) => each.level?.address));
    for (const request of written(session({}, of).order({ kind: 'barrierOpen' }, soon))) {
      t.equal(request.function, 5);
      t.notOk(levels.has(request.address), `${of.make} ${request.address}`);
    }
  }
  const noPulse = structuredClone(waveshare);
  delete noPulse.modbus.outputs[0]?.pulse;
  t.same(session({}, noPulse).order({ kind: 'barrierOpen' }, soon).steps, []);
  t.match(lintModbusProfile(noPulse.modbus), [
    { path: 'modbus.wiring.outputs.barrierOpen.channel' },
  ]);
});

t.test(
  'a wiring that fails to the unsafe side or does not fit the module is refused',
  async (t) => {
    const cases: readonly (readonly [Wiring, RegExp])[] = [
      [{ inputs: { curtain: { channel: 4, active: 'high' } }, outputs: {} }, /wire breaks/],
      [{ inputs: { presence: { channel: 9, active: 'high' } }, outputs: {} }, /no input 9/],
      [
        { inputs: { limitClosed: { channel: 5, active: 'high' } }, outputs: {} },
        /only one of the limit/,
      ],
      [
        {
          inputs: {
            presence: { channel: 1, active: 'high' },
            exit: { channel: 1, active: 'high' },
          },
          outputs: {},
        },
        /wired to two points/,
      ],
      [{ inputs: {}, outputs: { barrierOpen: { channel: 1 } } }, /length of the pulse is missing/],
      [{ inputs: {}, outputs: { lightRed: { channel: 12 } } }, /no output 12/],
      [
        { inputs: {}, outputs: { lightRed: { channel: 3 }, lightGreen: { channel: 3 } } },
        /wired to two things/,
      ],
      [
        { inputs: {}, outputs: { barrierClose: { channel: 2, pulseMs: 500 } } },
        /interlocked with points that are not wired/,
      ],
    ];
    for (const [wiring, message] of cases) {
      const found = manifest.check?.({ profile: waveshare, settings: { wiring } }) ?? [];
      exactly(t, found, [{ path: /^settings\.wiring/, message, hint: /\w/ }]);
      t.equal(found.length, 1, message.source);
    }
    const timed = { inputs: {}, outputs: { barrierOpen: { channel: 1, pulseMs: 500 } } };
    exactly(t, lintWiring(moxa.modbus, timed, 'w'), [{ message: /takes no length/ }]);
    t.same(manifest.check?.({ profile: waveshare, settings: {} }), []);
  },
);

t.test('a printed number that is not the address is found', async (t) => {
  const off = structuredClone(moxa);
  Object.assign(off.modbus.polls[0] ?? {}, { address: 1 });
  exactly(t, lintModbusProfile(off.modbus), [{ path: 'modbus.polls.0.doc', hint: /10002/ }]);
  const holes = structuredClone(moxa);
  Object.assign(holes.modbus.inputs[0] ?? {}, { poll: 'nothing' });
  Object.assign(holes.modbus.inputs[1] ?? {}, { bit: 8 });
  exactly(t, lintModbusProfile(holes.modbus), [
    { path: 'modbus.inputs.0.poll' },
    { path: 'modbus.inputs.1.bit' },
  ]);
});

t.test('a profile of another shape is refused by name', async (t) => {
  const { modbus: _, ...bare } = waveshare;
  t.throws(() => session({}, bare), /no "modbus" block/);
});

t.test('no reply makes the session throw or tell what it cannot know', async (t) => {
  const reply = fc.oneof(
    fc.record({
      kind: fc.constant('bits' as const),
      bits: fc.array(fc.boolean(), { maxLength: 40 }),
    }),
    fc.record({
      kind: fc.constant('words' as const),
      words: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 10 }),
    }),
    fc.constant({ kind: 'written' as const }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('inputs', 'x'), reply)), (replies) => {
      const module = session();
      for (const [poll, each] of replies) {
        const output = module.replied(poll, each, now);
        const good = poll === 'inputs' && each.kind === 'bits' && each.bits.length >= 8;
        const told = Object.values(points(output.observations));
        if (
          good === output.faults.length > 0 ||
          (!good && told.some((state) => state !== 'unknown'))
        ) {
          return false;
        }
      }
      return true;
    }),
  );
  t.pass();
});

// The emulator: what it is checked against is written here by hand from the register maps.

function ask(module: IoModuleEmulator, pdu: readonly number[], nowMs: number): number[] {
  return [...(module.handle(Uint8Array.from(pdu), nowMs)?.pdu ?? [])];
}

const readInputs = [2, 0, 0, 0, 8];

t.test('the emulated module times the open contact itself and moves its arm', async (t) => {
  const module = new IoModuleEmulator({ module: 'waveshareRelayB' }, 0);
  t.same(ask(module, readInputs, 0), [2, 1, 0b0001_1000], 'curtain current and closed limit');
  t.same(ask(module, [5, 2, 0, 0, 5], 0), [5, 2, 0, 0, 5], 'the write is echoed');
  t.same(ask(module, [1, 0, 0, 0, 8], 499), [1, 1, 1], 'contact for 500 ms');
  t.same(ask(module, [1, 0, 0, 0, 8], 500), [1, 1, 0]);
  t.same(ask(module, readInputs, 500), [2, 1, 0b0000_1000], 'neither limit on the way');
  t.same(ask(module, readInputs, 1000), [2, 1, 0b0010_1000], 'open limit after its travel');
  t.same(module.writes, [{ atMs: 0, address: 0x200, value: 5 }]);
  t.ok(module.arm.limitOpen);
});

t.test(
  'the emulated Moxa makes its own pulse and refuses what its map does not have',
  async (t) => {
    const module = new IoModuleEmulator({ module: 'moxaE1212', pulseWidthMs: 300 }, 0);
    t.same(ask(module, [5, 0, 0x10, 0xff, 0], 0), [5, 0, 0x10, 0xff, 0]);
    t.ok(module.contact(1));
    module.tick(300);
    t.notOk(module.contact(1));
    t.same(ask(module, [5, 2, 0, 0, 5], 400), [0x85, 2]);
    t.same(ask(module, [5, 0, 0, 0x55, 0], 400), [0x85, 3], 'no toggle');
    t.same(ask(module, [2, 0, 0, 0, 9], 400), [0x82, 2]);
    t.same(ask(module, [2, 0, 0, 0, 0], 400), [0x82, 3]);
    t.same(ask(module, [6, 0, 0, 0, 0], 400), [0x86, 1]);
    t.same(ask(module, [2, 0], 400), [0x82, 3]);
  },
);

t.test('lamps are held, and the profile drives them as the module expects', async (t) => {
  const module = new IoModuleEmulator({ module: 'waveshareRelayB' }, 0);
  for (const request of written(session().order({ kind: 'light', colour: 'green' }, soon))) {
    if (request.function === 5) {
      ask(
        module,
        [5, request.address >> 8, request.address & 255, request.value >> 8, request.value & 255],
        0,
      );
    }
  }
  t.ok(module.light('green'));
  t.notOk(module.light('red'));
});

t.test(
  'the virtual arm stays up over a truck and falls when the lane has been clear',
  async (t) => {
    const module = new IoModuleEmulator(
      { module: 'waveshareRelayB', arm: { autoCloseMs: 1500 } },
      0,
    );
    module.setInput('presence', true, 0);
    ask(module, [5, 2, 0, 0, 5], 100);
    module.tick(60_000);
    t.ok(module.arm.limitOpen, 'a truck stands under it');
    module.setInput('exit', true, 60_000);
    module.setInput('presence', false, 61_000);
    module.tick(70_000);
    t.ok(module.arm.limitOpen, 'its tail is still on the exit loop');
    module.setInput('exit', false, 70_000);
    module.tick(71_490);
    t.ok(module.arm.limitOpen);
    module.tick(72_500);
    t.ok(module.arm.limitClosed);
  },
);

t.test('the virtual barrier refuses to close on a truck and rises again at once', async (t) => {
  const module = new IoModuleEmulator({ module: 'waveshareRelayB', arm: { travelMs: 1000 } }, 0);
  module.setInput('presence', true, 0);
  ask(module, [5, 2, 0, 0, 5], 0);
  ask(module, [5, 2, 1, 0, 5], 2000);
  t.equal(module.arm.events.at(-1)?.kind, 'closeRefused');
  module.setInput('presence', false, 3000);
  ask(module, [5, 2, 1, 0, 5], 3100);
  module.tick(3500);
  t.equal(module.arm.motion, 'falling');
  module.setInput('curtain', true, 3500);
  t.equal(module.arm.motion, 'rising');
  module.tick(5000);
  t.ok(module.arm.limitOpen);
});

t.test('a stuck arm, a lying switch, a hand and a silent module can be played', async (t) => {
  const module = new IoModuleEmulator({ module: 'waveshareRelayB' }, 0);
  module.setArmFault({ stuck: true });
  ask(module, [5, 2, 0, 0, 5], 0);
  module.tick(10_000);
  t.ok(module.arm.limitClosed, 'it never left');
  module.setArmFault({ limitOpen: true });
  module.setInput('barrierFault', true, 10_001);
  t.same(ask(module, readInputs, 10_001), [2, 1, 0b1011_1000], 'both limits and the fault contact');
  module.fault = { kind: 'noAnswer' };
  t.same(ask(module, readInputs, 10_010), []);
  module.fault = { kind: 'exception', code: 4 };
  t.same(ask(module, readInputs, 10_020), [0x82, 4]);
  module.fault = { kind: 'lateReply', delayMs: 700 };
  t.equal(module.handle(Uint8Array.from(readInputs), 10_030)?.delayMs, 700);
  const quiet = new IoModuleEmulator({ module: 'waveshareRelayB' }, 0);
  quiet.raiseByHand(0);
  quiet.tick(500);
  t.same(quiet.writes, [], 'nobody ordered it');
  t.notOk(quiet.arm.limitClosed);
});

t.test('the arm leaves its closed limit after the time it takes, not before', async (t) => {
  const arm = new BarrierArm({ travelMs: 1000, leaveMs: 200 }, 0);
  arm.open(0);
  arm.advance(195);
  t.ok(arm.limitClosed);
  arm.advance(210);
  t.notOk(arm.limitClosed);
  arm.advance(5000);
  t.ok(arm.limitOpen);
  t.same(
    arm.events.map((each) => each.kind),
    ['openAsked', 'leftClosed', 'reachedOpen'],
    'without a time to fall it stays up',
  );
});

t.test('the emulated module answers any bytes or none, and never throws', async (t) => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(5000), (pdu, nowMs) => {
      const module = new IoModuleEmulator({ module: 'waveshareRelayB' }, 0);
      const answer = module.handle(pdu, nowMs);
      return answer === undefined ? pdu.length === 0 : answer.pdu.length >= 2;
    }),
  );
  t.pass();
});
