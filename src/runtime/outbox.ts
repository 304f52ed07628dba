/**
 * Brings every journal entry to the centre. The rules are in `core/journal/delivery`; here they are carried
 * out over a broker that may be absent, refuse, stall or die.
 */
import {
  type DeliveryEffect,
  type DeliveryInput,
  type DeliveryState,
  deliveryAtStart,
  stepDelivery,
} from '../core/journal/delivery.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { Timers } from '../ports/timers.ts';
import type { Uplink, UplinkConnection, UplinkMessage } from '../ports/uplink.ts';

export interface OutboxOptions {
  readonly siteId: string;
  readonly gateId: string;
  readonly ledger: Pick<
    Ledger,
    | 'epoch'
    | 'head'
    | 'entriesAfter'
    | 'prunedThrough'
    | 'acknowledgedThrough'
    | 'acknowledge'
    | 'latestCheckpoint'
  >;
  readonly uplink: Uplink;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: () => number;
  /** Names this run of the daemon in will and status. */
  readonly session: string;
  readonly log: (
    level: 'info' | 'warn' | 'error',
    message: string,
    detail: Readonly<Record<string, unknown>>,
  ) => void;
  readonly onChange?: () => void;
  /** Absent where nobody may command this gate: then the topic of commands is not subscribed. */
  readonly onCommand?: (message: UplinkMessage) => void;
}

export interface OutboxStanding {
  readonly connected: boolean;
  readonly unacknowledged: number;
  readonly acknowledged: number;
  readonly oldestUnacknowledgedAgeMs?: number;
}

const connectTimeoutMs = 10_000;
const firstDelayMs = 1_000;
const lastDelayMs = 60_000;
const steadyMs = 60_000;
const tickMs = 1_000;
const stallMs = 15_000;
const drainLookMs = 20;
const contentType = 'application/cloudevents+json; charset=utf-8';

export class Outbox {
  readonly #o: OutboxOptions;
  readonly #topic: string;
  #state: DeliveryState;
  #connection: UplinkConnection | undefined;
  #connectedAtMs = 0;
  #tries = 0;
  #stopped = false;
  #waitingSinceMs: number | undefined;
  #checkpointSent: string | undefined;
  /** A loss that goes on for the same reason is told once. */
  #lossTold: string | undefined;

  constructor(options: OutboxOptions) {
    this.#o = options;
    this.#topic = `kakou/v1/${options.siteId}/${options.gateId}`;
    const { ledger } = options;
    this.#state = deliveryAtStart(
      ledger.epoch,
      ledger.acknowledgedThrough(),
      ledger.head().sequence,
    );
    if (this.#state.acknowledged < this.#state.head)
      this.#waitingSinceMs = options.clock.now().monotonicMs;
  }

  start(): void {
    this.#tick();
    this.#connect();
  }

  /** New entries were committed. */
  appended(): void {
    const head = this.#o.ledger.head().sequence;
    this.#take({ kind: 'appended', head, nowMs: this.#nowMs() });
  }

  /** A hint of the lane's present state for screens; lost where there is no connection. */
  publishLive(laneId: string, view: unknown): void {
    this.#connection?.publish(
      {
        topic: `${this.#topic}/live/${laneId}`,
        payload: JSON.stringify(view),
        retain: false,
        qos: 0,
      },
      () => undefined,
    );
  }

  standing(): OutboxStanding {
    const unacknowledged = this.#state.head - this.#state.acknowledged;
    return {
      connected: this.#connection !== undefined,
      unacknowledged,
      acknowledged: this.#state.acknowledged,
      ...(unacknowledged > 0 &&
        this.#waitingSinceMs !== undefined && {
          oldestUnacknowledgedAgeMs: Math.round(this.#nowMs() - this.#waitingSinceMs),
        }),
    };
  }

  /** Lets what is on its way be acknowledged and says goodbye, where it can; takes `deadlineMs` at most. */
  async stop(deadlineMs: number): Promise<void> {
    const untilMs = this.#nowMs() + deadlineMs;
    if (this.#connection) await this.#acknowledged(untilMs);
    this.#stopped = true;
    this.#o.timers.cancel('outbox/tick');
    this.#o.timers.cancel('outbox/retry');
    const connection = this.#connection;
    if (!connection) return;
    await new Promise<void>((resolve) => {
      this.#o.timers.start('outbox/goodbye', Math.max(0, untilMs - this.#nowMs()), resolve);
      connection.publish(this.#status('stopped'), () => resolve());
    });
    this.#o.timers.cancel('outbox/goodbye');
    connection.discard();
    this.#connection = undefined;
  }

  #acknowledged(untilMs: number): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        const isDone = this.#state.acknowledged === this.#state.head || this.#nowMs() >= untilMs;
        if (isDone) resolve();
        else this.#o.timers.start('outbox/drain', drainLookMs, look);
      };
      look();
    });
  }

  #nowMs(): number {
    return this.#o.clock.now().monotonicMs;
  }

  #status(state: 'online' | 'offline' | 'stopped') {
    const payload = JSON.stringify({
      state,
      session: this.#o.session,
      epoch: this.#o.ledger.epoch,
    });
    return { topic: `${this.#topic}/status`, payload, retain: true, qos: 1 as const };
  }

  #connect(): void {
    if (this.#stopped) return;
    const subscriptions = ['ack', 'resend', ...(this.#o.onCommand ? ['command'] : [])].map(
      (what) => `${this.#topic}/${what}`,
    );
    const will = this.#status('offline');
    // Messages may come before `connect` has resolved: the retained acknowledgement does.
    const events = {
      message: (message: UplinkMessage) => this.#hear(message),
      closed: (reason: string) => this.#lost(reason),
    };
    this.#o.uplink.connect({ timeoutMs: connectTimeoutMs, subscriptions, will }, events).then(
      (connection) => this.#connected(connection),
      (error: unknown) => this.#lost(error instanceof Error ? error.message : String(error)),
    );
  }

  #connected(connection: UplinkConnection): void {
    if (this.#stopped) return connection.discard();
    this.#connection = connection;
    this.#connectedAtMs = this.#nowMs();
    this.#checkpointSent = undefined;
    this.#o.log('info', 'uplink connected', { receiveMaximum: connection.receiveMaximum });
    connection.publish(this.#status('online'), () => undefined);
    this.#take({
      kind: 'connected',
      receiveMaximum: connection.receiveMaximum,
      nowMs: this.#nowMs(),
    });
  }

  #lost(reason: string): void {
    const wasConnected = this.#connection !== undefined;
    if (wasConnected && this.#nowMs() - this.#connectedAtMs >= steadyMs) this.#tries = 0;
    this.#connection = undefined;
    if (this.#stopped) return;
    // Full jitter: two hundred gates that lost one broker must not come back in one moment.
    const ceilingMs = Math.min(lastDelayMs, firstDelayMs * 2 ** this.#tries);
    this.#tries = Math.min(this.#tries + 1, 16);
    const delayMs = this.#o.random() * ceilingMs;
    if (wasConnected || reason !== this.#lossTold) this.#o.log('warn', 'uplink lost', { reason });
    this.#lossTold = reason;
    this.#take({ kind: 'closed' });
    this.#o.timers.start('outbox/retry', delayMs, () => this.#connect());
  }

  #tick(): void {
    if (this.#stopped) return;
    this.#take({ kind: 'tick', nowMs: this.#nowMs() });
    this.#publishCheckpoint();
    this.#o.timers.start('outbox/tick', tickMs, () => this.#tick());
  }

  #publishCheckpoint(): void {
    const note = this.#o.ledger.latestCheckpoint();
    if (note === undefined || note === this.#checkpointSent || !this.#connection) return;
    this.#checkpointSent = note;
    this.#connection.publish(
      { topic: `${this.#topic}/checkpoint`, payload: note, retain: true, qos: 1 },
      (refused) => {
        if (refused !== undefined) this.#checkpointSent = undefined;
      },
    );
  }

  #hear(heard: UplinkMessage): void {
    const { topic, payload } = heard;
    if (topic.endsWith('/command')) return this.#o.onCommand?.(heard);
    const message = parsed(payload);
    if (!message)
      return this.#o.log('warn', 'an unreadable message of the centre was ignored', { topic });
    const { epoch, through, head, from } = message;
    const nowMs = this.#nowMs();
    if (topic.endsWith('/ack') && isCount(through)) {
      if (epoch === this.#state.epoch && !this.#agrees(through, head)) {
        return this.#o.log(
          'error',
          'uplink-fork: the centre acknowledges other bytes than were written',
          { through, head },
        );
      }
      return this.#take({ kind: 'centreCommitted', epoch: String(epoch), through, nowMs });
    }
    if (topic.endsWith('/resend') && isCount(from) && !this.#isPruned(epoch, from))
      this.#take({ kind: 'centreAsks', epoch: String(epoch), from, nowMs });
  }

  /** The centre names the hash it holds at the place it acknowledges. */
  #agrees(through: number, head: unknown): boolean {
    if (through === 0 || through > this.#state.head) return true;
    return this.#o.ledger.entriesAfter(through - 1, 1)[0]?.hash === head;
  }

  /** It has acknowledged what it now asks for; the body is gone, and no other bytes are sent in its place. */
  #isPruned(epoch: unknown, from: number): boolean {
    if (epoch !== this.#state.epoch || from < 1) return false;
    const prunedThrough = this.#o.ledger.prunedThrough();
    if (from > prunedThrough) return false;
    const code = 'uplink-resend-pruned';
    const detail = { code, from, prunedThrough };
    this.#o.log('error', 'the centre asks for entries that were pruned', detail);
    return true;
  }

  #take(input: DeliveryInput): void {
    const step = stepDelivery(this.#state, input, { stallMs });
    this.#state = step.state;
    for (const effect of step.effects) this.#carryOut(effect);
    this.#noteWaiting();
  }

  #noteWaiting(): void {
    if (this.#state.acknowledged === this.#state.head) this.#waitingSinceMs = undefined;
    else this.#waitingSinceMs ??= this.#nowMs();
    this.#o.onChange?.();
  }

  #carryOut(effect: DeliveryEffect): void {
    switch (effect.kind) {
      case 'send':
        return this.#send(effect.from, effect.through);
      case 'moveCursor':
        return this.#moveCursor(effect.through);
      case 'discardConnection':
        this.#connection?.discard();
        return this.#lost(effect.reason);
      case 'suspect':
        return this.#o.log('error', 'uplink-fork', { reason: effect.reason });
    }
  }

  /** A cursor that cannot be written is no reason to stop: after a restart the entries behind it are sent again. */
  #moveCursor(through: number): void {
    this.#waitingSinceMs = undefined;
    const failure = this.#o.ledger.acknowledge(through);
    if (!failure) return;
    const { code, detail } = failure;
    this.#o.log('warn', 'what was delivered could not be noted down', { through, code, detail });
  }

  #send(from: number, through: number): void {
    const connection = this.#connection;
    if (!connection) return;
    for (const { sequence, entry } of this.#o.ledger.entriesAfter(from - 1, through - from + 1)) {
      const publication = {
        topic: `${this.#topic}/event`,
        payload: entry,
        retain: false,
        qos: 1 as const,
        contentType,
      };
      connection.publish(publication, (refused) => {
        // An answer of a connection that was given up says nothing about this one.
        if (this.#connection !== connection) return;
        if (refused === undefined)
          this.#take({ kind: 'brokerTook', sequence, nowMs: this.#nowMs() });
        else this.#take({ kind: 'brokerRefused', sequence, reason: refused });
      });
    }
  }
}

function parsed(payload: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(payload).toString('utf8'));
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
