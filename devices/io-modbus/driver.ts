/**
 * Session of an IO module: every reply is one moment of the lane's inputs, and only what changed is told.
 * Whenever the module was not understood, everything it is wired to is unknown until it answers again.
 */
import type {
  BarrierPosition,
  DeviceOrder,
  ExchangeFailure,
  ExchangeSession,
  Instant,
  LanePoint,
  ModbusProfile,
  ModbusReply,
  ModbusRequest,
  Observation,
  PollRequest,
  SessionOptions,
  SessionOutput,
} from 'kakou/driver-kit';
import { lanePoints, quiet, type Wiring } from 'kakou/driver-kit';
import {
  activeIn,
  type BarrierState,
  barrierOf,
  bitsOf,
  type InputState,
  requestsFor,
} from './codec.ts';
import type { IoModbusSettings } from './settings.ts';

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
  readonly #block: ModbusProfile;
  readonly #wiring: Wiring;
  readonly #inputs = new Map<LanePoint, InputState>();
  #barrier: BarrierState | undefined;

  constructor(options: SessionOptions) {
    const settings = options.settings as IoModbusSettings;
    this.#block = blockOf(options);
    this.#wiring = wiringOf(options);
    this.unit = settings.unit ?? this.#block.unit;
    this.polls = this.#block.polls.map((poll) => ({
      id: poll.id,
      everyMs: settings.everyMs ?? poll.everyMs,
      request: { function: poll.function, address: poll.address, quantity: poll.quantity },
    }));
  }

  opened(_now: Instant): SessionOutput {
    return this.#forget();
  }

  replied(pollId: string, reply: ModbusReply, _receivedAt: Instant): SessionOutput {
    const poll = this.#block.polls.find((each) => each.id === pollId);
    const bits = poll ? bitsOf(poll, reply) : `there is no poll ${pollId}`;
    if (typeof bits === 'string') {
      const fault = { code: 'reply-unexpected', droppedBytes: 0, detail: bits } as const;
      return { ...this.#forget(), faults: [fault] };
    }
    return {
      ...quiet,
      observations: [...this.#inputChanges(pollId, bits), ...this.#barrierChange(pollId, bits)],
    };
  }

  failed(_pollId: string, _failure: ExchangeFailure, _at: Instant): SessionOutput {
    return this.#forget();
  }

  order(order: DeviceOrder): readonly ModbusRequest[] {
    const forbidden = this.#block.interlocks.some(
      (interlock) =>
        interlock.order === order.kind &&
        !interlock.clear.every((point) => this.#inputs.get(point) === 'clear'),
    );
    return forbidden ? [] : requestsFor(this.#block, this.#wiring, order);
  }

  #inputChanges(pollId: string, bits: readonly boolean[]): Observation[] {
    return lanePoints.flatMap((point) => {
      const wire = this.#wiring.inputs[point];
      const active = wire && activeIn(this.#block, wire, pollId, bits);
      return active === undefined ? [] : this.#change(point, active ? 'occupied' : 'clear');
    });
  }

  #change(point: LanePoint, state: InputState): Observation[] {
    if (this.#inputs.get(point) === state) {
      return [];
    }
    this.#inputs.set(point, state);
    return [{ kind: 'inputChange', point, state }];
  }

  #barrierChange(pollId: string, bits: readonly boolean[]): readonly BarrierPosition[] {
    const { limitClosed, limitOpen } = this.#wiring.inputs;
    const closed = limitClosed && activeIn(this.#block, limitClosed, pollId, bits);
    const open = limitOpen && activeIn(this.#block, limitOpen, pollId, bits);
    // Both from this reply or none: two replies are two moments, between which the arm may have moved.
    return closed === undefined || open === undefined ? [] : this.#moved(barrierOf(closed, open));
  }

  #moved(position: BarrierState): readonly BarrierPosition[] {
    if (this.#barrier === position) {
      return [];
    }
    this.#barrier = position;
    return [{ kind: 'barrierPosition', position }];
  }

  /** Everything wired becomes unknown; what is unknown already is not told again. */
  #forget(): SessionOutput {
    const inputs = lanePoints.flatMap((point) =>
      this.#wiring.inputs[point] ? this.#change(point, 'unknown') : [],
    );
    const { limitClosed, limitOpen } = this.#wiring.inputs;
    const barrier = limitClosed && limitOpen ? this.#moved('unknown') : [];
    return { ...quiet, observations: [...inputs, ...barrier] };
  }
}
