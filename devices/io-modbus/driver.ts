/**
 * Session of an IO module: every reply is one moment of the lane's inputs, and only what changed is told.
 * Whenever the module was not understood, everything it is wired to is unknown until it answers again.
 */
import type {
  BarrierPosition,
  Beat,
  DeviceOrder,
  ExchangeMishap,
  ExchangeSession,
  FrameFault,
  Instant,
  LanePoint,
  ModbusProfile,
  ModbusReply,
  Observation,
  OrderLimit,
  OrderPlan,
  OrderStep,
  PollRequest,
  Proof,
  SessionOptions,
  SessionOutput,
  WiredInput,
} from 'kakou/driver-kit';
import { lanePoints, noPlan, quiet, type Wiring } from 'kakou/driver-kit';
import {
  type BarrierState,
  barrierInRegister,
  barrierOf,
  bitOf,
  figureOf,
  type InputState,
  type Reading,
  readingOf,
} from './codec.ts';
import { InputFilter } from './input-filter.ts';
import { ModuleState } from './module-state.ts';
import {
  type BarrierOutput,
  barrierPlan,
  clearPlan,
  contactMs,
  couldStay,
  lightPlan,
  otherOf,
  provedRelay,
  relayOf,
  restPlan,
} from './orders.ts';
import type { IoModbusSettings } from './settings.ts';

/** A close is asked for by inputs no older than this, ms. */
const freshMs = 500;

export function blockOf(options: SessionOptions): ModbusProfile {
  const block = options.profile.modbus;
  if (!block) {
    throw new TypeError(
      `profile ${options.profile.make} ${options.profile.model} has no "modbus" block, which driver io-modbus needs`,
    );
  }
  return block;
}

/** A site's wiring replaces the suggested one whole: a point nobody wired would read as clear. */
export function wiringOf(options: SessionOptions): Wiring {
  return (options.settings as IoModbusSettings).wiring ?? blockOf(options).wiring;
}

export class IoModbusSession implements ExchangeSession {
  readonly unit: number;
  readonly polls: readonly PollRequest[];
  readonly beats: readonly Beat[];
  readonly #block: ModbusProfile;
  readonly #wiring: Wiring;
  readonly #module: ModuleState;
  readonly #filters: ReadonlyMap<WiredInput, InputFilter>;
  readonly #told = new Map<LanePoint, InputState>();
  /** When each poll was last answered well, ms of the monotonic clock. */
  readonly #readMs = new Map<string, number>();
  /** Until when a contact may be made, ms of the monotonic clock. */
  readonly #madeUntilMs = new Map<BarrierOutput, number>();
  #barrier: BarrierState | undefined;

  constructor(options: SessionOptions) {
    const settings = options.settings as IoModbusSettings;
    this.#block = blockOf(options);
    this.#wiring = wiringOf(options);
    this.#module = new ModuleState(this.#block.watchdog);
    this.unit = settings.unit ?? this.#block.unit;
    this.polls = this.#block.polls.map((poll) => ({
      id: poll.id,
      // The status of the module is read as often as the profile says, whatever a site wants of its inputs.
      everyMs: this.#senses(poll.id) ? (settings.everyMs ?? poll.everyMs) : poll.everyMs,
      request: { function: poll.function, address: poll.address, quantity: poll.quantity },
    }));
    this.beats = this.#module.beats;
    const wires = Object.entries(this.#wiring.inputs) as [WiredInput, object][];
    this.#filters = new Map(wires.map(([input, wire]) => [input, new InputFilter(wire)]));
  }

  opened(_now: Instant): SessionOutput {
    this.#module.forget();
    return { ...quiet, observations: this.#forget() };
  }

  resync(): readonly OrderStep[] {
    return restPlan(this.#block, this.#wiring);
  }

  replied(pollId: string, reply: ModbusReply, receivedAt: Instant): SessionOutput {
    const poll = this.#block.polls.find((each) => each.id === pollId);
    const reading = poll ? readingOf(poll, reply) : `there is no poll ${pollId}`;
    if (typeof reading === 'string') {
      const fault = { code: 'reply-unexpected', droppedBytes: 0, detail: reading } as const;
      return { ...quiet, observations: this.#forget(), faults: [fault] };
    }
    const { monotonicMs } = receivedAt;
    this.#readMs.set(pollId, monotonicMs);
    const inputs = this.#inputChanges(reading, monotonicMs);
    const barrier = this.#barrierIn(reading);
    const { chatter, faults } = this.#chatter(monotonicMs);
    const alarms = [...this.#module.read(reading), ...chatter];
    return {
      ...quiet,
      observations: [...inputs, ...(barrier ? this.#moved(barrier) : []), ...alarms],
      faults,
      goodMessages: 1,
      values: this.#valuesIn(reading),
    };
  }

  failed(pollId: string, mishap: ExchangeMishap, _at: Instant): SessionOutput {
    const alarms = this.#module.failed(pollId, mishap);
    // A status that the module does not have says nothing about its inputs.
    const onlyStatus = mishap.failure === 'exception' && !this.#senses(pollId);
    return { ...quiet, observations: [...(onlyStatus ? [] : this.#forget()), ...alarms] };
  }

  order(order: DeviceOrder, limit: OrderLimit): OrderPlan {
    switch (order.kind) {
      case 'light':
        return lightPlan(this.#block, this.#wiring, order);
      case 'clearSafeState':
        return clearPlan(this.#block, this.#wiring);
      case 'barrierOpen':
        return this.#obeys('barrierOpen') || order.safety
          ? this.#barrierPlan('barrierOpen', limit)
          : noPlan;
      case 'barrierClose':
        return this.#obeys('barrierClose') && this.#mayClose(limit.now)
          ? this.#barrierPlan('barrierClose', limit)
          : noPlan;
    }
  }

  proved(id: string, reply: ModbusReply, _receivedAt: Instant): Proof {
    const proved = provedRelay(this.#block, id);
    const seen = proved && bitOf(reply, proved.bit);
    const isAsWanted = seen !== undefined && seen === proved?.wanted;
    const detail = `relay ${id.split(' ')[0]}`;
    const observations = this.#module.mismatch(detail, !isAsWanted);
    if (isAsWanted) return { ...quiet, observations, verdict: 'done' };
    const fault = {
      code: 'output-mismatch',
      droppedBytes: 0,
      detail: `${detail}: not ${id}`,
    } as const;
    return { ...quiet, observations, faults: [fault], verdict: 'refused' };
  }

  /** The module rules the output now, and would end its contact without us. */
  #obeys(output: BarrierOutput): boolean {
    if (this.#module.isSafe) return false;
    return !couldStay(relayOf(this.#block, this.#wiring, output)) || this.#module.watches;
  }

  #mayClose(now: Instant): boolean {
    if (now.monotonicMs < (this.#madeUntilMs.get('barrierOpen') ?? 0)) return false;
    return this.#block.interlocks.every((interlock) =>
      interlock.clear.every((point) => this.#isClear(point, now)),
    );
  }

  #isClear(point: LanePoint, now: Instant): boolean {
    const readMs = this.#readMs.get(this.#pollOf(point) ?? '');
    const isFresh = readMs !== undefined && now.monotonicMs - readMs <= freshMs;
    return (
      isFresh && this.#told.get(point) === 'clear' && this.#filters.get(point)?.isClear === true
    );
  }

  #barrierPlan(output: BarrierOutput, { now, notAfterMonotonicMs }: OrderLimit): OrderPlan {
    const otherMayBeMade = now.monotonicMs < (this.#madeUntilMs.get(otherOf(output)) ?? 0);
    const plan = barrierPlan(this.#block, this.#wiring, { output, otherMayBeMade });
    const ms = contactMs(this.#block, this.#wiring, output);
    if (plan.steps.length > 0 && ms > 0) {
      this.#madeUntilMs.set(output, notAfterMonotonicMs + ms);
    }
    return plan;
  }

  /** Whether a poll brings inputs or the arm, and not only the state of the module. */
  #senses(pollId: string): boolean {
    const { barrier } = this.#block;
    const wires = Object.keys(this.#wiring.inputs) as WiredInput[];
    return barrier?.poll === pollId || wires.some((input) => this.#pollOf(input) === pollId);
  }

  #pollOf(input: WiredInput): string | undefined {
    const channel = this.#wiring.inputs[input]?.channel;
    return this.#block.inputs.find((each) => each.channel === channel)?.poll;
  }

  /** Whether a wired input is active by this reply; undefined if it stands in another one. */
  #active(input: WiredInput, reading: Reading, nowMs: number): boolean | undefined {
    const wire = this.#wiring.inputs[input];
    const terminal = this.#block.inputs.find((each) => each.channel === wire?.channel);
    const level = terminal?.poll === reading.poll ? reading.bits[terminal.bit] : undefined;
    if (!wire || level === undefined) return undefined;
    return this.#filters.get(input)?.take(level === (wire.active === 'high'), nowMs);
  }

  #inputChanges(reading: Reading, nowMs: number): Observation[] {
    return lanePoints.flatMap((point) => {
      const active = this.#active(point, reading, nowMs);
      return active === undefined ? [] : this.#change(point, active ? 'occupied' : 'clear');
    });
  }

  #change(point: LanePoint, state: InputState): Observation[] {
    if (this.#told.get(point) === state) {
      return [];
    }
    this.#told.set(point, state);
    return [{ kind: 'inputChange', point, state }];
  }

  #barrierIn(reading: Reading): BarrierState | undefined {
    const { barrier } = this.#block;
    if (barrier) {
      return barrier.poll === reading.poll ? barrierInRegister(barrier, reading.words) : undefined;
    }
    const nowMs = this.#readMs.get(reading.poll) ?? 0;
    const closed = this.#active('limitClosed', reading, nowMs);
    const open = this.#active('limitOpen', reading, nowMs);
    // Both from this reply or none: two replies are two moments, between which the arm may have moved.
    return closed === undefined || open === undefined ? undefined : barrierOf(closed, open);
  }

  #moved(position: BarrierState): readonly BarrierPosition[] {
    if (this.#barrier === position) {
      return [];
    }
    this.#barrier = position;
    return [{ kind: 'barrierPosition', position }];
  }

  #chatter(nowMs: number): { chatter: readonly Observation[]; faults: readonly FrameFault[] } {
    const inputs = [...this.#filters];
    const chatter = inputs.flatMap(([input, filter]) =>
      this.#module.alarm({ code: 'input-chattering', detail: input }, filter.isChattering(nowMs)),
    );
    const begun = chatter.filter((each) => each.kind === 'deviceAlarm' && each.state === 'raised');
    return {
      chatter,
      faults: begun.map(() => ({ code: 'input-chattering', droppedBytes: 0 }) as const),
    };
  }

  #valuesIn(reading: Reading): Readonly<Record<string, number>> {
    const own = (this.#block.values ?? []).filter((value) => value.poll === reading.poll);
    return Object.fromEntries(own.map((value) => [value.name, figureOf(value, reading.words)]));
  }

  /** Everything wired becomes unknown; what is unknown already is not told again. */
  #forget(): readonly Observation[] {
    this.#readMs.clear();
    for (const filter of this.#filters.values()) filter.forget();
    const inputs = lanePoints.flatMap((point) =>
      this.#wiring.inputs[point] ? this.#change(point, 'unknown') : [],
    );
    const { limitClosed, limitOpen } = this.#wiring.inputs;
    const hasBarrier = this.#block.barrier !== undefined || (limitClosed && limitOpen);
    return [...inputs, ...(hasBarrier ? this.#moved('unknown') : [])];
  }
}
