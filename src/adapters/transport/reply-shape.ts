/**
 * What a reply shows of the request it belongs to. A serial line has no transaction ids: of a read it shows the
 * unit, the function and how many bytes were asked for, and not from which address. So the late reply to one
 * read passes for the reply to the next one of the same form, and the open limit for the closed one. The book
 * keeps which replies a unit still owes, and no request goes out while the same form is owed. What proves that
 * nothing is owed any more is the answer to a request of another form: units answer in the order they are asked.
 */
import type { ModbusRead, ModbusRequest } from '../../driver-kit/contract.ts';

/** Bit of the function code that marks an exception. */
const exceptionBit = 0x80;
/** Owed replies remembered of one unit. */
const owedMax = 16;

/** Bytes of the reply's PDU. */
export function replyLength(request: ModbusRequest): number {
  return isRead(request) ? 2 + bytesAsked(request) : 5;
}

/** The form of the reply that is expected; equal to `shapeOf` that reply. */
export function expectedShape(request: ModbusRequest): string {
  const { function: code, address } = request;
  if (isRead(request)) return `${code}/${bytesAsked(request)}`;
  return `${code}/${address}/${request.function === 16 ? request.values.length : request.value}`;
}

/** The form of a PDU that came; undefined where it is whole and yet no reply of any of our requests. */
export function shapeOf(pdu: Uint8Array): string | undefined {
  const code = pdu[0] ?? 0;
  if (code >= 1 && code <= 4) {
    return pdu.length === 2 + (pdu[1] ?? 0) ? `${code}/${pdu[1]}` : undefined;
  }
  if ((code !== 5 && code !== 6 && code !== 16) || pdu.length !== 5) return undefined;
  return `${code}/${word(pdu, 1)}/${word(pdu, 3)}`;
}

/** Function code that an exception refuses; undefined where the PDU is no exception. */
export function refusedFunction(pdu: Uint8Array): number | undefined {
  const code = pdu[0] ?? 0;
  return code & exceptionBit && pdu.length === 2 ? code & ~exceptionBit : undefined;
}

/**
 * A read whose reply has another form than that of `request`, from the same place and by the same function, so
 * that the unit can answer it if it can answer at all; an exception is an answer too.
 */
export function fenceFor(request: ModbusRequest): ModbusRead {
  const { address } = request;
  switch (request.function) {
    case 1:
    case 2:
      return {
        function: request.function,
        address,
        quantity: request.quantity > 8 ? request.quantity - 8 : request.quantity + 8,
      };
    case 3:
    case 4:
      return {
        function: request.function,
        address,
        quantity: request.quantity > 1 ? request.quantity - 1 : 2,
      };
    case 5:
      return { function: 1, address, quantity: 1 };
    default:
      return { function: 3, address, quantity: 1 };
  }
}

export function isRead(request: ModbusRequest): request is ModbusRead {
  return request.function <= 4;
}

function bytesAsked({ function: code, quantity }: ModbusRead): number {
  return code <= 2 ? Math.ceil(quantity / 8) : 2 * quantity;
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
}

/** No unit answers later than this, ms: ten times what it is given, and some seconds at least. */
export function forgottenAfterMs(replyTimeoutMs: number): number {
  return Math.max(5_000, 10 * replyTimeoutMs);
}

export interface OwedReply {
  readonly shape: string;
  readonly function: number;
  /** Monotonic, when the request was written. */
  readonly askedAtMs: number;
}

export class OwedReplies {
  readonly #byUnit = new Map<number, OwedReply[]>();
  readonly #forgottenAfterMs: number;
  /** Units that have answered since the start. */
  readonly #known = new Set<number>();
  /** Monotonic, when the first request of all was about to go out. */
  #startedAtMs: number | undefined;

  /** A reply that is not there this long after its request, in ms, is taken never to come. */
  constructor(forgottenAfterMs: number) {
    this.#forgottenAfterMs = forgottenAfterMs;
  }

  /** The reply to a request that was given up may still come. */
  add(unit: number, owed: OwedReply): void {
    const list = this.#of(unit);
    list.push(owed);
    if (list.length > owedMax) list.shift();
    this.#byUnit.set(unit, list);
  }

  /** A unit that has not answered yet may owe anything to the daemon that ran before this one. */
  owes(unit: number, shape: string, nowMs: number): boolean {
    this.#startedAtMs ??= nowMs;
    if (!this.#known.has(unit) && nowMs - this.#startedAtMs < this.#forgottenAfterMs) return true;
    const list = this.#of(unit).filter((one) => nowMs - one.askedAtMs < this.#forgottenAfterMs);
    this.#byUnit.set(unit, list);
    return list.some((one) => one.shape === shape);
  }

  /** A reply that nobody waits for: which one it was, or undefined where none like it is owed. */
  late(unit: number, pdu: Uint8Array): OwedReply | undefined {
    return this.#settle(unit, pdu);
  }

  /**
   * The unit has answered the request in flight. What it owed from before is settled, unless the answer may
   * have been one of those: then the request in flight is owed in its place.
   */
  answered(unit: number, pdu: Uint8Array, inFlight: OwedReply): void {
    this.#known.add(unit);
    if (this.#settle(unit, pdu)) this.add(unit, inFlight);
    else this.#byUnit.delete(unit);
  }

  /** Strikes out the oldest that `pdu` can be, with all that are older. */
  #settle(unit: number, pdu: Uint8Array): OwedReply | undefined {
    const refused = refusedFunction(pdu);
    const shape = shapeOf(pdu);
    const list = this.#of(unit);
    const at = list.findIndex((one) =>
      refused === undefined ? one.shape === shape : one.function === refused,
    );
    if (at < 0) return undefined;
    const [settled] = list.slice(at);
    this.#byUnit.set(unit, list.slice(at + 1));
    return settled;
  }

  #of(unit: number): OwedReply[] {
    return this.#byUnit.get(unit) ?? [];
  }
}
