/** What the device supervisor needs of the outside: streams, exchanges, posts it answers, messages it fetches. */

import type { Instant } from '../core/time.ts';
import type {
  Chunk,
  DeviceNotification,
  ExchangeFailure,
  ModbusReply,
  ModbusRequest,
  Picture,
  PushAnswer,
  PushRequest,
  PushSession,
} from '../driver-kit/contract.ts';

export interface StreamEvents {
  received(chunk: Chunk): void;
  /** The stream is over; the object is never used again. */
  closed(code: string, detail: string): void;
}

export interface OpenStream {
  /** Tells this opening from others, as far as chance can; from 0, below 2^31. A replay gives the recorded one. */
  readonly nonce: number;
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Why a transport could not be opened; `code` stands in the fault table. */
export class TransportError extends Error {
  readonly code: string;
  /** The next try must wait at least so long, ms: the device would take an earlier one amiss. */
  readonly retryAfterMs: number;

  constructor(code: string, message: string, cause?: unknown, retryAfterMs = 0) {
    super(message, { cause });
    this.name = 'TransportError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface StreamTransport {
  /** A new stream each time, so that no byte meant for an earlier one is ever sent on it. */
  open(events: StreamEvents): Promise<OpenStream>;
}

export type ExchangeResult =
  | { readonly kind: 'reply'; readonly reply: ModbusReply; readonly receivedAt: Instant }
  | {
      readonly kind: 'failed';
      readonly failure: ExchangeFailure;
      readonly detail: string;
      /** Modbus exception code, where the device answered with one. */
      readonly exceptionCode?: number;
    };

export interface ExchangeOptions {
  /** Commands go before polls that wait. */
  readonly priority: 'command' | 'poll';
  /** After this moment of the monotonic clock the request is not written any more. */
  readonly notAfterMonotonicMs?: number;
  /** Asked when the request would be written: what has been taken back by then is not. */
  readonly isWithdrawn?: () => boolean;
}

export interface OpenExchange {
  request(request: ModbusRequest, options: ExchangeOptions): Promise<ExchangeResult>;
  close(): void;
}

/** A line or a connection; several units of it may be opened, each once. */
export interface ExchangeTransport {
  open(unit: number, closed: (code: string, detail: string) => void): Promise<OpenExchange>;
}

/** Where devices post to us. */
export interface PushListener {
  register(
    path: string,
    session: Pick<PushSession, 'bodyBytesMax' | 'contentTypes'>,
    answer: (request: PushRequest) => PushAnswer,
  ): void;
}

/** What a transport that fetches a device's messages tells meanwhile. */
export interface NotificationEvents {
  /** The device is connected, or connected anew. */
  opened(): void;
  /** The device answered a fetch, with messages or without: it is alive. */
  answered(at: Instant, notifications: readonly DeviceNotification[]): void;
  /** Something went wrong that the transport gets over by itself. */
  faulted(code: string, detail: string): void;
  /** The device is out of reach until the next answer; the transport tries again after `retryMs`. */
  lost(code: string, detail: string, retryMs: number): void;
}

export interface NotificationTransport {
  /** Rejects where the first try to reach the device failed; it goes on trying until it is stopped. */
  start(events: NotificationEvents): Promise<void>;
  /** A still picture of this moment; rejects with the reason where there is none. */
  snapshot(): Promise<Picture>;
  stop(): void;
}
