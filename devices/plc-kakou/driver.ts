/**
 * Session of a PLC with kakou's command interface. A command bears an id that is used up when it is looked at and
 * a time to live on the PLC's own clock, so it can be written again after a lost answer without a second effect.
 */
import type {
  BarrierPosition,
  Beat,
  DeviceAlarm,
  DeviceOrder,
  ExchangeMishap,
  ExchangeSession,
  FrameFault,
  Instant,
  ModbusRead,
  ModbusReply,
  ModbusWrite,
  Observation,
  OrderLimit,
  OrderPlan,
  OrderStep,
  PlcProfile,
  PollRequest,
  Proof,
  SessionOptions,
  SessionOutput,
} from 'kakou/driver-kit';
import { noPlan, quiet } from 'kakou/driver-kit';
import {
  commandOffset,
  commandRegisters,
  commandWord,
  lightWord,
  masterOffset,
  type NoState,
  type PlcPoint,
  type PlcState,
  plcFaults,
  plcPoints,
  stateOf,
  stateWords,
  ttlMaxMs,
} from './codec.ts';
import type { PlcKakouSettings } from './settings.ts';

/** A close is asked for, and a command made, by a state no older than this, ms. */
const freshMs = 500;
/** How often and for how long the state is read for what became of a command, ms. */
const proveEveryMs = 20;
const proveForMs = 1_000;

export function blockOf(options: SessionOptions): PlcProfile {
  const block = options.profile.plc;
  if (!block) {
    const { make, model } = options.profile;
    throw new TypeError(
      `profile ${make} ${model} has no "plc" block, which driver plc-kakou needs`,
    );
  }
  return block;
}

interface Known {
  readonly state: PlcState;
  /** When it was received, and when its clock was last seen to have gone on. */
  readonly atMs: number;
  readonly advancedMs: number;
}

export class PlcKakouSession implements ExchangeSession {
  readonly unit: number;
  readonly polls: readonly PollRequest[];
  readonly beats: readonly Beat[];
  readonly #block: PlcProfile;
  readonly #base: number;
  readonly #told = new Map<PlcPoint, string>();
  readonly #alarms = new Map<string, DeviceAlarm>();
  #barrier: BarrierPosition['position'] | undefined;
  #known: Known | undefined;
  #lastIssuedId = 0;
  #beat: number | undefined;
  #light: 'red' | 'green' = 'red';

  constructor(options: SessionOptions) {
    const settings = options.settings as PlcKakouSettings;
    this.#block = blockOf(options);
    this.#base = settings.base ?? this.#block.base;
    this.unit = settings.unit ?? this.#block.unit;
    this.polls = [{ id: 'state', everyMs: this.#block.everyMs, request: this.#stateRead() }];
    this.beats = [{ id: 'master', everyMs: this.#block.beatEveryMs, next: () => this.#nextBeat() }];
  }

  opened(_now: Instant): SessionOutput {
    return { ...quiet, observations: this.#forget() };
  }

  /** Nothing of ours stays made: the PLC times its contacts and holds every command to its time. */
  resync(): readonly OrderStep[] {
    return [];
  }

  replied(_pollId: string, reply: ModbusReply, receivedAt: Instant): SessionOutput {
    const state = stateOf(reply);
    if (typeof state === 'string') return this.#unread(state, receivedAt);
    const { monotonicMs } = receivedAt;
    const before = this.#known;
    const stands =
      before?.state.clockMs === state.clockMs && before.state.session === state.session;
    const advancedMs = stands ? before.advancedMs : monotonicMs;
    if (monotonicMs - advancedMs > this.#block.clockStallMs) return this.#stalled();
    this.#known = { state, atMs: monotonicMs, advancedMs };
    this.#beat ??= state.masterBeat;
    const faults = plcFaults.flatMap((detail) =>
      this.#alarm({ code: 'device-error', detail }, state.faults.includes(detail)),
    );
    return {
      ...quiet,
      observations: [
        ...plcPoints.flatMap((point) => this.#change(point, state.inputs[point])),
        ...this.#moved(state.barrier),
        ...this.#alarm({ code: 'controller-stalled' }, false),
        ...this.#alarm({ code: 'controller-map-foreign' }, false),
        ...faults,
      ],
      goodMessages: 1,
      values: {
        lastCommandId: state.lastId,
        refusals: state.refusals,
        departures: state.departures,
        session: state.session,
      },
    };
  }

  failed(_pollId: string, _mishap: ExchangeMishap, _at: Instant): SessionOutput {
    return { ...quiet, observations: this.#forget() };
  }

  order(order: DeviceOrder, limit: OrderLimit): OrderPlan {
    switch (order.kind) {
      case 'light': {
        this.#light = order.colour;
        const request = this.#nextBeat();
        return request ? { steps: [{ kind: 'write', request }], release: [] } : noPlan;
      }
      case 'barrierOpen':
        return this.#command(commandWord.open, limit);
      case 'barrierClose':
        return this.#mayClose(limit.now) ? this.#command(commandWord.close, limit) : noPlan;
      case 'clearSafeState':
        return this.#command(commandWord.acknowledge, limit);
    }
  }

  proved(proofId: string, reply: ModbusReply, receivedAt: Instant): Proof {
    const [id, check] = proofId.split(' ').map(Number);
    const output = this.replied('state', reply, receivedAt);
    const state = stateOf(reply);
    if (typeof state === 'string') return { ...output, verdict: 'pending' };
    const isMine = state.lastId === id && state.lastCheck === check;
    if (isMine && state.doneId === id) {
      return {
        ...output,
        observations: [...output.observations, ...this.#refused()],
        verdict: 'done',
      };
    }
    const isRefused = state.refusedId === id && (isMine || state.lastId !== id);
    // Somebody else's command has used up the id, or one above it.
    const isPassedOver = state.lastId >= (id ?? 0) && !isMine;
    if (!isRefused && !isPassedOver) return { ...output, verdict: 'pending' };
    // A newer command of ours has taken its place: nobody asks for this one any more.
    if (!isRefused && (id ?? 0) < this.#lastIssuedId) return { ...output, verdict: 'refused' };
    const detail = isRefused ? state.refusal : 'passedOver';
    const fault: FrameFault = { code: 'controller-refused', droppedBytes: 0, detail };
    return {
      ...output,
      observations: [...output.observations, ...this.#refused(detail)],
      faults: [...output.faults, fault],
      verdict: 'refused',
    };
  }

  #stateRead(): ModbusRead {
    return { function: 3, address: this.#base, quantity: stateWords };
  }

  /** The heartbeat goes on from where the PLC has seen it, so that its first value is a change. */
  #nextBeat(): ModbusWrite | undefined {
    if (this.#beat === undefined) return undefined;
    this.#beat = (this.#beat + 1) & 0xffff;
    const values = [this.#beat, lightWord[this.#light]];
    return { function: 16, address: this.#base + masterOffset, values };
  }

  #command(word: number, { now, notAfterMonotonicMs }: OrderLimit): OrderPlan {
    const known = this.#known;
    if (!known || now.monotonicMs - known.atMs > freshMs) return noPlan;
    const { state, atMs } = known;
    // The PLC took its stamp before we received it: counted from there the time cannot run over.
    const ttlMs = Math.min(ttlMaxMs, Math.floor(notAfterMonotonicMs - atMs));
    if (ttlMs < 1) return noPlan;
    const id = Math.max(state.lastId, this.#lastIssuedId) + 1;
    this.#lastIssuedId = id;
    const values = commandRegisters({
      id,
      word,
      ttlMs,
      stamp: state.clockMs,
      session: state.session,
    });
    const write = { function: 16, address: this.#base + commandOffset, values } as const;
    const prove: OrderStep = {
      kind: 'prove',
      id: `${id} ${values.at(-1)}`,
      request: this.#stateRead(),
      everyMs: proveEveryMs,
      forMs: proveForMs,
    };
    return { steps: [{ kind: 'write', request: write }, prove], release: [], repeatable: true };
  }

  #mayClose(now: Instant): boolean {
    const known = this.#known;
    if (!known || now.monotonicMs - known.atMs > freshMs) return false;
    const { presence, curtain, localControl } = known.state.inputs;
    return presence === 'clear' && curtain === 'clear' && localControl !== 'occupied';
  }

  /** A torn block says nothing; the others say that nothing is known. */
  #unread(why: NoState, { monotonicMs }: Instant): SessionOutput {
    const isOld = monotonicMs - (this.#known?.atMs ?? 0) > freshMs;
    const faults: readonly FrameFault[] = [
      {
        code: why === 'foreign' ? 'controller-map-foreign' : 'reply-unexpected',
        droppedBytes: 0,
        detail: why,
      },
    ];
    if (why === 'torn' && !isOld) return { ...quiet, faults };
    const alarm = why === 'foreign' ? this.#alarm({ code: 'controller-map-foreign' }, true) : [];
    return { ...quiet, observations: [...this.#forget(), ...alarm], faults };
  }

  /** The block is answered by a server behind which no program runs: what it says is the past. */
  #stalled(): SessionOutput {
    const known = this.#known;
    const alarm = this.#alarm({ code: 'controller-stalled' }, true);
    const observations = [...this.#forget(), ...alarm];
    // Kept, so that the clock is still seen to stand.
    this.#known = known && { ...known, atMs: Number.NEGATIVE_INFINITY };
    const fault = { code: 'controller-stalled', droppedBytes: 0 } as const;
    return { ...quiet, observations, faults: [fault] };
  }

  #change(point: PlcPoint, state: PlcState['inputs'][PlcPoint]): Observation[] {
    if (this.#told.get(point) === state) return [];
    this.#told.set(point, state);
    return [{ kind: 'inputChange', point, state }];
  }

  #moved(position: BarrierPosition['position']): Observation[] {
    if (this.#barrier === position) return [];
    this.#barrier = position;
    return [{ kind: 'barrierPosition', position }];
  }

  /** The refusal that stands is told until a command is carried out again. */
  #refused(detail?: string): Observation[] {
    const code = 'controller-refused';
    const before = [...this.#alarms.values()].filter((each) => each.code === code);
    return [
      ...before
        .filter((each) => each.detail !== detail)
        .flatMap((each) => this.#alarm({ code, detail: each.detail ?? '' }, false)),
      ...(detail === undefined ? [] : this.#alarm({ code, detail }, true)),
    ];
  }

  #alarm(alarm: Pick<DeviceAlarm, 'code' | 'detail'>, stands: boolean): Observation[] {
    const key = `${alarm.code} ${alarm.detail ?? ''}`;
    if (this.#alarms.has(key) === stands) return [];
    const told: DeviceAlarm = {
      kind: 'deviceAlarm',
      ...alarm,
      state: stands ? 'raised' : 'over',
    };
    if (stands) this.#alarms.set(key, told);
    else this.#alarms.delete(key);
    return [told];
  }

  /** Everything becomes unknown; what is unknown already is not told again. */
  #forget(): readonly Observation[] {
    this.#known = undefined;
    this.#beat = undefined;
    return [
      ...plcPoints.flatMap((point) => this.#change(point, 'unknown')),
      ...this.#moved('unknown'),
    ];
  }
}
