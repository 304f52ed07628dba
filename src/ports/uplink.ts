/**
 * A connection to the centre's broker. One object is one connection: after `closed` it is thrown away with
 * everything in flight, and a new one is made.
 */
export interface UplinkMessage {
  readonly topic: string;
  readonly payload: Uint8Array | string;
  readonly retained: boolean;
  readonly duplicate: boolean;
}

export interface UplinkConnection {
  /** Largest number of unacknowledged QoS 1 messages the broker accepts (MQTT 5 Receive Maximum; 65535 before). */
  readonly receiveMaximum: number;
  /** QoS 1; `done` reports the broker's PUBACK or its refusal. PUBACK is not delivery. */
  publish(
    message: { topic: string; payload: string; retain: boolean; contentType?: string },
    done: (refused?: string) => void,
  ): void;
  /** Gives up the connection at once. */
  discard(): void;
}

export interface UplinkEvents {
  message(message: UplinkMessage): void;
  closed(reason: string): void;
}

export interface Uplink {
  /** Resolves when connected and subscribed; rejects with the reason. Never hangs beyond `timeoutMs`. */
  connect(
    options: {
      timeoutMs: number;
      subscriptions: readonly string[];
      will: { topic: string; payload: string };
    },
    events: UplinkEvents,
  ): Promise<UplinkConnection>;
}
