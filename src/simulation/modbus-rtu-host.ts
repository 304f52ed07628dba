/**
 * Modbus RTU units on one emulated line, written from Modbus over Serial Line V1.02 alone, so that it shares no
 * code and no misunderstanding with the daemon's client. It is a pure byte machine: it takes requests out of
 * the bytes, hands PDUs to the units, and answers in the order it was asked, as a real unit does, however late
 * the first answer is. What it sends back can be spoilt.
 */
import type { ByteMachine } from './byte-machine-host.ts';
import type { CoilWriteSeen, HostedAnswer } from './modbus-tcp-host.ts';

/** What happens to requests; the unit carries out what it was asked unless told otherwise. */
export type LineFault =
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The request is lost: nothing is carried out, nothing answered. */
  | { readonly kind: 'dropRequest' }
  /** It is carried out and the answer is lost. */
  | { readonly kind: 'dropReply' }
  /** One bit of the answer is turned round on the line. */
  | { readonly kind: 'disturb' }
  /** The answer bears the number of another unit, and a right check. */
  | { readonly kind: 'foreignUnit' }
  /** Nothing is carried out; the answer is this exception. */
  | { readonly kind: 'exception'; readonly code: number }
  /** Bytes that an adapter makes when it turns round, before the answer. */
  | { readonly kind: 'prefix'; readonly bytes: readonly number[] };

export interface LineFaultRule {
  readonly fault: LineFault;
  /** Unit it hits; absent for every one. */
  readonly unit?: number;
  readonly on: 'read' | 'write' | 'any';
  /** How many requests it hits; absent for all until cleared. */
  readonly times?: number;
}

export interface RtuUnit {
  /** Answers one PDU; undefined for silence. */
  handle(pdu: Uint8Array, nowMs: number): HostedAnswer | undefined;
}

export interface ModbusRtuHostOptions {
  /** Units by their number, 1 to 247. A request to another one meets silence. */
  readonly units: ReadonlyMap<number, RtuUnit>;
  /** Called for each coil of a write before the unit acts. */
  readonly onCoilWrite?: (write: CoilWriteSeen) => void;
}

/** A request that is not complete after this long is none, ms. */
const gapMs = 100;
const bufferMax = 512;
const broadcast = 0;

interface Due {
  readonly atMs: number;
  readonly bytes: Uint8Array;
}

export class ModbusRtuHost implements ByteMachine {
  /** Requests with a right check, to any unit. */
  requests = 0;
  /** The line hears itself: what comes in goes out again first. */
  echoes = false;
  readonly #options: ModbusRtuHostOptions;
  readonly #due: Due[] = [];
  readonly #busyUntilMs = new Map<number, number>();
  #buffer: number[] = [];
  #lastByteMs = 0;
  #rule: LineFaultRule | undefined;
  #timesLeft = 0;

  constructor(options: ModbusRtuHostOptions) {
    this.#options = options;
  }

  /** The rule applied from the next request on; undefined for none. */
  inject(rule: LineFaultRule | undefined): void {
    this.#rule = rule;
    this.#timesLeft = rule?.times ?? Number.POSITIVE_INFINITY;
  }

  received(bytes: Uint8Array, nowMs: number): readonly Uint8Array[] {
    if (nowMs - this.#lastByteMs > gapMs) this.#buffer = [];
    this.#lastByteMs = nowMs;
    this.#buffer.push(...bytes);
    const echo = this.echoes ? [Uint8Array.from(bytes)] : [];
    for (let request = this.#takeRequest(); request; request = this.#takeRequest()) {
      this.requests += 1;
      this.#serve(request, nowMs);
    }
    if (this.#buffer.length > bufferMax) this.#buffer = [];
    return [...echo, ...this.tick(nowMs)];
  }

  tick(nowMs: number): readonly Uint8Array[] {
    const ready = this.#due.filter(({ atMs }) => atMs <= nowMs);
    for (const one of ready) this.#due.splice(this.#due.indexOf(one), 1);
    return ready.map(({ bytes }) => bytes);
  }

  /** A request is where its length and its check say so; a byte that begins none is passed over. */
  #takeRequest(): readonly number[] | undefined {
    while (this.#buffer.length >= 4) {
      const length = requestLength(this.#buffer);
      if (length > this.#buffer.length) return undefined;
      const frame = this.#buffer.slice(0, length);
      if (remainder(frame) === 0) {
        this.#buffer = this.#buffer.slice(length);
        return frame;
      }
      this.#buffer.shift();
    }
    return undefined;
  }

  #serve(frame: readonly number[], nowMs: number): void {
    const number = frame[0] ?? 0;
    const pdu = Uint8Array.from(frame.slice(1, -2));
    if (number === broadcast) {
      for (const [unit, { handle }] of this.#options.units) this.#act(unit, handle, pdu, nowMs);
      return;
    }
    const unit = this.#options.units.get(number);
    const fault = unit && this.#faultFor(number, pdu);
    if (!unit || fault?.kind === 'dropRequest') return;
    const answer =
      fault?.kind === 'exception'
        ? { pdu: Uint8Array.of((pdu[0] ?? 0) | 0x80, fault.code), delayMs: 0 }
        : this.#act(number, (each, atMs) => unit.handle(each, atMs), pdu, nowMs);
    if (!answer || fault?.kind === 'dropReply') return;
    const delayMs = answer.delayMs + (fault?.kind === 'delay' ? fault.delayMs : 0);
    const atMs = Math.max(nowMs, this.#busyUntilMs.get(number) ?? 0) + delayMs;
    this.#busyUntilMs.set(number, atMs);
    this.#due.push({ atMs, bytes: spoilt(number, answer.pdu, fault) });
  }

  #act(unit: number, handle: RtuUnit['handle'], pdu: Uint8Array, nowMs: number) {
    const [code = 0, a = 0, b = 0, c = 0, d = 0] = pdu;
    if (code === 5) {
      this.#options.onCoilWrite?.({ unit, address: a * 256 + b, value: c * 256 + d, atMs: nowMs });
    }
    return handle(pdu, nowMs);
  }

  #faultFor(unit: number, pdu: Uint8Array): LineFault | undefined {
    const rule = this.#rule;
    const isWrite = (pdu[0] ?? 0) >= 5;
    const hits =
      rule &&
      (rule.unit === undefined || rule.unit === unit) &&
      (rule.on === 'any' || (rule.on === 'write') === isWrite);
    if (!rule || !hits || this.#timesLeft <= 0) return undefined;
    this.#timesLeft -= 1;
    return rule.fault;
  }
}

/** Of functions 1 to 6 eight bytes; of 15 and 16 nine and the data; of any other what came. */
function requestLength(buffer: readonly number[]): number {
  const code = buffer[1] ?? 0;
  if (code >= 1 && code <= 6) return 8;
  if (code === 15 || code === 16) return 9 + (buffer[6] ?? 0);
  return buffer.length;
}

function spoilt(unit: number, pdu: Uint8Array, fault: LineFault | undefined): Uint8Array {
  const number = fault?.kind === 'foreignUnit' ? (unit % 247) + 1 : unit;
  const body = [number, ...pdu];
  const check = remainder(body);
  const frame = [...body, check & 0xff, check >> 8];
  if (fault?.kind === 'disturb') frame[frame.length - 3] = (frame.at(-3) ?? 0) ^ 0x10;
  return Uint8Array.from(fault?.kind === 'prefix' ? [...fault.bytes, ...frame] : frame);
}

/** Remainders of the bytes 0 to 255, divided by x^16 + x^15 + x^2 + 1 with the lowest bit first. */
const remainders = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0xa001 : 0);
  return value;
});

/** The check of `bytes`; 0 over a frame that ends with its own. */
function remainder(bytes: readonly number[]): number {
  return bytes.reduce(
    (value, byte) => (value >>> 8) ^ (remainders[(value ^ byte) & 0xff] ?? 0),
    0xffff,
  );
}
