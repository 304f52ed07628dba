/** The three ways a device talks: a stream of bytes, an exchange we ask, posts we answer. */
import type {
  DeviceOrder,
  DriverManifest,
  ExchangeFailure,
  ExchangeSession,
  ModbusRequest,
  PollRequest,
  PushAnswer,
  PushRequest,
  StreamSession,
} from '../driver-kit/contract.ts';
import type {
  ExchangeResult,
  ExchangeTransport,
  OpenExchange,
  OpenStream,
  PushListener,
  StreamTransport,
} from '../ports/transport.ts';
import type { DeviceHeart, OrderResult, RunningDevice } from './device.ts';

type Manifest<Shape> = Extract<DriverManifest, { shape: Shape }>;

export class StreamDevice implements RunningDevice {
  readonly heart: DeviceHeart;
  readonly #transport: StreamTransport;
  readonly #manifest: Manifest<'stream'>;
  #stream: OpenStream | undefined;
  #session: StreamSession | undefined;

  constructor(heart: DeviceHeart, manifest: Manifest<'stream'>, transport: StreamTransport) {
    this.heart = heart;
    this.#manifest = manifest;
    this.#transport = transport;
  }

  async start(): Promise<void> {
    this.heart.start();
    await this.#open();
  }

  async #open(): Promise<void> {
    if (this.heart.isStopped) return;
    const session = this.#manifest.session(this.heart.settings);
    let isLost = false;
    try {
      const stream = await this.#transport.open({
        received: (chunk) => {
          const output = this.heart.guarded(() => session.received(chunk));
          if (output) this.heart.take(output, chunk.receivedAt, (output.goodMessages ?? 0) > 0);
        },
        closed: (code, detail) => {
          isLost = true;
          this.#lost(code, detail);
        },
      });
      if (this.heart.isStopped || isLost) return stream.close();
      this.#stream = stream;
      this.#session = session;
      this.heart.opened();
      const now = this.heart.ports.clock.now();
      this.#send(session.opened(now).send);
      this.#tickLater();
    } catch (error) {
      this.#lost(codeOf(error), messageOf(error));
      throw error;
    }
  }

  #lost(code: string, detail: string): void {
    this.#stream = undefined;
    this.#session = undefined;
    this.heart.ports.timers.cancel(this.heart.timerId('tick'));
    this.heart.failed(code, detail, () => {
      this.#open().catch(() => undefined);
    });
  }

  #tickLater(): void {
    const session = this.#session;
    if (!session || this.heart.isStopped) return;
    this.heart.ports.timers.start(this.heart.timerId('tick'), session.tickMs, () => {
      const now = this.heart.ports.clock.now();
      const output = this.heart.guarded(() => session.tick(now));
      if (output) {
        this.heart.take(output, now, false);
        this.#send(output.send);
      }
      this.#tickLater();
    });
  }

  #send(messages: readonly Uint8Array[]): void {
    for (const bytes of messages) this.#stream?.write(bytes);
  }

  async order(): Promise<OrderResult> {
    return 'failed';
  }

  stop(): void {
    this.heart.stop();
    this.#stream?.close();
  }
}

export class ExchangeDevice implements RunningDevice {
  readonly heart: DeviceHeart;
  readonly #transport: ExchangeTransport;
  readonly #session: ExchangeSession;
  #exchange: OpenExchange | undefined;
  /** The newest order of several writes; the next one begins when it has ended. */
  #severalWrites: Promise<OrderResult> = Promise.resolve('accepted');

  constructor(heart: DeviceHeart, manifest: Manifest<'exchange'>, transport: ExchangeTransport) {
    this.heart = heart;
    this.#transport = transport;
    this.#session = manifest.session(heart.settings);
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
      for (const poll of this.#session.polls) this.#poll(poll, exchange);
    } catch (error) {
      this.#lost(codeOf(error), messageOf(error));
      throw error;
    }
  }

  /** Inputs are unknown from here until the module has answered again. */
  #lost(code: string, detail: string): void {
    this.#exchange = undefined;
    this.#unknown();
    this.heart.failed(code, detail, () => {
      this.#open().catch(() => undefined);
    });
  }

  #unknown(): void {
    const now = this.heart.ports.clock.now();
    for (const poll of this.#session.polls) {
      const output = this.heart.guarded(() => this.#session.failed(poll.id, 'disconnected', now));
      if (output) this.heart.take(output, now, false);
    }
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
    const now = this.heart.ports.clock.now();
    const output = this.heart.guarded(() => this.#session.failed(poll.id, result.failure, now));
    if (output) this.heart.take(output, now, false);
  }

  /** An order of one write is begun in this call: nothing is awaited before it. */
  async order(order: DeviceOrder, notAfterMonotonicMs: number): Promise<OrderResult> {
    const exchange = this.#exchange;
    const requests = this.heart.guarded(() => this.#session.order(order)) ?? [];
    if (!exchange || requests.length === 0) return 'failed';
    const write = () => this.#write(exchange, requests, notAfterMonotonicMs);
    if (requests.length === 1) return write();
    // Two orders for the lamps whose writes mingle could leave both lamps on.
    this.#severalWrites = this.#severalWrites.then(write, write);
    return this.#severalWrites;
  }

  async #write(
    exchange: OpenExchange,
    requests: readonly ModbusRequest[],
    notAfterMonotonicMs: number,
  ): Promise<OrderResult> {
    for (const request of requests) {
      const result = await exchange.request(request, { priority: 'command', notAfterMonotonicMs });
      if (result.kind === 'failed') {
        this.heart.count(failureCode('order', result.failure));
        return result.failure === 'expired' ? 'expired' : 'failed';
      }
    }
    return 'accepted';
  }

  stop(): void {
    this.heart.stop();
    for (const poll of this.#session.polls) {
      this.heart.ports.timers.cancel(this.heart.timerId(`poll-${poll.id}`));
    }
    this.#exchange?.close();
    this.#exchange = undefined;
  }
}

export class PushDevice implements RunningDevice {
  readonly heart: DeviceHeart;
  readonly #listener: PushListener;
  readonly #manifest: Manifest<'push'>;
  readonly #path: string;

  constructor(
    heart: DeviceHeart,
    manifest: Manifest<'push'>,
    route: { listener: PushListener; path: string },
  ) {
    this.heart = heart;
    this.#manifest = manifest;
    this.#listener = route.listener;
    this.#path = route.path;
  }

  async start(): Promise<void> {
    this.heart.start();
    const session = this.#manifest.session(this.heart.settings);
    this.#listener.register(this.#path, session, (request) =>
      this.#answer(request, () => session.answer(request)),
    );
  }

  #answer(request: PushRequest, work: () => PushAnswer): PushAnswer {
    const answer = this.heart.guarded(work) ?? crashed;
    this.heart.take(answer, request.receivedAt, answer.status < 400);
    return answer;
  }

  async order(): Promise<OrderResult> {
    return 'failed';
  }

  stop(): void {
    this.heart.stop();
  }
}

const crashed: PushAnswer = {
  status: 500,
  contentType: 'application/problem+json',
  body: '{"type":"about:blank","title":"the message could not be handled","status":500}',
  observations: [],
  faults: [],
  send: [],
};

/** `modbus-foreign-reply` of `foreignReply`. */
function failureCode(what: 'modbus' | 'order', failure: ExchangeFailure): string {
  return `${what}-${failure.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'port-absent';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
