/**
 * Modbus RTU (Modbus over Serial Line V1.02) on a stream of bytes. Node does not see the pauses between
 * characters that end a frame, so a frame ends where its own length says, and must then have the right check.
 * After one that has not, nothing is believed until the line has been quiet. A byte that is no unit number
 * before a frame is passed over: half-duplex adapters make one when they turn round.
 *
 * Some adapters hear themselves. The answer to a coil write is the same bytes as its request, so an echo would
 * pass for it: where no echo is expected, no write goes out before a read has been answered on this opening
 * without its echo before it.
 */
import type { ModbusRequest } from '../../driver-kit/contract.ts';
import { requestFrame } from './modbus-codec.ts';
import type { Asked, Heard, Wire } from './modbus-wire.ts';
import {
  expectedShape,
  fenceFor,
  isRead,
  type OwedReplies,
  type OwedReply,
  refusedFunction,
  shapeOf,
} from './reply-shape.ts';

interface InFlight extends Asked {
  readonly frame: Uint8Array;
  readonly owed: OwedReply;
}

export class RtuWire implements Wire {
  readonly #echo: 'none' | 'expect';
  readonly #owed: OwedReplies;
  #buffer: Uint8Array = new Uint8Array(0);
  #inFlight: InFlight | undefined;
  /** Bytes of our own that are still to come back. */
  #echoDue: Uint8Array = new Uint8Array(0);
  #isEchoFree = false;
  #isSpoilt = false;

  constructor({ echo, owed }: { readonly echo: 'none' | 'expect'; readonly owed: OwedReplies }) {
    this.#echo = echo;
    this.#owed = owed;
  }

  opened(): void {
    this.settled();
    this.#inFlight = undefined;
    this.#isEchoFree = false;
  }

  fence({ unit, request }: Asked, nowMs: number): ModbusRequest | undefined {
    const isUnproven = this.#echo === 'none' && !isRead(request) && !this.#isEchoFree;
    return isUnproven || this.#owed.owes(unit, expectedShape(request), nowMs)
      ? fenceFor(request)
      : undefined;
  }

  ask({ unit, request }: Asked, nowMs: number): Uint8Array {
    const frame = requestFrame(unit, request);
    const shape = expectedShape(request);
    const owed = { shape, function: request.function, askedAtMs: nowMs };
    this.#inFlight = { unit, request, frame, owed };
    this.#buffer = new Uint8Array(0);
    this.#echoDue = this.#echo === 'expect' ? frame : new Uint8Array(0);
    return frame;
  }

  giveUp(): void {
    if (this.#inFlight) this.#owed.add(this.#inFlight.unit, this.#inFlight.owed);
    this.#inFlight = undefined;
  }

  settled(): void {
    this.#buffer = new Uint8Array(0);
    this.#echoDue = new Uint8Array(0);
    this.#isSpoilt = false;
  }

  heard(bytes: Uint8Array, nowMs: number): readonly Heard[] {
    if (this.#isSpoilt) return [];
    this.#buffer = Buffer.concat([this.#buffer, bytes]);
    const heard: Heard[] = [];
    for (let next = this.#take(nowMs); next; next = this.#take(nowMs)) {
      heard.push(next);
      if (next.kind === 'corrupt' || next.kind === 'unusable') {
        this.#isSpoilt = true;
        break;
      }
    }
    return heard;
  }

  #take(nowMs: number): Heard | undefined {
    if (this.#echoDue.length > 0) {
      const echo = this.#takeEcho();
      if (echo !== 'taken') return echo;
    }
    while (this.#buffer.length > 0 && !isUnit(this.#buffer[0])) {
      this.#buffer = this.#buffer.subarray(1);
    }
    const length = bytesNeeded(this.#buffer);
    const frame = this.#buffer.subarray(0, length);
    if (length === undefined || (frame.length === length && !hasRightCheck(frame))) {
      return this.#echoOr({ kind: 'corrupt', detail: `${hex(this.#buffer)} is no frame` });
    }
    if (frame.length < length) return this.#echoOr(undefined);
    this.#buffer = this.#buffer.subarray(length);
    return this.#told(frame, nowMs);
  }

  #told(frame: Uint8Array, nowMs: number): Heard {
    const unit = frame[0] ?? 0;
    const pdu = frame.subarray(1, -2);
    const asked = this.#inFlight;
    if (asked && unit === asked.unit && isReplyTo(asked.request, pdu)) {
      this.#inFlight = undefined;
      // An echo of a read would have come first and been no frame; that of a write cannot be told.
      if (isRead(asked.request)) this.#isEchoFree = true;
      this.#owed.answered(unit, pdu, asked.owed);
      return { kind: 'answer', frame };
    }
    const late = this.#owed.late(unit, pdu);
    if (late) return { kind: 'late', unit, afterMs: nowMs - late.askedAtMs };
    const asking = asked ? `asked was ${hex(asked.frame)}` : 'nothing was asked';
    return { kind: 'foreign', detail: `${hex(frame)} came, ${asking}` };
  }

  /** Our own request coming back where nobody said that it would; else `other`. */
  #echoOr(other: Heard | undefined): Heard | undefined {
    const { frame, request } = this.#inFlight ?? {};
    if (this.#echo !== 'none' || !frame || !request || !isRead(request)) return other;
    if (startsWith(this.#buffer, frame)) {
      const detail = 'what is written comes back on the line';
      return { kind: 'unusable', code: 'line-echo', detail };
    }
    return startsWith(frame, this.#buffer) ? undefined : other;
  }

  #takeEcho(): Heard | 'taken' | undefined {
    const due = this.#echoDue;
    if (startsWith(this.#buffer, due)) {
      this.#buffer = this.#buffer.subarray(due.length);
      this.#echoDue = new Uint8Array(0);
      return 'taken';
    }
    if (startsWith(due, this.#buffer)) return undefined;
    const length = bytesNeeded(this.#buffer);
    if (length !== undefined && this.#buffer.length < length) return undefined;
    const isReply = length !== undefined && hasRightCheck(this.#buffer.subarray(0, length));
    return isReply
      ? { kind: 'unusable', code: 'line-echo-missing', detail: 'a reply came without the echo' }
      : { kind: 'corrupt', detail: `${hex(this.#buffer)} came, due was our own ${hex(due)}` };
  }
}

export function isReplyTo(request: ModbusRequest, pdu: Uint8Array): boolean {
  return refusedFunction(pdu) === request.function || shapeOf(pdu) === expectedShape(request);
}

/** Units of a serial line; 0 is the broadcast, 248 and above are reserved. */
function isUnit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 1 && byte <= 247;
}

/** Length of the frame that begins here, as far as it shows by now; undefined where it is no reply of ours. */
function bytesNeeded(bytes: Uint8Array): number | undefined {
  const [, code, count] = bytes;
  if (code === undefined) return 2;
  if (code & 0x80) return 5;
  if (code >= 1 && code <= 4) return count === undefined ? 3 : count + 5;
  return code === 5 || code === 6 || code === 16 ? 8 : undefined;
}

/** The check of a frame stands in its last two bytes, low byte first. */
function hasRightCheck(frame: Uint8Array): boolean {
  const check = rtuCheck(frame.subarray(0, -2));
  return frame.at(-2) === (check & 0xff) && frame.at(-1) === check >> 8;
}

/** CRC-16 of the serial line: polynomial 0xA001, from 0xFFFF (Modbus over Serial Line V1.02, 6.2.2). */
export function rtuCheck(bytes: Uint8Array): number {
  let check = 0xffff;
  for (const byte of bytes) {
    check ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      check = check & 1 ? (check >> 1) ^ 0xa001 : check >> 1;
    }
  }
  return check;
}

function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  return head.length <= bytes.length && head.every((byte, i) => bytes[i] === byte);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(0, 16)).toString('hex');
}
