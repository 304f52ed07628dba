/** Two ways a device talks: a stream of bytes, and posts we answer. The third stands in `exchange-device.ts`. */
import type { Instant } from '../core/time.ts';
import type {
  DriverManifest,
  PushAnswer,
  PushRequest,
  SessionOutput,
  StreamSession,
} from '../driver-kit/contract.ts';
import type { OpenStream, PushListener, StreamTransport } from '../ports/transport.ts';
import type { DeviceHeart, OrderResult, RunningDevice } from './device.ts';
import { withPictures } from './evidence-pictures.ts';

export type Manifest<Shape> = Extract<DriverManifest, { shape: Shape }>;

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
    this.#session = session;
    // What comes from a stream that was given up, its end too, is nobody's any more.
    const isCurrent = () => this.#session === session;
    try {
      const stream = await this.#transport.open({
        received: (chunk) => {
          if (!isCurrent()) return;
          const output = this.heart.guarded(() => session.received(chunk));
          if (output) this.#carryOut(output, chunk.receivedAt, (output.goodMessages ?? 0) > 0);
        },
        closed: (code, detail) => {
          if (isCurrent()) this.#lost(code, detail);
        },
      });
      if (this.heart.isStopped || !isCurrent()) return stream.close();
      this.#stream = stream;
      this.heart.opened();
      const now = this.heart.ports.clock.now();
      this.#send(this.heart.guarded(() => session.opened(now))?.send ?? []);
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
      if (output) this.#carryOut(output, now, false);
      this.#tickLater();
    });
  }

  #carryOut(output: SessionOutput, at: Instant, good: boolean): void {
    this.heart.take(output, at, good);
    this.#send(output.send);
    const stream = this.#stream;
    if (!output.hangUp || !stream) return;
    this.#lost(output.hangUp.code, output.hangUp.detail);
    stream.close();
  }

  #send(messages: readonly Uint8Array[]): void {
    for (const bytes of messages) this.#stream?.write(bytes);
  }

  async order(): Promise<OrderResult> {
    return 'failed';
  }

  stop(): void {
    this.heart.stop();
    this.#send(this.heart.guarded(() => this.#session?.closing?.()) ?? []);
    this.#stream?.close();
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
    const told = withPictures(this.heart, answer, request.receivedAt);
    this.heart.take(told, request.receivedAt, answer.status < 400);
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

export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'port-absent';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
