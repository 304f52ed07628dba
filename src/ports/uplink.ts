/**
 * A connection to the centre's broker. One object is one connection: after `closed` it is thrown away with
 * everything in flight, and a new one is made.
 */
export interface UplinkMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly retained: boolean;
}

export interface Publication {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: 0 | 1;
  readonly contentType?: string;
}

export interface UplinkConnection {
  /** Largest number of unanswered QoS 1 messages the broker takes (MQTT 5 Receive Maximum; 65535 before it). */
  readonly receiveMaximum: number;
  /** `done` reports the broker's PUBACK, or its refusal. PUBACK is not delivery. */
  publish(publication: Publication, done: (refused: string | undefined) => void): void;
  /** Gives the connection up at once; `closed` is not called any more. */
  discard(): void;
}

export interface UplinkEvents {
  message(message: UplinkMessage): void;
  closed(reason: string): void;
}

export interface ConnectOptions {
  readonly timeoutMs: number;
  readonly subscriptions: readonly string[];
  readonly will?: { readonly topic: string; readonly payload: string };
}

export interface Uplink {
  /** Resolves when connected and subscribed; rejects with the reason, at the latest after `timeoutMs`. */
  connect(options: ConnectOptions, events: UplinkEvents): Promise<UplinkConnection>;
}
