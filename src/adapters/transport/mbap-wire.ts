/**
 * Modbus TCP (MODBUS Messaging on TCP/IP V1.0b). A reply bears the transaction id of its request, so a late one
 * is known and passed over. Not everything that speaks Modbus TCP keeps to it: some gateways answer with id 0
 * or with any. They are told by name, and can be used with ids ignored, as a serial line without ids is.
 * Behind a gateway the ids protect only the way to it: on its serial line a late reply can still be taken for
 * the next one, so there the form of the reply must not be owed either.
 */
import type { ModbusRequest } from '../../driver-kit/contract.ts';
import { requestFrame } from './modbus-codec.ts';
import type { Asked, Heard, Wire } from './modbus-wire.ts';
import {
  expectedShape,
  fenceFor,
  type OwedReplies,
  type OwedReply,
  refusedFunction,
} from './reply-shape.ts';
import { isReplyTo, rtuCheck } from './rtu-wire.ts';

export interface MbapOptions {
  readonly transactionIds: 'checked' | 'ignored';
  /** Where late replies may hide behind right ids: at a gateway, or where ids are ignored. */
  readonly owed?: OwedReplies;
}

interface InFlight extends Asked {
  readonly transaction: number;
  readonly owed: OwedReply;
}

const headerLength = 7;
/** Unit byte and PDU of at most 253 bytes. */
const lengthMax = 254;
/** Ids of requests that were given up and are still known. */
const givenUpMax = 256;

export class MbapWire implements Wire {
  readonly #ids: MbapOptions['transactionIds'];
  readonly #owed: OwedReplies | undefined;
  readonly #givenUp = new Map<number, InFlight>();
  #transaction = 0;
  #buffer: Uint8Array = new Uint8Array(0);
  #inFlight: InFlight | undefined;
  /** Bytes of a message that had begun when the request went out: it cannot be the answer. */
  #begunBefore = 0;

  constructor({ transactionIds, owed }: MbapOptions) {
    this.#ids = transactionIds;
    this.#owed = owed;
  }

  opened(): void {
    this.#buffer = new Uint8Array(0);
    this.#begunBefore = 0;
    this.#inFlight = undefined;
    this.#givenUp.clear();
  }

  fence({ unit, request }: Asked, nowMs: number): ModbusRequest | undefined {
    return this.#owed?.owes(unit, expectedShape(request), nowMs) ? fenceFor(request) : undefined;
  }

  ask({ unit, request }: Asked, nowMs: number): Uint8Array {
    this.#transaction = (this.#transaction % 0xffff) + 1;
    const shape = expectedShape(request);
    const owed = { shape, function: request.function, askedAtMs: nowMs };
    this.#inFlight = { unit, request, transaction: this.#transaction, owed };
    this.#begunBefore = this.#buffer.length;
    const frame = requestFrame(unit, request).subarray(0, -2);
    const message = new Uint8Array(headerLength - 1 + frame.length);
    message.set([this.#transaction >> 8, this.#transaction & 0xff, 0, 0, frame.length >> 8]);
    message[headerLength - 2] = frame.length & 0xff;
    message.set(frame, headerLength - 1);
    return message;
  }

  giveUp(): void {
    const asked = this.#inFlight;
    if (!asked) return;
    this.#inFlight = undefined;
    this.#owed?.add(asked.unit, asked.owed);
    this.#givenUp.set(asked.transaction, asked);
    const [oldest] = this.#givenUp.keys();
    if (oldest !== undefined && this.#givenUp.size > givenUpMax) this.#givenUp.delete(oldest);
  }

  settled(): void {}

  heard(bytes: Uint8Array, nowMs: number): readonly Heard[] {
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    const heard: Heard[] = [];
    while (this.#buffer.length >= headerLength) {
      const length = word(this.#buffer, 4);
      if (word(this.#buffer, 2) !== 0 || length < 2 || length > lengthMax) {
        const detail = `${hex(this.#buffer)} is no Modbus TCP`;
        return [...heard, { kind: 'unusable', code: 'modbus-foreign-reply', detail }];
      }
      if (this.#buffer.length < 6 + length) break;
      const message = this.#buffer.subarray(0, 6 + length);
      this.#buffer = this.#buffer.subarray(6 + length);
      const asked = this.#begunBefore > 0 ? undefined : this.#inFlight;
      this.#begunBefore = 0;
      heard.push(this.#told(message, nowMs, asked));
    }
    return heard;
  }

  #told(message: Uint8Array, nowMs: number, asked: InFlight | undefined): Heard {
    const transaction = word(message, 0);
    const unit = message[6] ?? 0;
    const pdu = message.subarray(headerLength);
    const isRightId = this.#ids === 'ignored' || transaction === asked?.transaction;
    const isReply = asked && unit === asked.unit && isReplyTo(asked.request, pdu);
    if (isReply && isRightId) {
      const frame = checked(message.subarray(6));
      if (this.#owed && isOfGateway(pdu)) return { kind: 'unreached', frame };
      this.#inFlight = undefined;
      this.#owed?.answered(unit, pdu, asked.owed);
      return { kind: 'answer', frame };
    }
    const asking = asked ? `asked was transaction ${asked.transaction}` : 'nothing was asked';
    if (this.#owed && this.#ids === 'checked' && transaction === asked?.transaction) {
      // A gateway has handed what its line brought late to the request that happened to wait.
      this.#owed.late(unit, pdu);
      return { kind: 'foreign', detail: `${hex(message)} is no answer to what was asked` };
    }
    const late = this.#late(transaction, unit, pdu);
    if (late) return { kind: 'late', unit, afterMs: nowMs - late.askedAtMs };
    const detail = isReply
      ? `the answer bears transaction ${transaction}, ${asking}: where a gateway does not repeat the ids, set transactionIds to ignored`
      : `transaction ${transaction} brought ${hex(message)}, ${asking}`;
    return { kind: 'unusable', code: 'modbus-foreign-reply', detail };
  }

  #late(transaction: number, unit: number, pdu: Uint8Array): OwedReply | undefined {
    if (this.#ids === 'ignored') return this.#owed?.late(unit, pdu);
    const given = this.#givenUp.get(transaction);
    if (given?.unit !== unit || !isReplyTo(given.request, pdu)) return undefined;
    this.#givenUp.delete(transaction);
    this.#owed?.late(unit, pdu);
    return given.owed;
  }
}

/** Exceptions 10 and 11: the gateway has no way to the unit, or the unit did not answer it. */
function isOfGateway(pdu: Uint8Array): boolean {
  return refusedFunction(pdu) !== undefined && (pdu[1] === 10 || pdu[1] === 11);
}

/** Unit and PDU with the check that a serial line would have put behind them. */
function checked(unitAndPdu: Uint8Array): Uint8Array {
  const check = rtuCheck(unitAndPdu);
  return Uint8Array.of(...unitAndPdu, check & 0xff, check >> 8);
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 16)).toString('hex');
}
