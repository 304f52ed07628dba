/**
 * The way of a device that we ask: request and reply. Each connection begins with a resync, which brings every
 * contact that may have stayed made back to rest; only then are orders carried out, and the lamps shown anew.
 */
import type {
  Beat,
  DeviceOrder,
  ExchangeMishap,
  ExchangeSession,
  OrderPlan,
  PollRequest,
} from '../driver-kit/contract.ts';
import { orderStepsMax } from '../driver-kit/contract.ts';
import type { ExchangeResult, ExchangeTransport, OpenExchange } from '../ports/transport.ts';
import type { DeviceHeart, OrderResult, RunningDevice } from './device.ts';
import { codeOf, type Manifest, messageOf } from './device-shapes.ts';
import { failureCode, OrderCarrier, type OrderSlot } from './order-carrier.ts';

type LightOrder = Extract<DeviceOrder, { kind: 'light' }>;

/** Between two tries of a resync that the device refuses, ms. */
const resyncAgainMs = 1_000;
/** Lamps are not worth a late write, ms. */
const lightWithinMs = 2_000;

const slots: Readonly<Record<DeviceOrder['kind'], OrderSlot>> = {
  barrierOpen: 'barrier',
  barrierClose: 'barrier',
  light: 'light',
  clearSafeState: 'safeState',
};

export class ExchangeDevice implements RunningDevice {
  readonly heart: DeviceHeart;
  readonly #transport: ExchangeTransport;
  readonly #session: ExchangeSession;
  readonly #carrier: OrderCarrier;
  #exchange: OpenExchange | undefined;
  /** The resync of this connection has succeeded. */
  #ready = false;
  #unreleasedTold = false;
  /** Lamps keep their state over a crash of ours and lose it over one of the device's: shown at each connection. */
  #light: LightOrder = { kind: 'light', colour: 'red' };

  constructor(heart: DeviceHeart, manifest: Manifest<'exchange'>, transport: ExchangeTransport) {
    this.heart = heart;
    this.#transport = transport;
    this.#session = manifest.session(heart.settings);
    this.#carrier = new OrderCarrier({
      heart,
      proved: (id, reply, at) => this.#session.proved(id, reply, at),
      unreleased: (exchange) => {
        if (this.#exchange !== exchange) return;
        this.#ready = false;
        this.#resync(exchange).catch(() => undefined);
      },
    });
  }

  async start(): Promise<void> {
    this.heart.start();
    await this.#open();
  }

  async #open(): Promise<void> {
    if (this.heart.isStopped) return;
    try {
      const exchange = await this.#transport.open(this.#session.unit, (code, detail) =>
        this.#lost(code, detail),
      );
      if (this.heart.isStopped) return exchange.close();
      this.#exchange = exchange;
      this.heart.opened();
      this.#session.opened(this.heart.ports.clock.now());
      await this.#resync(exchange);
      for (const poll of this.#session.polls) this.#poll(poll, exchange);
      for (const beat of this.#session.beats) this.#beat(beat, exchange);
    } catch (error) {
      this.#lost(codeOf(error), messageOf(error));
      throw error;
    }
  }

  async #resync(exchange: OpenExchange): Promise<void> {
    const steps = this.heart.guarded(() => this.#session.resync());
    const done = steps !== undefined && (await this.#carrier.resync(steps, exchange));
    if (this.#exchange !== exchange || this.heart.isStopped) return;
    this.#tellUnreleased(!done);
    if (!done) {
      this.heart.ports.timers.start(this.heart.timerId('resync'), resyncAgainMs, () => {
        this.#resync(exchange).catch(() => undefined);
      });
      return;
    }
    this.#ready = true;
    this.#carrier.connected(exchange);
    this.#carryOut(this.#light, this.heart.ports.clock.now().monotonicMs + lightWithinMs).catch(
      () => undefined,
    );
  }

  #tellUnreleased(unreleased: boolean): void {
    if (unreleased) this.heart.count('output-not-released');
    if (unreleased === this.#unreleasedTold) return;
    this.#unreleasedTold = unreleased;
    const { ports, settings } = this.heart;
    ports.observe(settings.deviceId, ports.clock.now(), {
      kind: 'deviceAlarm',
      code: 'output-not-released',
      state: unreleased ? 'raised' : 'over',
    });
  }

  /** Inputs are unknown from here until the module has answered again. */
  #lost(code: string, detail: string): void {
    this.#exchange = undefined;
    this.#ready = false;
    this.heart.ports.timers.cancel(this.heart.timerId('resync'));
    this.#carrier.lost();
    this.#unknown();
    this.heart.failed(code, detail, () => {
      this.#open().catch(() => undefined);
    });
  }

  #unknown(): void {
    for (const poll of this.#session.polls) this.#failed(poll.id, { failure: 'disconnected' });
  }

  #poll(poll: PollRequest, exchange: OpenExchange): void {
    if (this.heart.isStopped || this.#exchange !== exchange) return;
    exchange.request(poll.request, { priority: 'poll' }).then(
      (result) => {
        if (this.#exchange !== exchange) return;
        this.#polled(poll, result);
        const id = this.heart.timerId(`poll-${poll.id}`);
        this.heart.ports.timers.start(id, poll.everyMs, () => this.#poll(poll, exchange));
      },
      () => undefined,
    );
  }

  #polled(poll: PollRequest, result: ExchangeResult): void {
    if (result.kind === 'reply') {
      const output = this.heart.guarded(() =>
        this.#session.replied(poll.id, result.reply, result.receivedAt),
      );
      if (output) this.heart.take(output, result.receivedAt, output.faults.length === 0);
      return;
    }
    this.heart.count(failureCode('modbus', result.failure));
    this.#failed(poll.id, result);
  }

  #failed(pollId: string, mishap: ExchangeMishap): void {
    const now = this.heart.ports.clock.now();
    const output = this.heart.guarded(() => this.#session.failed(pollId, mishap, now));
    if (output) this.heart.take(output, now, false);
  }

  #beat(beat: Beat, exchange: OpenExchange): void {
    if (this.heart.isStopped || this.#exchange !== exchange) return;
    const again = () => {
      const id = this.heart.timerId(`beat-${beat.id}`);
      this.heart.ports.timers.start(id, beat.everyMs, () => this.#beat(beat, exchange));
    };
    const write = this.heart.guarded(() => beat.next());
    if (!write) return again();
    exchange.request(write, { priority: 'poll' }).then(
      (result) => {
        if (this.#exchange !== exchange) return;
        if (result.kind === 'failed') this.heart.count(failureCode('modbus', result.failure));
        again();
      },
      () => undefined,
    );
  }

  async order(
    order: DeviceOrder,
    notAfterMonotonicMs: number,
    withdrawn?: AbortSignal,
  ): Promise<OrderResult> {
    if (order.kind === 'light') this.#light = order;
    // A device in its safe state refuses the resync: giving its outputs back cannot wait for it, nor can a raise.
    const waits =
      order.kind !== 'clearSafeState' && !(order.kind === 'barrierOpen' && order.safety);
    if (!this.#ready && waits) return 'failed';
    return this.#carryOut(order, notAfterMonotonicMs, withdrawn);
  }

  /** The first write is begun in this call: nothing is awaited before it. */
  async #carryOut(
    order: DeviceOrder,
    notAfterMonotonicMs: number,
    withdrawn?: AbortSignal,
  ): Promise<OrderResult> {
    const exchange = this.#exchange;
    if (!exchange) return 'failed';
    const plan = this.heart.guarded(() => this.#plan(order, notAfterMonotonicMs));
    if (!plan || plan.steps.length === 0) return 'failed';
    const slot = slots[order.kind];
    return this.#carrier.carryOut({
      slot,
      plan,
      exchange,
      notAfterMonotonicMs,
      ...(withdrawn && { withdrawn }),
    });
  }

  #plan(order: DeviceOrder, notAfterMonotonicMs: number): OrderPlan {
    const now = this.heart.ports.clock.now();
    const plan = this.#session.order(order, { now, notAfterMonotonicMs });
    const steps = plan.steps.length + plan.release.length;
    if (steps > orderStepsMax) throw new RangeError(`an order of ${steps} steps`);
    return plan;
  }

  /** Contacts that were made are released and the lamp is red before the connection is closed. */
  async stop(): Promise<void> {
    this.heart.stop();
    for (const poll of this.#session.polls) this.#cancel(`poll-${poll.id}`);
    for (const beat of this.#session.beats) this.#cancel(`beat-${beat.id}`);
    this.#cancel('resync');
    await this.#carrier.stop();
    if (this.#ready && this.#light.colour === 'green') {
      const { monotonicMs } = this.heart.ports.clock.now();
      await this.#carryOut({ kind: 'light', colour: 'red' }, monotonicMs + lightWithinMs);
    }
    this.#exchange?.close();
    this.#exchange = undefined;
  }

  #cancel(what: string): void {
    this.heart.ports.timers.cancel(this.heart.timerId(what));
  }
}
