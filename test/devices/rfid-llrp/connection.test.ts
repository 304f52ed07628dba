import fc from 'fast-check';
import t from 'tap';
import {
  type ConnectionInput,
  type ConnectionState,
  type ConnectionStep,
  newConnection,
  stepConnection,
  transitions,
} from '../../../devices/rfid-llrp/connection.ts';

const timing = { wantsCapabilities: true, replyMs: 5_000, keepaliveMs: 1_000 };
const success = { isSuccess: true, words: 'M_Success' };
const failure = { isSuccess: false, words: 'P_FieldError: no' };

function follow(inputs: readonly ConnectionInput[], from = newConnection): ConnectionStep {
  let state = from;
  const effects: ConnectionStep['effects'][number][] = [];
  for (const input of inputs) {
    const step = stepConnection(state, input, timing);
    state = step.state;
    effects.push(...step.effects);
  }
  return { state, effects };
}

const opened: ConnectionInput = { kind: 'opened', nowMs: 0 };
const greeted: ConnectionInput = { kind: 'greeted', status: 0, nowMs: 0 };
const requests = [
  'GET_READER_CAPABILITIES',
  'SET_READER_CONFIG',
  'DELETE_ROSPEC',
  'ADD_ROSPEC',
  'ENABLE_ROSPEC',
] as const;
const answers = (upTo: number): ConnectionInput[] =>
  requests
    .slice(0, upTo)
    .map((to, i) => ({ kind: 'answered', to, id: i + 1, status: success, nowMs: 0 }));

/** States on the way to reporting, by their name. */
const along = new Map<ConnectionState['kind'], ConnectionState>(
  [
    [opened],
    ...requests.map((_, i) => [opened, greeted, ...answers(i)]),
    [opened, greeted, ...answers(5)],
  ]
    .map((inputs) => follow(inputs).state)
    .map((state) => [state.kind, state]),
);

t.test('each request is sent when the one before is answered, with ids that rise', async (t) => {
  const { state, effects } = follow([opened, greeted, ...answers(5)]);
  t.strictSame(
    effects,
    requests.map((request, i) => ({ kind: 'ask', request, id: i + 1 })),
  );
  t.equal(state.kind, 'reporting');
  t.equal(along.size, 7);
});

t.test('a reader that serves somebody else is given up at once', async (t) => {
  for (const status of [1, 2]) {
    const { state, effects } = follow([opened, { ...greeted, status }]);
    t.equal(state.kind, 'givenUp');
    t.match(effects, [{ kind: 'hangUp', code: 'reader-occupied', detail: /initiated connection/ }]);
  }
  t.match(follow([opened, { ...greeted, status: 3 }]).effects, [{ code: 'reader-refused' }]);
});

t.test('who else tries to connect is told, and costs nothing', async (t) => {
  const { state, effects } = follow([{ ...greeted, status: 4 }], along.get('reporting'));
  t.equal(state.kind, 'reporting');
  t.match(effects, [{ kind: 'fault', code: 'reader-contended' }]);
});

t.test('a refusal ends the way, but for what inventory can do without', async (t) => {
  for (const [kind, id, to] of [
    ['configuring', 2, 'SET_READER_CONFIG'],
    ['adding', 4, 'ADD_ROSPEC'],
    ['enabling', 5, 'ENABLE_ROSPEC'],
  ] as const) {
    for (const input of [
      { kind: 'answered', to, id, status: failure, nowMs: 0 },
      { kind: 'erred', id, status: failure, nowMs: 0 },
    ] as const) {
      const { state, effects } = follow([input], along.get(kind));
      t.equal(state.kind, 'givenUp', `${kind}, ${input.kind}`);
      t.match(effects, [
        { kind: 'hangUp', code: 'reader-refused', detail: `${to}: ${failure.words}` },
      ]);
    }
  }
  for (const [kind, id, next] of [
    ['exploring', 1, 'configuring'],
    ['clearing', 3, 'adding'],
  ] as const) {
    const { state, effects } = follow(
      [{ kind: 'erred', id, status: failure, nowMs: 0 }],
      along.get(kind),
    );
    t.equal(state.kind, next);
    t.match(effects, [
      { kind: 'fault', code: 'reader-refused' },
      { kind: 'ask', id: id + 1 },
    ]);
  }
});

t.test('an answer nobody waits for moves nothing', async (t) => {
  const wrongId = { kind: 'answered', to: 'ADD_ROSPEC', id: 9, status: success, nowMs: 0 } as const;
  const wrongRequest = { ...wrongId, to: 'ENABLE_ROSPEC', id: 4 } as const;
  for (const input of [wrongId, wrongRequest]) {
    const { state, effects } = follow([input], along.get('adding'));
    t.equal(state.kind, 'adding');
    t.match(effects, [{ kind: 'fault', code: 'reply-unexpected' }]);
  }
  const stray = follow(
    [{ kind: 'erred', id: 77, status: failure, nowMs: 0 }],
    along.get('reporting'),
  );
  t.equal(stray.state.kind, 'reporting');
  t.match(stray.effects, [{ kind: 'fault', code: 'device-error', detail: failure.words }]);
});

t.test('nothing waits for ever', async (t) => {
  for (const [kind, limitMs] of [
    ['ungreeted', 10_000],
    ['exploring', 5_000],
    ['configuring', 5_000],
    ['clearing', 5_000],
    ['adding', 5_000],
    ['enabling', 5_000],
    ['reporting', 3_000],
  ] as const) {
    const state = along.get(kind);
    const before = follow([{ kind: 'tick', nowMs: limitMs - 1 }], state);
    t.equal(before.state.kind, kind, `${kind} before`);
    const after = follow([{ kind: 'tick', nowMs: limitMs }], state);
    t.match(after, { state: { kind: 'givenUp' }, effects: [{ code: 'reader-unanswering' }] }, kind);
  }
  const kept = [900, 1_800, 2_700, 3_600, 4_500].map(
    (nowMs) => ({ kind: 'heard', nowMs }) as const,
  );
  const alive = follow([...kept, { kind: 'tick', nowMs: 7_499 }], along.get('reporting'));
  t.equal(alive.state.kind, 'reporting', 'what is heard keeps it');
});

t.test('a reader that greets anew while it reports has forgotten us', async (t) => {
  const anew = follow([greeted], along.get('reporting'));
  t.match(anew, { state: { kind: 'givenUp' }, effects: [{ code: 'reader-closing' }] });
  const twice = follow([opened, greeted, greeted]);
  t.match(twice, { state: { kind: 'exploring' }, effects: [{ kind: 'ask', id: 1 }] });
});

t.test('without capabilities configuration comes first', async (t) => {
  const { state } = follow([opened]);
  const step = stepConnection(state, greeted, { ...timing, wantsCapabilities: false });
  t.match(step, {
    state: { kind: 'configuring' },
    effects: [{ request: 'SET_READER_CONFIG', id: 1 }],
  });
});

t.test('every step is one of the table, and every row of the table is taken', async (t) => {
  const rows = new Set(transitions.map(({ from, to }) => `${from} → ${to}`));
  const taken = new Set<string>();
  const nowMs = fc.integer({ min: 0, max: 12_000 });
  const status = fc.constantFrom(success, failure);
  const id = fc.integer({ min: 1, max: 5 });
  const input: fc.Arbitrary<ConnectionInput> = fc.oneof(
    fc.record({ kind: fc.constant('opened' as const), nowMs }),
    fc.record({ kind: fc.constant('heard' as const), nowMs }),
    fc.record({
      kind: fc.constant('greeted' as const),
      status: fc.constantFrom(0, 0, 0, 2, 3, 4),
      nowMs,
    }),
    fc.record({
      kind: fc.constant('answered' as const),
      to: fc.constantFrom(...requests),
      id,
      status,
      nowMs,
    }),
    fc.record({ kind: fc.constant('erred' as const), id, status, nowMs }),
    fc.record({ kind: fc.constant('tick' as const), nowMs }),
    fc.record({
      kind: fc.constant('lost' as const),
      code: fc.constant('frame-garbage' as const),
      detail: fc.string(),
    }),
  );
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.constantFrom([], ...[...Array(6).keys()].map((n) => [opened, greeted, ...answers(n)])),
      fc.array(input, { maxLength: 6 }),
      (wantsCapabilities, way, inputs) => {
        let state = newConnection;
        for (const each of [...way, ...inputs]) {
          const { state: next } = stepConnection(state, each, { ...timing, wantsCapabilities });
          if (next.kind !== state.kind) taken.add(`${state.kind} → ${next.kind}`);
          state = next;
        }
        return [...taken].every((row) => rows.has(row));
      },
    ),
    { numRuns: 5_000, seed: 3 },
  );
  t.strictSame([...taken].sort(), [...rows].sort());
});
