/**
 * The customs gate platform over the socket form of JGS/T 14-2015: a short connection for each question, on which the answer
 * comes back; or, where it is configured, an answer on a connection that the platform itself opens. What arrives is
 * bounded in bytes, time and number of connections. Which question an answer belongs to is not judged here.
 */
import { connect, type Socket } from 'node:net';
import type { PlatformAsked, PlatformQuestion } from '../../core/customs-platform/exchange.ts';
import { captureMessage } from '../../interchange/jgst14/capture-message.ts';
import type { Dialect } from '../../interchange/jgst14/dialect.ts';
import { encodeFrame, type Frame, messageCodes } from '../../interchange/jgst14/frame.ts';
import { Framer } from '../../interchange/jgst14/framer.ts';
import { sequenceTime } from '../../interchange/jgst14/sequence-number.ts';
import { readVerdict } from '../../interchange/jgst14/verdict-message.ts';
import type { Clock } from '../../ports/clock.ts';
import type { GatePlatform, PlatformHeard } from '../../ports/gate-platform.ts';
import { frameBytesMax, messagesMax } from './limits.ts';
import { type ListenerOptions, PlatformListener } from './platform-listener.ts';

export interface SocketPlatformOptions {
  readonly host: string;
  readonly port: number;
  readonly connectWithinMs: number;
  /** A connection is kept open this long for its answer, ms. */
  readonly keepOpenMs: number;
  readonly utcOffsetMinutes: number;
  readonly dialect: Dialect;
  /** Where the platform connects to; absent where it answers on the connection of the question alone. */
  readonly listen?: Pick<ListenerOptions, 'host' | 'port' | 'peers'>;
  readonly numbers: { draw(time: string): string; close(): void };
  readonly clock: Clock;
  readonly log: (level: 'info' | 'warn' | 'error', message: string, detail: object) => void;
}

/** Questions whose connection is open: more than lanes there are none, unless the platform keeps them hanging. */
const connectionsMax = 64;

export class SocketPlatform implements GatePlatform {
  readonly #o: SocketPlatformOptions;
  readonly #open = new Set<Question>();
  readonly #listener: PlatformListener | undefined;
  #hear: (heard: PlatformHeard) => void = () => undefined;
  #isStopped = false;

  constructor(options: SocketPlatformOptions) {
    this.#o = options;
    const { listen, dialect, log } = options;
    const hear = (heard: PlatformHeard) => this.#told(heard);
    this.#listener = listen && new PlatformListener({ ...listen, dialect, log, hear });
  }

  ask(question: PlatformQuestion): PlatformAsked {
    const { numbers, clock, utcOffsetMinutes, dialect, log } = this.#o;
    let bytes: Uint8Array;
    let seqNo: string;
    try {
      seqNo = numbers.draw(sequenceTime(clock.now().wallMs, utcOffsetMinutes));
      const { premises, lane, direction } = question;
      const frame: Frame = {
        code: messageCodes.capture,
        premises,
        lane,
        direction: direction === 'in' ? 'I' : 'E',
        xml: captureMessage(question, seqNo),
        images: [],
      };
      bytes = encodeFrame(frame, dialect);
    } catch (error) {
      log('error', 'the customs gate platform could not be asked', { error: String(error) });
      return { kind: 'failed', code: 'platform-number-unwritten' };
    }
    this.#send(question.lane, seqNo, bytes);
    return { kind: 'asked', seqNo };
  }

  #send(lane: string, seqNo: string, bytes: Uint8Array): void {
    const [oldest] = this.#open;
    if (oldest && this.#open.size >= connectionsMax) oldest.close();
    const asked: Question = new Question({
      ...this.#o,
      bytes,
      // An answer may still come on a connection of the platform's own.
      mayAnswerElsewhere: this.#listener !== undefined,
      hear: (heard) => this.#told(heard),
      failed: (code, detail) => {
        this.#o.log('warn', 'a question to the customs gate platform failed', {
          seqNo,
          code,
          detail,
        });
        this.#told({ kind: 'failed', lane, seqNo, code });
      },
      closed: () => this.#open.delete(asked),
    });
    this.#open.add(asked);
  }

  #told(heard: PlatformHeard): void {
    if (!this.#isStopped) this.#hear(heard);
  }

  start(hear: (heard: PlatformHeard) => void): void {
    this.#hear = hear;
    this.#listener?.start();
  }

  /** Where the platform connects to, once it can; 0 without a listener. */
  listeningPort(): Promise<number> {
    return this.#listener?.port() ?? Promise.resolve(0);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const question of [...this.#open]) question.close();
    await this.#listener?.stop();
    this.#o.numbers.close();
  }
}

interface QuestionOptions
  extends Pick<
    SocketPlatformOptions,
    'host' | 'port' | 'connectWithinMs' | 'keepOpenMs' | 'dialect'
  > {
  readonly bytes: Uint8Array;
  readonly mayAnswerElsewhere: boolean;
  hear(heard: PlatformHeard): void;
  failed(code: string, detail: string): void;
  closed(): void;
}

/** One connection with one question. It fails once, or hears what comes until it is closed. */
class Question {
  readonly #o: QuestionOptions;
  readonly #socket: Socket;
  readonly #framer: Framer;
  readonly #connecting: NodeJS.Timeout;
  readonly #lasting: NodeJS.Timeout;
  #answers = 0;
  #isClosed = false;

  constructor(options: QuestionOptions) {
    const { host, port, connectWithinMs, keepOpenMs, dialect, bytes } = options;
    this.#o = options;
    this.#framer = new Framer(dialect, frameBytesMax);
    this.#socket = connect({ host, port, noDelay: true });
    this.#connecting = setTimeout(
      () => this.#fail('platform-unreachable', `no connection in ${connectWithinMs} ms`),
      connectWithinMs,
    );
    this.#lasting = setTimeout(() => this.close(), keepOpenMs);
    this.#socket.once('connect', () => {
      clearTimeout(this.#connecting);
      this.#socket.write(bytes);
    });
    this.#socket.on('data', (chunk: Buffer) => this.#received(chunk));
    this.#socket.on('error', (error) => this.#fail('platform-unreachable', error.message));
    this.#socket.once('close', () => this.#hungUp());
  }

  #received(chunk: Buffer): void {
    for (const framed of this.#framer.push(chunk)) {
      if (this.#isClosed) return;
      if (framed.kind === 'refused') return this.#fail('platform-answer-unreadable', framed.reason);
      const reading = readVerdict(framed.frame);
      if (reading.kind === 'refused') {
        return this.#fail('platform-answer-unreadable', reading.reason);
      }
      this.#answers += 1;
      this.#o.hear({ kind: 'answered', answer: reading.message });
      if (this.#answers >= messagesMax) return this.close();
    }
  }

  #hungUp(): void {
    if (this.#isClosed) return;
    const cut = this.#framer.end();
    if (cut?.kind === 'refused') return this.#fail('platform-answer-unreadable', cut.reason);
    if (this.#answers > 0 || this.#o.mayAnswerElsewhere) return this.close();
    this.#fail('platform-hung-up', 'it closed the connection without an answer');
  }

  #fail(code: string, detail: string): void {
    if (this.#isClosed) return;
    this.close();
    this.#o.failed(code, detail);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#connecting);
    clearTimeout(this.#lasting);
    this.#socket.destroy();
    this.#o.closed();
  }
}
