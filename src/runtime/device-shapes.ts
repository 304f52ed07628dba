/** Two ways a device talks: a stream of bytes, and posts we answer. The third stands in `exchange-device.ts`. */
import type { Instant } from '../core/time.ts';
import type {
  DisplayNotice,
  DriverManifest,
  LatePicture,
  PushAnswer,
  PushRequest,
  SessionOutput,
  StreamSession,
} from '../driver-kit/contract.ts';
import type { OpenStream, PushListener, StreamTransport } from '../ports/transport.ts';
import type { DeviceHeart, OrderResult, RunningDevice } from './device.ts';
import { takePictures, withPictures } from './evidence-pictures.ts';

export type Manifest<Shape> = Extract<DriverManifest, { shape: Shape }>;

export class StreamDevice implements RunningDevice {
  readonly heart: DeviceHeart;
  readonly #transport: StreamTransport;
  readonly #manifest: Manifest<'stream'>;
  #stream: OpenStream | undefined;
  #session: StreamSession | undefined;
  /** For a session that comes: what was to be seen when there was none. */
  #notice: DisplayNotice | undefined;

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
      this.#send(this.heart.guarded(() => session.opened(now, stream.nonce))?.send ?? []);
      if (this.#notice) this.show(this.#notice);
      this.#tickLater();
    } catch (error) {
      this.#lost(codeOf(error), messageOf(error), retryAfterOf(error));
      throw error;
    }
  }

  #lost(code: string, detail: string, notBeforeMs = 0): void {
    this.#stream = undefined;
    this.#session = undefined;
    this.heart.ports.timers.cancel(this.heart.timerId('tick'));
    const again = () => {
      this.#open().catch(() => undefined);
    };
    this.heart.failed(code, detail, again, notBeforeMs);
  }

  #tickLater(): void {
    const session = this.#session;
    if (!session || this.heart.isStopped) return;
    this.heart.ports.timers.start(this.heart.timerId('tick'), session.tickMs, () => {
      const now = this.heart.ports.clock.now();
      const output = this.heart.guarded(() => session.tick(now));
      if (output) this.#carryOut(output, now, (output.goodMessages ?? 0) > 0);
      this.#tickLater();
    });
  }

  #carryOut(output: SessionOutput, at: Instant, good: boolean): void {
    this.heart.take(output, at, good);
    this.#send(output.send);
    for (const picture of output.latePictures ?? []) this.#picture(picture, at);
    const stream = this.#stream;
    if (!output.hangUp || !stream) return;
    this.#lost(output.hangUp.code, output.hangUp.detail);
    stream.close();
  }

  /** Pictures follow their reading; evidence never waits for them. */
  #picture({ readingAt, deviceEventId, ...picture }: LatePicture, receivedAt: Instant): void {
    const { pictured } = this.heart.ports;
    if (!pictured) return;
    const reading = { readingAt, ...(deviceEventId !== undefined && { deviceEventId }) };
    const { deviceId } = this.heart.settings;
    for (const taken of takePictures(this.heart, [picture], { ...reading, receivedAt })) {
      pictured({ ...reading, deviceId, picture: taken });
    }
  }

  #send(messages: readonly Uint8Array[]): void {
    for (const bytes of messages) this.#stream?.write(bytes);
  }

  show(notice: DisplayNotice): void {
    this.#notice = notice;
    const session = this.#session;
    if (!session || !this.#stream || this.heart.isStopped) return;
    const now = this.heart.ports.clock.now();
    const output = this.heart.guarded(() => session.show?.(notice, now));
    if (output) this.#carryOut(output, now, (output.goodMessages ?? 0) > 0);
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

function retryAfterOf(error: unknown): number {
  const { retryAfterMs } = (error ?? {}) as { retryAfterMs?: unknown };
  return typeof retryAfterMs === 'number' ? retryAfterMs : 0;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
