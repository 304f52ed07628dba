/**
 * Carries out the plans of a device's orders, step by step. The first write of a plan is begun in the call that
 * brings the order: nothing is awaited before it. Whatever a plan began is released by its own release steps:
 * when its steps are over, when one of them fails, when it is withdrawn, when a newer order takes its place and when
 * the device is stopped. A write of it that still waits for its turn then is not written. A connection that is lost takes its runs with it; the next one begins with a resync.
 */

import type { Instant } from '../core/time.ts';
import type {
  ExchangeFailure,
  ModbusReply,
  OrderPlan,
  OrderStep,
  Proof,
} from '../driver-kit/contract.ts';
import type { ExchangeResult, OpenExchange } from '../ports/transport.ts';
import type { DeviceHeart, OrderResult } from './device.ts';

/** What takes the place of what: a barrier has one order at a time, and so have its lamps. */
export type OrderSlot = 'barrier' | 'light' | 'safeState';

export interface OrderRequest {
  readonly slot: OrderSlot;
  readonly plan: OrderPlan;
  readonly exchange: OpenExchange;
  readonly notAfterMonotonicMs: number;
  readonly withdrawn?: AbortSignal;
}

interface CarrierPorts {
  readonly heart: DeviceHeart;
  proved(id: string, reply: ModbusReply, receivedAt: Instant): Proof;
  /** A contact that this connection made may still be made. */
  unreleased(exchange: OpenExchange): void;
}

interface Run {
  readonly order: OrderRequest;
  readonly number: number;
  exchange: OpenExchange;
  /** A newer order has taken its place, it was withdrawn, or the device stops. */
  ended: boolean;
  released: boolean;
  /** A write of it may have reached the device. */
  written: boolean;
  /** A write of it was acknowledged. */
  acknowledged: boolean;
  endWait: (() => void) | undefined;
}

/** `lost`: the connection is gone, and nobody knows whether the write arrived. */
type Outcome = OrderResult | 'lost';

export class OrderCarrier {
  readonly #ports: CarrierPorts;
  readonly #runs = new Map<OrderSlot, Run>();
  readonly #awaitingConnection = new Map<Run, (exchange: OpenExchange | undefined) => void>();
  #count = 0;
  #stopped = false;

  constructor(ports: CarrierPorts) {
    this.#ports = ports;
  }

  async carryOut(order: OrderRequest): Promise<OrderResult> {
    const { slot, plan, withdrawn } = order;
    if (withdrawn?.aborted) return 'withdrawn';
    this.#supersede(slot);
    const run = this.#begin(order);
    this.#runs.set(slot, run);
    const withdraw = () => this.#giveUp(run);
    withdrawn?.addEventListener('abort', withdraw);
    const outcome = await this.#takeUntilAnswered(run, plan);
    await this.#release(run);
    withdrawn?.removeEventListener('abort', withdraw);
    if (this.#runs.get(slot) === run) this.#runs.delete(slot);
    if (outcome === 'accepted') return 'accepted';
    // What may have been written counts as not carried out, and the limit switches tell the rest.
    if (run.written || outcome === 'lost') return 'failed';
    return withdrawn?.aborted ? 'withdrawn' : outcome;
  }

  #begin(order: OrderRequest): Run {
    this.#count += 1;
    return {
      order,
      number: this.#count,
      exchange: order.exchange,
      ended: false,
      released: false,
      written: false,
      acknowledged: false,
      endWait: undefined,
    };
  }

  async #takeUntilAnswered(run: Run, { steps, repeatable }: OrderPlan): Promise<Outcome> {
    for (;;) {
      const outcome = await this.#take(run, steps);
      if (outcome !== 'lost' || !repeatable || run.ended) return outcome;
      const next = await this.#nextConnection(run);
      if (!next) return 'lost';
      run.exchange = next;
    }
  }

  /** Steps without a limit of time and without a release of their own; true where all of them succeeded. */
  async resync(steps: readonly OrderStep[], exchange: OpenExchange): Promise<boolean> {
    const run = this.#begin({
      slot: 'barrier',
      plan: { steps, release: [] },
      exchange,
      notAfterMonotonicMs: Number.POSITIVE_INFINITY,
    });
    return (await this.#take(run, steps)) === 'accepted';
  }

  /** A connection is ready: what waits to be written once more is. */
  connected(exchange: OpenExchange): void {
    for (const [run, resolve] of [...this.#awaitingConnection]) {
      this.#awaitingConnection.delete(run);
      this.#cancelTimer(run);
      resolve(exchange);
    }
  }

  /** Pauses end at once; what follows them finds the connection gone. */
  lost(): void {
    for (const run of this.#runs.values()) this.#endWait(run);
  }

  /** Ends what runs and resolves when it is released. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const runs = [...this.#runs.values()];
    for (const run of runs) this.#end(run);
    await Promise.all(runs.map((run) => this.#release(run)));
  }

  #supersede(slot: OrderSlot): void {
    const before = this.#runs.get(slot);
    // Its off is asked for before the newer order's on, and requests keep their order.
    if (before) this.#giveUp(before);
  }

  #giveUp(run: Run): void {
    this.#end(run);
    this.#release(run).catch(() => undefined);
  }

  #end(run: Run): void {
    run.ended = true;
    this.#endWait(run);
    const resolve = this.#awaitingConnection.get(run);
    this.#awaitingConnection.delete(run);
    resolve?.(undefined);
  }

  async #release(run: Run): Promise<void> {
    const { release } = run.order.plan;
    if (run.released || release.length === 0) return;
    run.released = true;
    const releasing: Run = { ...this.#begin(run.order), exchange: run.exchange };
    if ((await this.#take(releasing, release)) === 'accepted') return;
    this.#ports.heart.count('output-not-released');
    this.#ports.unreleased(run.exchange);
  }

  async #take(run: Run, steps: readonly OrderStep[]): Promise<Outcome> {
    for (const step of steps) {
      if (run.ended) return run.acknowledged ? 'accepted' : 'failed';
      const outcome = await this.#step(run, step);
      if (outcome !== 'accepted') return outcome;
    }
    return 'accepted';
  }

  #step(run: Run, step: OrderStep): Promise<Outcome> {
    switch (step.kind) {
      case 'write':
        return this.#write(run, step);
      case 'wait':
        return this.#wait(run, step.ms).then(() => 'accepted');
      case 'prove':
        return this.#prove(run, step);
    }
  }

  async #write(run: Run, step: Extract<OrderStep, { kind: 'write' }>): Promise<Outcome> {
    const { notAfterMonotonicMs } = run.order;
    const result = await run.exchange.request(step.request, {
      priority: 'command',
      ...(!step.always && { notAfterMonotonicMs, isWithdrawn: () => run.ended }),
    });
    if (result.kind === 'reply' || result.failure !== 'expired') run.written = true;
    if (result.kind === 'reply') {
      run.acknowledged = true;
      return 'accepted';
    }
    if (result.failure === 'exception' && step.mayBeRefused) return 'accepted';
    return this.#failed(result);
  }

  #failed({ failure }: Extract<ExchangeResult, { kind: 'failed' }>): Outcome {
    this.#ports.heart.count(failureCode('order', failure));
    if (failure === 'expired') return 'expired';
    return failure === 'exception' ? 'failed' : 'lost';
  }

  async #prove(run: Run, step: Extract<OrderStep, { kind: 'prove' }>): Promise<Outcome> {
    const { heart } = this.#ports;
    const untilMs = heart.ports.clock.now().monotonicMs + step.forMs;
    for (;;) {
      const result = await run.exchange.request(step.request, { priority: 'command' });
      if (result.kind === 'failed') return this.#failed(result);
      const proof = heart.guarded(() =>
        this.#ports.proved(step.id, result.reply, result.receivedAt),
      );
      if (proof) heart.take(proof, result.receivedAt, proof.faults.length === 0);
      if (proof?.verdict === 'done') return 'accepted';
      if (proof?.verdict !== 'pending' || run.ended) return 'failed';
      if (heart.ports.clock.now().monotonicMs >= untilMs) {
        heart.count('order-unproven');
        return 'failed';
      }
      await this.#wait(run, step.everyMs);
    }
  }

  #wait(run: Run, ms: number): Promise<void> {
    return new Promise((resolve) => {
      run.endWait = resolve;
      this.#ports.heart.ports.timers.start(this.#timerId(run), ms, resolve);
    });
  }

  #endWait(run: Run): void {
    this.#cancelTimer(run);
    run.endWait?.();
    run.endWait = undefined;
  }

  /** The next connection that is ready within the order's limit. */
  #nextConnection(run: Run): Promise<OpenExchange | undefined> {
    const { clock, timers } = this.#ports.heart.ports;
    const leftMs = run.order.notAfterMonotonicMs - clock.now().monotonicMs;
    if (this.#stopped || leftMs <= 0) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#awaitingConnection.set(run, resolve);
      timers.start(this.#timerId(run), leftMs, () => {
        this.#awaitingConnection.delete(run);
        resolve(undefined);
      });
    });
  }

  #cancelTimer(run: Run): void {
    this.#ports.heart.ports.timers.cancel(this.#timerId(run));
  }

  #timerId(run: Run): string {
    return this.#ports.heart.timerId(`order-${run.number}`);
  }
}

/** `modbus-foreign-reply` of `foreignReply`. */
export function failureCode(what: 'modbus' | 'order', failure: ExchangeFailure): string {
  return `${what}-${failure.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
