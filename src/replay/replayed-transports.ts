/**
 * Transports that hear what a recording heard, at its times, and answer nothing of their own. What a device is
 * sent goes nowhere; it is noted for comparison.
 */
import type { Instant } from '../core/time.ts';
import type { PushAnswer, PushRequest } from '../driver-kit/contract.ts';
import type { RecordedEntry, RecordedEvent } from '../ports/recording.ts';
import {
  type ExchangeTransport,
  type NotificationEvents,
  type NotificationTransport,
  type OpenExchange,
  type OpenStream,
  type PushListener,
  type StreamEvents,
  type StreamTransport,
  TransportError,
} from '../ports/transport.ts';
import { RecordedExchanges } from './recorded-exchanges.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One device's part of a replay. */
export interface ReplayedDevice {
  /** An entry of this device, at its time. */
  play(event: RecordedEvent, at: Instant): void;
}

/** What a device opens: it waits for the recording to tell how the try ended. */
class Opening<T> {
  #pending: { resolve: (opened: T) => void; reject: (error: Error) => void } | undefined;
  #opened: T | undefined;
  /** The line of the recording is open. */
  #isThere = false;
  #nonce = 0;
  readonly #make: (nonce: number) => T;

  constructor(make: (nonce: number) => T) {
    this.#make = make;
  }

  get isOpen(): boolean {
    return this.#opened !== undefined;
  }

  ask(): Promise<T> {
    this.#opened = undefined;
    return new Promise<T>((resolve, reject) => {
      this.#pending = { resolve, reject };
      if (this.#isThere) this.#succeed();
    });
  }

  #succeed(): void {
    const pending = this.#pending;
    if (!pending) return;
    this.#pending = undefined;
    this.#opened = this.#make(this.#nonce);
    pending.resolve(this.#opened);
  }

  /** Whether the end must be told to who holds the line. */
  play(event: RecordedEvent): boolean {
    switch (event.kind) {
      case 'opened':
        this.#isThere = true;
        this.#nonce = event.nonce ?? 0;
        this.#succeed();
        return false;
      case 'openFailed':
        this.#isThere = false;
        this.#pending?.reject(new TransportError(event.code, event.detail));
        this.#pending = undefined;
        return false;
      case 'closed': {
        const wasOpen = this.isOpen;
        this.#isThere = false;
        this.#opened = undefined;
        return wasOpen;
      }
      case 'hungUp':
        this.#isThere = false;
        return false;
      default:
        return false;
    }
  }

  givenUp(): void {
    this.#opened = undefined;
  }
}

export class ReplayedStream implements StreamTransport, ReplayedDevice {
  readonly #opening: Opening<OpenStream>;
  #events: StreamEvents | undefined;

  constructor() {
    this.#opening = new Opening<OpenStream>((nonce) => ({
      nonce,
      write: () => undefined,
      close: () => this.#opening.givenUp(),
    }));
  }

  open(events: StreamEvents): Promise<OpenStream> {
    this.#events = events;
    return this.#opening.ask();
  }

  play(event: RecordedEvent, at: Instant): void {
    const isLost = this.#opening.play(event);
    if (event.kind === 'closed' && isLost) this.#events?.closed(event.code, event.detail);
    if (event.kind === 'received') this.#events?.received({ bytes: event.bytes, receivedAt: at });
  }
}

export class ReplayedExchange implements ExchangeTransport, ReplayedDevice {
  readonly #opening: Opening<OpenExchange>;
  #closed: ((code: string, detail: string) => void) | undefined;
  readonly exchanges: RecordedExchanges;

  constructor(deviceId: string, entries: readonly RecordedEntry[], time: VirtualTime) {
    this.exchanges = new RecordedExchanges(deviceId, entries, time);
    this.#opening = new Opening<OpenExchange>(() => ({
      request: (request) => this.exchanges.answer(request),
      close: () => this.#opening.givenUp(),
    }));
  }

  open(_unit: number, closed: (code: string, detail: string) => void): Promise<OpenExchange> {
    this.#closed = closed;
    return this.#opening.ask();
  }

  play(event: RecordedEvent): void {
    const isLost = this.#opening.play(event);
    if (event.kind === 'closed' && isLost) this.#closed?.(event.code, event.detail);
  }
}

export class ReplayedPush implements PushListener, ReplayedDevice {
  #answer: ((request: PushRequest) => PushAnswer) | undefined;
  #path = '';

  register(path: string, _session: unknown, answer: (request: PushRequest) => PushAnswer): void {
    this.#path = path;
    this.#answer = answer;
  }

  play(event: RecordedEvent, at: Instant): void {
    if (event.kind !== 'posted') return;
    const { contentType, body = new Uint8Array() } = event;
    const request = { method: 'POST', path: this.#path, contentType, headers: {}, body };
    this.#answer?.({ ...request, receivedAt: at });
  }
}

export class ReplayedNotifications implements NotificationTransport, ReplayedDevice {
  #events: NotificationEvents | undefined;

  async start(events: NotificationEvents): Promise<void> {
    this.#events = events;
  }

  snapshot(): Promise<never> {
    return Promise.reject(new Error('a recording has no pictures'));
  }

  stop(): void {
    this.#events = undefined;
  }

  play(event: RecordedEvent, at: Instant): void {
    if (event.kind === 'opened') this.#events?.opened();
    if (event.kind === 'fetched') this.#events?.answered(at, event.notifications);
    if (event.kind === 'faulted') this.#events?.faulted(event.code, event.detail);
    if (event.kind === 'lost') this.#events?.lost(event.code, event.detail, 0);
  }
}
