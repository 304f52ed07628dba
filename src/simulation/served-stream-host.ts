/**
 * A serial line, a device server, a reader or a stream of alerts of a recording, behind a TCP port: what it said is
 * said at its times, and what it ended is ended. An answer waits for its question. What is written to it is counted
 * and goes nowhere.
 */
import type { Socket } from 'node:net';
import type { ServedChunk, ServedConnection } from '../replay/served-connections.ts';
import { Door } from './door.ts';
import type { ReplayClock } from './replay-clock.ts';
import type { ServedHost } from './served-device.ts';

/** How what is recorded becomes what a daemon of now must hear. */
export interface Wording {
  heard(bytes: Uint8Array): void;
  told(bytes: Uint8Array): Uint8Array;
}

export interface ServedStreamOptions {
  readonly connections: readonly ServedConnection[];
  readonly clock: ReplayClock;
  /** Made for each connection; the bytes as they are where it is left out. */
  readonly wording?: (connection: ServedConnection) => Wording;
  /** Waits for the head of an HTTP request, and answers it with this before anything else. */
  readonly httpHead?: string;
  /** When the replay is over, on the clock of the recording. */
  readonly endMs: number;
}

/** An answer waits so long for its question, ms. */
const questionMs = 1_000;
/** Between two pieces of a beginning that is older than the recording, ms. */
const headGapMs = 20;
/** What was due so long before a connection is past, unless somebody asked for it, ms. */
const pastMs = 100;
const requestBytesMax = 16_384;

interface Caller {
  readonly socket: Socket;
  bytes: number;
  /** The head of its request has come, where one is awaited. */
  isIn: boolean;
  head: string;
}

const asRecorded: Wording = { heard: () => undefined, told: (bytes) => bytes };

export class ServedStreamHost implements ServedHost {
  readonly #options: ServedStreamOptions;
  readonly #door: Door;
  #caller: Caller | undefined;
  #wording: Wording = asRecorded;
  #isHeadSaid = false;
  #missed = 0;
  #unasked = 0;

  private constructor(
    door: (enters: (socket: Socket) => void) => Door,
    options: ServedStreamOptions,
  ) {
    this.#options = options;
    this.#door = door((socket) => this.#enter(socket));
  }

  static async on(options: ServedStreamOptions): Promise<ServedStreamHost> {
    let enter: (socket: Socket) => void = () => undefined;
    const door = await Door.on((socket) => enter(socket));
    return new ServedStreamHost((enters) => {
      enter = enters;
      return door;
    }, options);
  }

  get port(): number {
    return this.#door.port;
  }

  get connections(): number {
    return this.#door.connections;
  }

  get isReady(): boolean {
    return this.#caller?.isIn === true && this.#isHeadSaid;
  }

  notes(): readonly string[] {
    return [
      ...(this.#missed > 0 ? [`${this.#missed} pieces were due while nobody was connected`] : []),
      ...(this.#unasked > 0 ? [`${this.#unasked} answers were given without their question`] : []),
    ];
  }

  async begin(): Promise<void> {
    const [first] = this.#options.connections;
    if (!first || first.fromMs === Number.NEGATIVE_INFINITY) await this.#door.open();
  }

  async play(): Promise<void> {
    const { connections, clock } = this.#options;
    for (const [i, connection] of connections.entries()) {
      if (Number.isFinite(connection.fromMs)) await clock.until(connection.fromMs);
      await this.#door.open();
      const nextMs = connections[i + 1]?.fromMs ?? this.#options.endMs;
      await this.#playOne(connection, Math.min(connection.cutMs, nextMs));
      if (Number.isFinite(connection.cutMs)) await this.#door.shut();
    }
  }

  close(): Promise<void> {
    return this.#door.shut();
  }

  #enter(socket: Socket): void {
    const isIn = this.#options.httpHead === undefined;
    const caller: Caller = { socket, bytes: 0, isIn, head: '' };
    if (isIn) this.#caller = caller;
    socket.on('data', (bytes) => {
      if (!caller.isIn) return this.#asked(caller, bytes);
      caller.bytes += bytes.length;
      if (this.#caller === caller) this.#wording.heard(bytes);
    });
    socket.on('close', () => {
      if (this.#caller === caller) this.#caller = undefined;
    });
  }

  #asked(caller: Caller, bytes: Uint8Array): void {
    caller.head += Buffer.from(bytes).toString('latin1');
    if (caller.head.length > requestBytesMax) caller.socket.destroy();
    if (!caller.head.includes('\r\n\r\n')) return;
    caller.isIn = true;
    caller.socket.write(this.#options.httpHead ?? '');
    this.#caller = caller;
  }

  async #playOne(connection: ServedConnection, untilMs: number): Promise<void> {
    const { clock, wording, httpHead } = this.#options;
    this.#wording = wording?.(connection) ?? asRecorded;
    // Also an answer to a request is heard from its beginning, or it cannot be taken apart.
    const isDialogue = connection.sent.length > 0 || httpHead !== undefined;
    let forgiven = 0;
    await this.#called(untilMs);
    const calledMs = clock.nowMs();
    for (const chunk of connection.chunks) {
      if (chunk.isHead) await clock.wait(headGapMs);
      else {
        this.#isHeadSaid = true;
        await clock.until(Math.min(chunk.atMs, untilMs));
      }
      // A dialogue goes on where it stands; a device that speaks by itself is not heard by who is not there.
      if (isDialogue) await this.#called(untilMs);
      const isPast = !isDialogue && !chunk.isHead && chunk.atMs < calledMs - pastMs;
      if (!this.#caller || isPast) {
        this.#missed += 1;
        continue;
      }
      forgiven = await this.#questioned(chunk, forgiven);
      this.#caller?.socket.write(this.#wording.told(chunk.bytes));
    }
    this.#isHeadSaid = true;
    await clock.until(untilMs);
  }

  /** Waits until somebody is connected, at most until a moment of the recording. */
  async #called(untilMs: number): Promise<void> {
    const { clock } = this.#options;
    while (!this.#caller && clock.nowMs() < untilMs) await clock.wait(5);
  }

  /** Returns how many bytes of questions are not waited for any more. */
  async #questioned({ sentBefore }: ServedChunk, forgiven: number): Promise<number> {
    const { clock } = this.#options;
    const caller = this.#caller;
    const missing = () => sentBefore - forgiven - (caller?.bytes ?? 0);
    for (let waitedMs = 0; missing() > 0 && caller === this.#caller; waitedMs += 5) {
      if (waitedMs >= questionMs) {
        this.#unasked += 1;
        return forgiven + missing();
      }
      await clock.wait(5);
    }
    return forgiven;
  }
}
