/**
 * A pure CAME GARD PTX with its ZLB30B board, written from the maker's register map (FA01323M4A): the arm is
 * told in registers 40101 and 40102, commands are coils that act once, and counters come low word first.
 */
import { BarrierArm, type BarrierArmOptions } from './barrier-arm.ts';
import type { ModuleAnswer } from './emulator.ts';

const illegal = { function: 1, address: 2, value: 3 } as const;
const state = { closed: 17, open: 16, stopped: 19, opening: 32, closing: 33 } as const;
/** Register 40101 as on the wire. */
const firstRegister = 100;
const registers = 10;
/** Command coils as printed: 1 stop, 2 open, 4 close. */
const coil = { stop: 0, open: 1, close: 3, last: 7 } as const;

export class CameBarrierEmulator {
  readonly arm: BarrierArm;
  /** Wire addresses of the commands written, newest last. */
  readonly commands: number[] = [];
  /** Value that register 40102 shows instead of the truth. */
  shownPosition: number | undefined;
  lastError = 0;
  temperatureC = 21;

  constructor(nowMs: number, arm: Partial<BarrierArmOptions> = {}) {
    this.arm = new BarrierArm({ travelMs: 1_800, leaveMs: 50, ...arm }, nowMs);
  }

  /** Answers one request PDU. Total: never throws. */
  handle(request: Uint8Array, nowMs: number): ModuleAnswer | undefined {
    if (request.length === 0) return undefined;
    this.arm.advance(nowMs);
    const answer = this.#perform(request, nowMs);
    const pdu =
      typeof answer === 'number' ? Uint8Array.of((request[0] ?? 0) | 0x80, answer) : answer;
    return { pdu, delayMs: 0 };
  }

  #perform(request: Uint8Array, nowMs: number): Uint8Array | number {
    const [code = 0, a = 0, b = 0, c = 0, d = 0] = request;
    const address = a * 256 + b;
    const second = c * 256 + d;
    if (request.length !== 5) return illegal.value;
    if (code === 3) return this.#read(address, second);
    if (code !== 5) return illegal.function;
    if (second !== 0xff00 && second !== 0) return illegal.value;
    if (address > coil.last) return illegal.address;
    if (second === 0xff00) this.#command(address, nowMs);
    return request.slice();
  }

  #command(address: number, nowMs: number): void {
    this.commands.push(address);
    if (address === coil.open) this.arm.open(nowMs);
    if (address === coil.close) this.arm.close(nowMs);
  }

  #read(address: number, quantity: number): Uint8Array | number {
    const words = this.#words();
    const first = address - firstRegister;
    if (first < 0 || quantity < 1 || first + quantity > registers) return illegal.address;
    const bytes = words
      .slice(first, first + quantity)
      .flatMap((word) => [(word >> 8) & 0xff, word & 0xff]);
    return Uint8Array.of(3, bytes.length, ...bytes);
  }

  #words(): readonly number[] {
    const { arm } = this;
    const moves = arm.events.filter(({ kind }) => kind === 'leftClosed' || kind === 'leftOpen');
    const operations = 70_000 + moves.length;
    const position = this.shownPosition ?? Math.round(arm.height * 100);
    const shown = [this.#state(), position, 0, this.lastError];
    const counters = [operations & 0xffff, operations >> 16, moves.length & 0xffff, 0];
    return [...shown, ...counters, 0, this.temperatureC & 0xffff];
  }

  #state(): number {
    const { motion, height } = this.arm;
    if (motion === 'rising') return state.opening;
    if (motion === 'falling') return state.closing;
    if (height === 0) return state.closed;
    return height === 1 ? state.open : state.stopped;
  }
}
