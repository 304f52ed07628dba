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
import { CameBarrierEmulator } from '../../devices/io-modbus/came-emulator.ts';
import { IoModuleEmulator } from '../../devices/io-modbus/emulator.ts';
import { manifest } from '../../devices/io-modbus/manifest.ts';
import { exactly } from '../support/exactly.ts';

const folder = 'firmware-profiles/io-module';
const now = { wallMs: 0, monotonicMs: 0 };
const soon = { now, notAfterMonotonicMs: 1_000 };

const byController = { closing: 'byController' } as const;

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
    if (of.driver !== manifest.name) continue;
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
      const found =
        manifest.check?.({ profile: waveshare, settings: { wiring } }, byController) ?? [];
      exactly(t, found, [{ path: /^settings\.wiring/, message, hint: /\w/ }]);
      t.equal(found.length, 1, message.source);
    }
    const timed = { inputs: {}, outputs: { barrierOpen: { channel: 1, pulseMs: 500 } } };
    exactly(t, lintWiring(moxa.modbus, timed, 'w'), [{ message: /takes no length/ }]);
    t.same(manifest.check?.({ profile: waveshare, settings: {} }, byController), []);
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

// Contacts that someone must end, and the watchdog that ends them when nobody does.

const wago = profile('wago-750-352');
const adam = profile('advantech-adam-6050');
const came = profile('came-gard-ptx-zlb30b');

/** A copy of a block, changed. */
function changed(
  of: { modbus: ModbusProfile },
  change: (block: ModbusProfile) => void,
): ModbusProfile {
  const block = structuredClone(of.modbus);
  change(block);
  return block;
}

t.test('a contact the daemon ends needs a watchdog that ends it without the daemon', async (t) => {
  const without = changed(adam, (block) => {
    delete block.watchdog;
  });
  t.equal(lintModbusProfile(without).length, 6, 'one for each relay');
  t.match(lintModbusProfile(without), [{ path: 'modbus.outputs.0.pulse.kind', hint: /watchdog/ }]);
  const notThis = changed(adam, (block) => block.watchdog?.safeOff.shift());
  t.match(lintModbusProfile(notThis), [{ message: /output 1 is hostTimed: if the daemon dies/ }]);
  const unread = changed(adam, (block) => delete block.outputs[0]?.level?.readBack);
  t.match(lintModbusProfile(unread), [{ message: /nothing reads whether its contact ended/ }]);
  const latched = changed(adam, (block) => {
    for (const relay of block.outputs) relay.pulse = { kind: 'latched' };
    delete block.watchdog;
  });
  t.match(lintModbusProfile(latched), [{ message: /output 1 is latched: if the daemon dies/ }]);
});

t.test('a watchdog that does not fit is found', async (t) => {
  const cases: readonly (readonly [(block: ModbusProfile) => void, RegExp])[] = [
    [(b) => b.watchdog?.beat && Object.assign(b.watchdog.beat, { everyMs: 700 }), /too seldom/],
    [(b) => delete b.watchdog?.clear, /cannot leave/],
    [(b) => b.watchdog?.safeOff.push(9), /no output 9/],
    [(b) => Object.assign(b.watchdog ?? {}, { safe: { poll: 'x', bit: 0 } }), /no poll "x"/],
    [
      (b) => Object.assign(b.watchdog ?? {}, { running: { poll: 'inputs', word: 0, values: [1] } }),
      /word 0 is not/,
    ],
    [
      (b) => Object.assign(b.watchdog?.clear?.[0] ?? {}, { address: 4105 }),
      /404105 does not belong/,
    ],
    [
      (b) => Object.assign(b.watchdog?.setUp?.[0] ?? {}, { address: 4097 }),
      /404097 does not belong/,
    ],
    [
      (b) => Object.assign(b.outputs[0]?.level?.readBack ?? {}, { address: 0 }),
      /00513 does not belong/,
    ],
    [(b) => Object.assign(b.outputs[0]?.level ?? {}, { address: 5 }), /00001 does not belong/],
  ];
  for (const [change, message] of cases) {
    const found = lintModbusProfile(changed(wago, change));
    t.match(found, [{ message, hint: /\w/ }]);
    t.equal(found.length, 1, message.source);
  }
});

t.test('registers that do not fit are found', async (t) => {
  const cases: readonly (readonly [(block: ModbusProfile) => void, RegExp])[] = [
    [(b) => Object.assign(b.values?.[1] ?? {}, { order: undefined }), /which word of "operations"/],
    [
      (b) => Object.assign(b.values?.[1] ?? {}, { word: 9, doc: 'x' }),
      /word 10 is not in the reply/,
    ],
    [(b) => Object.assign(b.values?.[0] ?? {}, { word: 2 }), /40104 does not belong/],
    [(b) => b.barrier?.between.push(17), /value 17 means two states/],
    [(b) => Object.assign(b.barrier ?? {}, { word: 1 }), /40101 does not belong/],
    [(b) => Object.assign(b.polls[0] ?? {}, { function: 1, doc: 'x' }), /is not in the reply/],
    [
      (b) => {
        b.wiring.inputs.limitClosed = { channel: 1, active: 'high' };
        b.wiring.inputs.limitOpen = { channel: 2, active: 'high' };
      },
      /told twice/,
    ],
  ];
  for (const [change, message] of cases) {
    const block = changed(came, change);
    t.ok(
      lintModbusProfile(JSON.parse(JSON.stringify(block))).some((each) =>
        message.test(each.message),
      ),
      message.source,
    );
  }
});

t.test('a latched contact is closed by its own relay, by a lane that asks for it', async (t) => {
  const block = changed(adam, (b) => {
    if (b.outputs[0]) b.outputs[0].pulse = { kind: 'latched' };
    b.wiring.outputs = { barrierOpen: { channel: 1 }, barrierClose: { channel: 1 } };
    b.tests = b.tests.slice(0, 1);
  });
  t.strictSame(lintModbusProfile(block), []);
  const of = { ...adam, modbus: block };
  t.match(manifest.check?.({ profile: of, settings: {} }, byController), [
    { hint: /closing: requested/ },
  ]);
  t.strictSame(manifest.check?.({ profile: of, settings: {} }, { closing: 'requested' }), []);
  const module = session({}, of);
  module.replied('inputs', bits('0001 1000 0000'), now);
  t.same(written(module.order({ kind: 'barrierOpen' }, soon)), [
    { function: 5, address: 16, value: 0xff00 },
  ]);
  t.same(module.order({ kind: 'barrierOpen' }, soon).release, [], 'it holds the arm up');
  t.same(module.resync(), [], 'and is not dropped on what stands under the arm');
  t.same(written(module.order({ kind: 'barrierClose' }, soon)), [
    { function: 5, address: 16, value: 0 },
  ]);
  module.replied('inputs', bits('0101 0100 0000'), now);
  t.same(module.order({ kind: 'barrierClose' }, soon).steps, [], 'not over a truck');
  const wrong: readonly (readonly [ModbusProfile['wiring']['outputs'], RegExp])[] = [
    [{ barrierOpen: { channel: 1 } }, /stands elsewhere/],
    [
      { barrierOpen: { channel: 1 }, barrierClose: { channel: 2, pulseMs: 500 } },
      /stands elsewhere/,
    ],
    [{ barrierOpen: { channel: 1, pulseMs: 500 }, barrierClose: { channel: 1 } }, /no length/],
    [
      { barrierOpen: { channel: 1 }, barrierClose: { channel: 1 }, lightRed: { channel: 1 } },
      /wired to two things/,
    ],
  ];
  for (const [outputs, message] of wrong) {
    const found = lintWiring(block, { inputs: block.wiring.inputs, outputs }, 'w');
    t.ok(
      found.some((each) => message.test(each.message)),
      message.source,
    );
  }
});

t.test('a close order needs an interlock, and a curtain is told at once', async (t) => {
  const open = changed(waveshare, (b) => {
    b.interlocks = [];
    b.wiring.outputs.barrierClose = { channel: 2, pulseMs: 500 };
  });
  t.match(lintModbusProfile(open), [{ message: /whatever stands under the arm/ }]);
  const late = changed(waveshare, (b) => {
    b.wiring.inputs.curtain = { channel: 4, active: 'low', onDelayMs: 50 };
  });
  t.match(lintModbusProfile(late), [{ path: 'modbus.wiring.inputs.curtain.onDelayMs' }]);
  const noLength = changed(adam, (b) => {
    b.wiring.outputs.barrierOpen = { channel: 1 };
  });
  t.match(lintModbusProfile(noLength), [{ message: /length of the pulse is missing/ }]);
});

// Debounce and chatter.

const closeWired: Wiring = {
  ...waveshare.modbus.wiring,
  outputs: { ...waveshare.modbus.wiring.outputs, barrierClose: { channel: 2, pulseMs: 500 } },
};

t.test('a level counts when it has stood as long as the wiring says', async (t) => {
  const wiring = structuredClone(closeWired);
  wiring.inputs.presence = { channel: 2, active: 'high', onDelayMs: 100, offDelayMs: 300 };
  const module = session({ wiring });
  const read = (text: string, monotonicMs: number) =>
    points(module.replied('inputs', bits(text), { wallMs: 0, monotonicMs }).observations)[
      'presence'
    ];
  t.equal(read('0001 0100', 0), 'clear', 'the first level counts at once');
  t.equal(read('0101 0100', 50), undefined);
  t.equal(read('0001 0100', 100), undefined, 'a spike is not told');
  t.equal(read('0101 0100', 150), undefined);
  t.equal(read('0101 0100', 250), 'occupied');
  t.equal(read('0001 0100', 300), undefined);
  t.equal(read('0101 0100', 400), undefined, 'the gap of a trailer is bridged');
  t.equal(read('0001 0100', 450), undefined);
  t.equal(read('0001 0100', 749), undefined);
  t.equal(read('0001 0100', 750), 'clear');
  // While a spike is not told yet, nothing is closed over it.
  const close = (monotonicMs: number) =>
    module.order(
      { kind: 'barrierClose' },
      { now: { wallMs: 0, monotonicMs }, notAfterMonotonicMs: 9e9 },
    ).steps.length;
  t.equal(close(760), 1);
  t.equal(read('0101 0100', 800), undefined);
  t.equal(close(810), 0);
});

t.test('a close goes out only by inputs of this moment', async (t) => {
  const module = session({ wiring: closeWired });
  module.replied('inputs', bits('0001 0100'), now);
  const close = (monotonicMs: number) =>
    module.order(
      { kind: 'barrierClose' },
      { now: { wallMs: 0, monotonicMs }, notAfterMonotonicMs: monotonicMs + 100 },
    ).steps.length;
  t.equal(close(501), 0, 'half a second old');
  t.equal(close(500), 1);
  module.order({ kind: 'barrierOpen' }, { now, notAfterMonotonicMs: 100 });
  t.equal(close(400), 0, 'not while the open contact may be made');
});

t.test(
  'an input that chatters is alarmed and counted once, and over after a quiet minute',
  async (t) => {
    const module = session();
    const told: string[] = [];
    let faults = 0;
    const read = (text: string, monotonicMs: number) => {
      const output = module.replied('inputs', bits(text), { wallMs: 0, monotonicMs });
      faults += output.faults.filter(({ code }) => code === 'input-chattering').length;
      for (const each of output.observations) {
        if (each.kind === 'deviceAlarm') told.push(`${each.detail} ${each.state}`);
      }
    };
    for (let i = 0; i < 8; i += 1) read(i % 2 ? '0001 1000' : '1001 1000', i * 900);
    t.strictSame(told, [], 'a trailer over a loop is no chatter');
    for (let i = 0; i < 60; i += 1) read(i % 2 ? '0001 1000' : '0011 1000', 10_000 + i * 100);
    t.strictSame(told, ['exit raised']);
    t.equal(faults, 1);
    for (let i = 0; i < 70; i += 1) read('0001 1000', 16_000 + i * 1_000);
    t.strictSame(told, ['exit raised', 'exit over']);
  },
);

t.test('words of two registers come in the order the profile says, with their sign', async (t) => {
  const module = session({}, came);
  const words = (operations: readonly [number, number], temperature: number) =>
    module.replied(
      'state',
      { kind: 'words', words: [17, 0, 0, 0, ...operations, 0, 0, 0, temperature] },
      now,
    ).values;
  t.match(words([1, 0], 21), { operations: 1, boardTemperatureC: 21 });
  t.match(words([0, 1], 0xffff), { operations: 65_536, boardTemperatureC: -1 });
  const highFirst = changed(came, (b) =>
    Object.assign(b.values?.[1] ?? {}, { order: 'highWordFirst', signed: true }),
  );
  const other = session({}, { ...came, modbus: highFirst });
  t.match(
    other.replied('state', { kind: 'words', words: [17, 0, 0, 0, 0xffff, 0xfffe, 0, 0, 0, 0] }, now)
      .values,
    { operations: -2 },
  );
});

t.test('the status of the module is told apart from its inputs', async (t) => {
  const module = session({}, wago);
  module.opened(now);
  module.replied('inputs', bits(emptyLane), now);
  const status = module.failed('watchdog', { failure: 'exception', exceptionCode: 2 }, now);
  t.same(status.observations, [], 'a status the module does not have says nothing of its inputs');
  const safe = module.failed('inputs', { failure: 'exception', exceptionCode: 4 }, now);
  t.match(
    safe.observations.filter((each) => each.kind === 'deviceAlarm'),
    [{ code: 'module-safe-state', state: 'raised' }],
  );
  t.equal(points(safe.observations)['arm'], 'unknown');
  t.equal(session({ everyMs: 20 }, wago).polls.find(({ id }) => id === 'watchdog')?.everyMs, 500);
  const beat = module.beats[0];
  t.same(
    [beat?.next(), beat?.next(), beat?.next()].map((each) => each?.function === 6 && each.value),
    [1, 2, 1],
  );
});

t.test('a safety raise is tried whatever the module says of itself', async (t) => {
  const module = session({}, wago);
  module.replied('inputs', bits(emptyLane), now);
  t.same(module.order({ kind: 'barrierOpen' }, soon).steps, []);
  t.equal(written(module.order({ kind: 'barrierOpen', safety: true }, soon)).length, 2);
});

t.test('a read-back that cannot be read is no proof', async (t) => {
  const module = session({}, adam);
  t.equal(module.proved('1 on', bits('1'), now).verdict, 'done');
  t.match(module.proved('1 on', bits('0'), now), {
    verdict: 'refused',
    faults: [{ code: 'output-mismatch' }],
  });
  t.equal(module.proved('1 on', { kind: 'written' }, now).verdict, 'refused');
  t.equal(module.proved('99 on', bits('1'), now).verdict, 'refused');
  const words = changed(adam, (b) =>
    Object.assign(b.outputs[0]?.level?.readBack ?? {}, { function: 3, bit: 4, doc: 'x' }),
  );
  const inWords = session({}, { ...adam, modbus: words });
  t.equal(inWords.proved('1 on', { kind: 'words', words: [16] }, now).verdict, 'done');
  t.equal(inWords.proved('1 off', { kind: 'words', words: [16] }, now).verdict, 'refused');
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

t.test(
  'the emulated WAGO reads inputs and outputs at different places of the same area',
  async (t) => {
    const module = new IoModuleEmulator({ module: 'wago750' }, 0);
    t.same(ask(module, [1, 0, 0, 0, 8], 0), [1, 1, 0b0001_1000], 'function 1 reads inputs too');
    t.same(ask(module, [5, 0, 0, 0xff, 0], 0), [5, 0, 0, 0xff, 0]);
    t.same(ask(module, [1, 0, 0, 0, 8], 0), [1, 1, 0b0001_1000], 'and no output there');
    t.same(ask(module, [1, 2, 0, 0, 8], 0), [1, 1, 1], 'outputs are read back at 0x0200');
    t.same(ask(module, [1, 0x02, 8, 0, 1], 0), [0x81, 2]);
    t.same(ask(module, [3, 0x10, 6, 0, 1], 0), [3, 2, 0, 0], 'the watchdog is off as delivered');
    t.same(ask(module, [6, 0x10, 3, 0, 1], 0), [6, 0x10, 3, 0, 1]);
    t.same(ask(module, [3, 0x10, 6, 0, 1], 0), [3, 2, 0, 0], 'without a time it does not start');
    ask(module, [6, 0x10, 0, 0, 5], 0);
    ask(module, [6, 0x10, 1, 0, 0x20], 0);
    ask(module, [6, 0x10, 3, 0, 2], 0);
    t.same(ask(module, [3, 0x10, 6, 0, 1], 100), [3, 2, 0, 1]);
    t.same(ask(module, [6, 0x10, 0, 0, 9], 100), [0x86, 2], 'no setting while it runs');
    for (let ms = 150; ms < 1_000; ms += 50) ask(module, [2, 0, 0, 0, 8], ms);
    t.same(ask(module, [2, 0, 0, 0, 8], 1_000), [0x82, 4], 'reads are no sign of life by the mask');
    t.notOk(module.contact(1), 'and the outputs are off');
    t.same(ask(module, [5, 0, 0, 0xff, 0], 1_100), [0x85, 4]);
    t.same(ask(module, [6, 0x10, 8, 0x55, 0xaa], 1_200), [6, 0x10, 8, 0x55, 0xaa]);
    t.same(ask(module, [3, 0x10, 6, 0, 1], 1_200), [3, 2, 0, 0]);
  },
);

t.test(
  'the emulated ADAM has its inputs among the coils, and the template takes its commands',
  async (t) => {
    const adam6050 = new IoModuleEmulator({ module: 'adam6050', watchdogMs: 1_000 }, 0);
    t.same(ask(adam6050, [1, 0, 0, 0, 12], 0), [1, 2, 0b0001_1000, 0]);
    t.same(ask(adam6050, [2, 0, 0, 0, 8], 0), [0x82, 2]);
    t.same(ask(adam6050, [5, 0, 0, 0xff, 0], 0), [0x85, 2], 'inputs are not written');
    ask(adam6050, [5, 0, 16, 0xff, 0], 0);
    t.same(ask(adam6050, [1, 0, 16, 0, 6], 900), [1, 1, 1]);
    adam6050.tick(2_000);
    t.notOk(adam6050.contact(1), 'fail-safe values');
    ask(adam6050, [5, 0, 16, 0xff, 0], 2_100);
    t.ok(adam6050.contact(1), 'until it is spoken to again');

    const s7 = new IoModuleEmulator({ module: 's7Template' }, 0);
    t.same(ask(s7, [5, 3, 0x20, 0xff, 0], 0), [5, 3, 0x20, 0xff, 0]);
    t.ok(s7.contact(1));
    s7.tick(500);
    t.notOk(s7.contact(1), 'the program times it');
  },
);

t.test('the emulated CAME tells its arm in registers and takes commands once', async (t) => {
  const barrier = new CameBarrierEmulator(0);
  const ask_ = (pdu: readonly number[], nowMs: number) => [
    ...(barrier.handle(Uint8Array.from(pdu), nowMs)?.pdu ?? []),
  ];
  const state = (nowMs: number) => {
    const pdu = ask_([3, 0, 100, 0, 10], nowMs);
    return { position: pdu[5], state: pdu[3], low: (pdu[10] ?? 0) * 256 + (pdu[11] ?? 0) };
  };
  t.match(state(0), { state: 17, position: 0, low: 70_000 % 65_536 });
  t.same(ask_([5, 0, 1, 0xff, 0], 0), [5, 0, 1, 0xff, 0]);
  t.match(state(900), { state: 32, position: 50 });
  t.match(state(2_000), { state: 16, position: 100 });
  ask_([5, 0, 3, 0xff, 0], 2_000);
  t.match(state(2_900), { state: 33 });
  t.same(barrier.commands, [1, 3]);
  t.same(ask_([5, 0, 8, 0xff, 0], 3_000), [0x85, 2]);
  t.same(ask_([1, 0, 0, 0, 1], 3_000), [0x81, 1]);
  // The driver over it: a position that lies makes the state contradictory.
  const module = session({}, came);
  const read = (nowMs: number) => {
    const pdu = ask_([3, 0, 100, 0, 10], nowMs);
    const words = Array.from(
      { length: 10 },
      (_, i) => (pdu[2 + i * 2] ?? 0) * 256 + (pdu[3 + i * 2] ?? 0),
    );
    return points(module.replied('state', { kind: 'words', words }, now).observations)['arm'];
  };
  t.equal(read(9_000), 'closed');
  barrier.shownPosition = 60;
  t.equal(read(9_100), 'contradictory');
});

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
