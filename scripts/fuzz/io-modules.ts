/**
 * IO modules and PLCs, by replies of any form in any order: nothing throws, what is told is a change and never a state
 * that the last reply leaves open, no close is planned unless a good reply of now says that the lane is clear, plans
 * are short, and after a good reply everything is known as a new session knows it.
 */
import fc from 'fast-check';
import { manifest as ioModule } from '../../devices/io-modbus/manifest.ts';
import { manifest as plc } from '../../devices/plc-kakou/manifest.ts';
import {
  type ExchangeSession,
  type ModbusReply,
  orderStepsMax,
  type SessionOutput,
} from '../../src/driver-kit/contract.ts';
import type { FirmwareProfile } from '../../src/driver-kit/profile/schema.ts';
import { demand, type FuzzFamily, familyOf } from './family.ts';
import type { ShippedProfile } from './shipped-profiles.ts';

const failures = ['timeout', 'exception', 'foreignReply', 'corrupt', 'disconnected'] as const;
/** As old as an input may be that a close rests on, ms. */
const freshMs = 500;
const orders = ['barrierOpen', 'barrierClose', 'clearSafeState', 'light'] as const;

type Event =
  | { readonly kind: 'replied' | 'proved'; readonly which: number; readonly reply: ModbusReply }
  | { readonly kind: 'failed'; readonly which: number; readonly failure: (typeof failures)[number] }
  | { readonly kind: 'opened' }
  | { readonly kind: 'ordered'; readonly order: (typeof orders)[number] };

type Timed = Event & { readonly afterMs: number };

export function ioModuleFamilies({ name, profile }: ShippedProfile): readonly FuzzFamily[] {
  const goods = goodReplies(profile);
  if (goods.length === 0) return [];
  const manifest = profile.plc ? plc : ioModule;
  if (manifest.shape !== 'exchange') throw new TypeError('another shape');
  const { session } = manifest;
  const open = () => session({ profile, settings: settingsOf(profile) });
  const cases = fc.array(eventOf(goods), { maxLength: 10 });
  const usual = new Module(open()).afterGoodReplies(0);
  return [
    familyOf(name, cases, (events) => {
      const module = new Module(open());
      for (const event of events) module.take(event);
      const known = module.afterGoodReplies(60_000);
      demand(known === usual, `after good replies ${known} is known, not ${usual}`);
    }),
  ];
}

/** With a relay that closes: as profiles suggest it the barrier closes by itself. */
function settingsOf({ modbus }: FirmwareProfile): Readonly<Record<string, unknown>> {
  if (!modbus) return {};
  const { inputs, outputs } = modbus.wiring;
  const { pulseMs } = outputs.barrierOpen ?? {};
  const barrierClose = { channel: 2, ...(pulseMs !== undefined && { pulseMs }) };
  return { wiring: { inputs, outputs: { ...outputs, barrierClose } } };
}

/** Replies of the profile's own tests. */
function goodReplies({ modbus, plc: block }: FirmwareProfile): readonly ModbusReply[] {
  if (block) return block.tests.map(({ words }) => ({ kind: 'words', words }));
  return (modbus?.tests ?? [])
    .flatMap((test) => [test, ...(test.given ?? [])])
    .flatMap(({ bits, words }): ModbusReply[] => {
      if (bits !== undefined) {
        return [{ kind: 'bits', bits: [...bits.replaceAll(' ', '')].map((bit) => bit === '1') }];
      }
      return words ? [{ kind: 'words', words }] : [];
    });
}

function eventOf(goods: readonly ModbusReply[]): fc.Arbitrary<Timed> {
  const word = fc.oneof(fc.nat(65_535), fc.constantFrom(0, 1, 255, 0x8000, 0xffff));
  const edits = fc.array(fc.tuple(fc.nat(40), word), { maxLength: 3 });
  const edited = fc.tuple(fc.constantFrom(...goods), edits).map(([good, list]): ModbusReply => {
    if (good.kind === 'written') return good;
    const values: (number | boolean)[] = [...(good.kind === 'bits' ? good.bits : good.words)];
    for (const [at, value] of list) {
      if (at < values.length) values[at] = good.kind === 'bits' ? value % 2 === 1 : value;
      else if (value % 3 === 0) values.length = at % (values.length + 1);
    }
    return good.kind === 'bits'
      ? { kind: 'bits', bits: values.map(Boolean) }
      : { kind: 'words', words: values.map(Number) };
  });
  const reply: fc.Arbitrary<ModbusReply> = fc.oneof(
    { weight: 5, arbitrary: edited },
    {
      weight: 1,
      arbitrary: fc
        .array(word, { maxLength: 30 })
        .map((words) => ({ kind: 'words' as const, words })),
    },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.boolean(), { maxLength: 30 })
        .map((bits) => ({ kind: 'bits' as const, bits })),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'written' as const }) },
  );
  const which = fc.nat(9);
  const event: fc.Arbitrary<Event> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('replied' as const), which, reply }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('proved' as const), which, reply }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('failed' as const),
        which,
        failure: fc.constantFrom(...failures),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'opened' as const }) },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('ordered' as const),
        order: fc.constantFrom(...orders),
      }),
    },
  );
  return fc.tuple(event, fc.nat(1_500)).map(([each, afterMs]) => ({ ...each, afterMs }));
}

class Module {
  readonly #session: ExchangeSession;
  readonly #points = new Map<string, string>();
  readonly #proofs: string[] = ['0 0', 'relay'];
  #barrier = 'unknown';
  #nowMs = 0;
  #repliedMs = Number.NEGATIVE_INFINITY;

  constructor(session: ExchangeSession) {
    this.#session = session;
    this.#note(session.opened(this.#now()));
  }

  #now() {
    return { wallMs: 0, monotonicMs: this.#nowMs };
  }

  take(event: Timed): void {
    this.#nowMs += event.afterMs;
    const session = this.#session;
    switch (event.kind) {
      case 'replied':
        this.#repliedMs = this.#nowMs;
        return this.#note(session.replied(this.#poll(event.which), event.reply, this.#now()));
      case 'proved': {
        this.#repliedMs = this.#nowMs;
        const id = this.#proofs[event.which % this.#proofs.length] ?? '';
        return this.#note(session.proved(id, event.reply, this.#now()));
      }
      case 'failed': {
        const mishap = { failure: event.failure };
        this.#note(session.failed(this.#poll(event.which), mishap, this.#now()));
        return this.#judgeUnknown(event.failure === 'exception');
      }
      case 'opened':
        this.#note(session.opened(this.#now()));
        return this.#judgeUnknown(false);
      case 'ordered':
        return this.#order(event.order);
    }
  }

  #poll(which: number): string {
    const { polls } = this.#session;
    return polls[which % (polls.length + 1)]?.id ?? 'no such poll';
  }

  #note({ observations, faults, send }: SessionOutput): void {
    demand(observations.length <= 64 && faults.length <= 64 && send.length === 0, 'told too much');
    for (const told of observations) {
      if (told.kind === 'inputChange') {
        demand(this.#points.get(told.point) !== told.state, `${told.point} was told twice`);
        this.#points.set(told.point, told.state);
      } else if (told.kind === 'barrierPosition') {
        demand(told.position !== this.#barrier || told.position === 'unknown', 'the arm, twice');
        this.#barrier = told.position;
      } else demand(told.kind === 'deviceAlarm', `a module told ${told.kind}`);
    }
  }

  /** The status of a module may be refused by an exception while its inputs are known. */
  #judgeUnknown(isException: boolean): void {
    if (isException) return;
    const states = [...this.#points.values(), this.#barrier];
    demand(
      states.every((state) => state === 'unknown'),
      'known and not read',
    );
  }

  #order(kind: (typeof orders)[number]): void {
    const order = kind === 'light' ? ({ kind, colour: 'green' } as const) : { kind };
    const limit = { now: this.#now(), notAfterMonotonicMs: this.#nowMs + 2_000 };
    const { steps, release } = this.#session.order(order, limit);
    demand(steps.length <= orderStepsMax && release.length <= orderStepsMax, 'a plan without end');
    for (const step of steps) if (step.kind === 'prove') this.#proofs.push(step.id);
    if (kind !== 'barrierClose' || steps.length === 0) return;
    for (const point of ['presence', 'curtain', 'localControl', 'barrierFault']) {
      const state = this.#points.get(point);
      demand(state === undefined || state === 'clear', `a close while ${point} is ${state}`);
    }
    const known = [...this.#points.values()];
    demand(known.includes('clear'), 'a close by a module that said nothing');
    demand(this.#nowMs - this.#repliedMs <= freshMs, 'a close by what was read long ago');
  }

  /** What is known once every poll has been answered well for a second, as text. */
  afterGoodReplies(pauseMs: number): string {
    this.#nowMs += pauseMs;
    this.#note(this.#session.opened(this.#now()));
    for (let n = 1; n <= 20; n += 1) {
      this.#nowMs += 50;
      for (const { id, request } of this.#session.polls) {
        this.#repliedMs = this.#nowMs;
        this.#note(this.#session.replied(id, quietReply(request, n), this.#now()));
      }
    }
    return JSON.stringify([[...this.#points].sort(), this.#barrier]);
  }
}

function quietReply(
  { function: code, quantity }: ExchangeSession['polls'][number]['request'],
  n: number,
): ModbusReply {
  if (code <= 2) return { kind: 'bits', bits: new Array<boolean>(quantity).fill(false) };
  const words = new Array<number>(quantity).fill(0);
  // The state block of docs/reference/plc-interface.md: its mark, a scan, a clock that runs, all inputs valid.
  if (quantity === 24) {
    words.splice(0, 7, 0x4b01, n, 1, 1_000 + 50 * n, 7, 1, 0xff);
    words[23] = n;
  }
  return { kind: 'words', words };
}
