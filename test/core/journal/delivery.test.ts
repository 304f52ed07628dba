import fc from 'fast-check';
import t from 'tap';
import {
  type DeliveryEffect,
  type DeliveryInput,
  type DeliveryState,
  deliveryAtStart,
  stepDelivery,
} from '../../../src/core/journal/delivery.ts';
import { exactly } from '../../support/exactly.ts';

const stallMs = 5_000;

/** A link and a centre that do to the sender whatever the script says. */
class Model {
  state: DeliveryState = deliveryAtStart('epoch', 0, 0);
  nowMs = 0;
  /** Published and not yet answered by the broker. */
  wire: number[] = [];
  /** Taken by the broker and not yet by the centre. */
  queue: number[] = [];
  readonly centre = new Set<number>();
  cursor = 0;
  maximum = 1;
  connected = false;
  readonly broken: string[] = [];

  take(input: DeliveryInput): void {
    const { state, effects } = stepDelivery(this.state, input, { stallMs });
    this.state = state;
    for (const effect of effects) this.carryOut(effect);
    if (this.state.inFlight.length > this.maximum)
      this.broken.push('window beyond the receive maximum');
    if (this.state.acknowledged < this.cursor) this.broken.push('the cursor went back');
  }

  carryOut(effect: DeliveryEffect): void {
    switch (effect.kind) {
      case 'send':
        if (!this.connected) this.broken.push('sent without a connection');
        for (let s = effect.from; s <= effect.through; s++) this.wire.push(s);
        return;
      case 'moveCursor':
        if (effect.through <= this.cursor) this.broken.push('the cursor did not rise');
        if (effect.through > this.complete())
          this.broken.push('acknowledged what the centre has not');
        this.cursor = effect.through;
        return;
      case 'discardConnection':
        this.close();
        return;
      case 'suspect':
        this.broken.push(effect.reason);
    }
  }

  /** The centre is complete up to here. */
  complete(): number {
    let through = 0;
    while (this.centre.has(through + 1)) through += 1;
    return through;
  }

  close(): void {
    if (!this.connected) return;
    this.connected = false;
    this.wire = [];
    this.take({ kind: 'closed' });
  }

  connect(receiveMaximum: number): void {
    if (this.connected) return;
    this.connected = true;
    this.maximum = receiveMaximum;
    this.take({ kind: 'connected', receiveMaximum, nowMs: this.nowMs });
  }

  brokerTakes(): void {
    const sequence = this.wire.shift();
    if (sequence === undefined) return;
    this.queue.push(sequence);
    this.take({ kind: 'brokerTook', sequence, nowMs: this.nowMs });
  }

  centreTakes(): void {
    const sequence = this.queue.shift();
    if (sequence === undefined) return;
    this.centre.add(sequence);
    const through = this.complete();
    this.take({ kind: 'centreCommitted', epoch: 'epoch', through, nowMs: this.nowMs });
    if (Math.max(...this.centre) > through) this.ask(through + 1);
  }

  ask(from: number): void {
    this.take({ kind: 'centreAsks', epoch: 'epoch', from, nowMs: this.nowMs });
  }
}

type Move =
  | { do: 'append'; n: number }
  | { do: 'connect'; maximum: number }
  | {
      do:
        | 'close'
        | 'brokerTakes'
        | 'centreTakes'
        | 'loseInQueue'
        | 'repeatInQueue'
        | 'brokerRefuses'
        | 'tick'
        | 'oldAck'
        | 'strangeAck'
        | 'askAgain';
    };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('append' as const), n: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('connect' as const),
      maximum: fc.constantFrom(1, 2, 7, 65_535),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'close' as const,
        'brokerTakes' as const,
        'brokerTakes' as const,
        'centreTakes' as const,
        'centreTakes' as const,
        'loseInQueue' as const,
        'repeatInQueue' as const,
        'brokerRefuses' as const,
        'tick' as const,
        'oldAck' as const,
        'strangeAck' as const,
        'askAgain' as const,
      ),
    }),
  },
);

let head = 0;

function play(model: Model, step: Move): void {
  switch (step.do) {
    case 'append':
      head += step.n;
      return model.take({ kind: 'appended', head, nowMs: model.nowMs });
    case 'connect':
      return model.connect(step.maximum);
    case 'close':
      return model.close();
    case 'brokerTakes':
      return model.brokerTakes();
    case 'centreTakes':
      return model.centreTakes();
    case 'loseInQueue':
      model.queue.shift();
      return;
    case 'repeatInQueue':
      if (model.queue[0] !== undefined) model.queue.push(model.queue[0]);
      return;
    case 'brokerRefuses': {
      const sequence = model.wire.shift();
      if (sequence !== undefined) model.take({ kind: 'brokerRefused', sequence, reason: 'quota' });
      return;
    }
    case 'tick':
      model.nowMs += 1_000;
      return model.take({ kind: 'tick', nowMs: model.nowMs });
    case 'oldAck':
      return model.take({
        kind: 'centreCommitted',
        epoch: 'epoch',
        through: 0,
        nowMs: model.nowMs,
      });
    case 'strangeAck':
      return model.take({
        kind: 'centreCommitted',
        epoch: 'other',
        through: 1_000,
        nowMs: model.nowMs,
      });
    case 'askAgain':
      return model.ask(model.complete() + 1);
  }
}

t.test(
  'whatever the link does, everything arrives in the end, and nothing false is believed',
  async (t) => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 120 }), (script) => {
        head = 0;
        const model = new Model();
        for (const step of script) play(model, step);
        // The faults end: the link stands, and everybody does his part.
        for (let round = 0; round < 400 && model.cursor < head; round++) {
          model.connect(8);
          model.brokerTakes();
          model.centreTakes();
          if (round % 20 === 19) {
            model.nowMs += stallMs + 1;
            model.take({ kind: 'tick', nowMs: model.nowMs });
          }
        }
        if (model.broken.length > 0) throw new Error(model.broken.join('; '));
        return model.cursor === head && model.complete() === head;
      }),
      { numRuns: 600, seed: 20 },
    );
    t.pass();
  },
);

t.test('a claim beyond the log is suspicious and moves nothing', async (t) => {
  const step = stepDelivery(
    deliveryAtStart('e', 0, 5),
    { kind: 'centreCommitted', epoch: 'e', through: 6, nowMs: 0 },
    { stallMs },
  );
  exactly(t, step.effects, [{ kind: 'suspect', reason: /claims entry 6, the journal ends at 5/ }]);
  t.equal(step.state.acknowledged, 0);
});

t.test('a stall ends the connection, and sending begins behind the cursor', async (t) => {
  let { state } = stepDelivery(
    deliveryAtStart('e', 3, 9),
    { kind: 'connected', receiveMaximum: 2, nowMs: 0 },
    { stallMs },
  );
  t.strictSame(state.inFlight, [4, 5]);
  const stalled = stepDelivery(state, { kind: 'tick', nowMs: stallMs }, { stallMs });
  exactly(t, stalled.effects, [{ kind: 'discardConnection' }]);
  ({ state } = stepDelivery(
    stalled.state,
    { kind: 'connected', receiveMaximum: 2, nowMs: 6_000 },
    { stallMs },
  ));
  t.strictSame(state.inFlight, [4, 5]);
});

t.test('the window is what the broker takes, at least one and never without end', async (t) => {
  for (const [receiveMaximum, sent] of [
    [65_535, 64],
    [64, 64],
    [3, 3],
    [1, 1],
    [0, 1],
  ] as const) {
    const { state } = stepDelivery(
      deliveryAtStart('e', 0, 1_000),
      { kind: 'connected', receiveMaximum, nowMs: 0 },
      { stallMs },
    );
    t.equal(state.inFlight.length, sent, `receive maximum ${receiveMaximum}`);
  }
});

t.test('a broker that took an entry is no centre that has it', async (t) => {
  const connected = stepDelivery(
    deliveryAtStart('e', 0, 3),
    { kind: 'connected', receiveMaximum: 8, nowMs: 0 },
    { stallMs },
  );
  const took = stepDelivery(
    connected.state,
    { kind: 'brokerTook', sequence: 1, nowMs: 1 },
    { stallMs },
  );
  t.equal(took.state.acknowledged, 0);
  t.strictSame(
    took.effects.filter(({ kind }) => kind === 'moveCursor'),
    [],
  );
  const closed = stepDelivery(took.state, { kind: 'closed' }, { stallMs });
  const again = stepDelivery(
    closed.state,
    { kind: 'connected', receiveMaximum: 8, nowMs: 2 },
    { stallMs },
  );
  exactly(t, again.effects, [{ kind: 'send', from: 1, through: 3 }], 'it is sent again');
});
