/** What a Modbus line needs of a framing: requests made into bytes, and bytes told apart into replies. */
import type { ModbusRequest } from '../../driver-kit/contract.ts';

export interface Asked {
  readonly unit: number;
  readonly request: ModbusRequest;
}

export type Heard =
  /** The reply to the request in flight: unit, PDU and check, as a serial line carries it. */
  | { readonly kind: 'answer'; readonly frame: Uint8Array }
  /** A gateway says in the unit's place that the unit did not answer; framed alike. */
  | { readonly kind: 'unreached'; readonly frame: Uint8Array }
  /** The reply to a request that was given up `afterMs` before. */
  | { readonly kind: 'late'; readonly unit: number; readonly afterMs: number }
  /** A whole frame that belongs to none of our requests. */
  | { readonly kind: 'foreign'; readonly detail: string }
  /** No frame. Nothing is heard any more until `settled`. */
  | { readonly kind: 'corrupt'; readonly detail: string }
  /** The line cannot be used as it is; `code` stands in the fault table. */
  | { readonly kind: 'unusable'; readonly code: string; readonly detail: string };

export interface Wire {
  /** A new stream: nothing of the old one is left, but what units owe is still owed. */
  opened(): void;
  /** A read that must be answered before `asked` may go out; undefined where it may. */
  fence(asked: Asked, nowMs: number): ModbusRequest | undefined;
  /** Bytes of the request, which is in flight from now on. */
  ask(asked: Asked, nowMs: number): Uint8Array;
  /** The request in flight is given up; its reply may still come. */
  giveUp(): void;
  heard(bytes: Uint8Array, nowMs: number): readonly Heard[];
  /** The line has been quiet: what came in half does not go on. */
  settled(): void;
}
