/**
 * A pure IO module with a barrier behind it, written from the makers' register maps and the Modbus
 * application protocol (V1.1b3), not from the driver. It is given request PDUs and the time and answers with
 * reply PDUs; pulses end by its own clock, as on the real modules.
 */
import { BarrierArm, type BarrierArmFault, type BarrierArmOptions } from './barrier-arm.ts';
import { type EmulatedModule, type ModuleMap, moduleMaps } from './module-maps.ts';
import { ModuleWatchdog } from './module-watchdog.ts';

export type LaneLoop = 'approach' | 'presence' | 'exit';
export type EmulatedInput = LaneLoop | 'curtain' | 'localControl' | 'barrierFault';

/** Terminals, from 1. The curtain is wired normally closed: current flows while nothing interrupts it. */
export interface EmulatedWiring {
  readonly inputs: Readonly<Record<EmulatedInput | 'limitClosed' | 'limitOpen', number>>;
  readonly outputs: Readonly<
    Record<'barrierOpen' | 'barrierClose' | 'lightRed' | 'lightGreen', number>
  >;
}

/** The wiring the profiles suggest, with the close contact on relay 2. */
const suggestedWiring: EmulatedWiring = {
  inputs: {
    approach: 1,
    presence: 2,
    exit: 3,
    curtain: 4,
    limitClosed: 5,
    limitOpen: 6,
    localControl: 7,
    barrierFault: 8,
  },
  outputs: { barrierOpen: 1, barrierClose: 2, lightRed: 3, lightGreen: 4 },
};

export type ModuleFault =
  | { readonly kind: 'noAnswer' }
  /** Modbus exception code, 1 to 11, to every request; nothing is carried out. */
  | { readonly kind: 'exception'; readonly code: number }
  /** The reply comes this much later; what was asked is done at once. */
  | { readonly kind: 'lateReply'; readonly delayMs: number };

export interface IoModuleEmulatorOptions {
  readonly module: EmulatedModule;
  readonly wiring?: EmulatedWiring;
  readonly arm?: Partial<BarrierArmOptions>;
  /** Inputs that hold the arm up. */
  readonly under?: readonly (LaneLoop | 'curtain')[];
  /** Pulse width set on the module, where the module fixes it. */
  readonly pulseWidthMs?: number;
  /** Watchdog set on the module; absent: off, as delivered. */
  readonly watchdogMs?: number;
}

/** A write as it came, before anything was done about it. */
export interface CoilWrite {
  readonly atMs: number;
  readonly address: number;
  readonly value: number;
}

export interface ModuleAnswer {
  readonly pdu: Uint8Array;
  readonly delayMs: number;
}

const writesMax = 10_000;
const illegal = { function: 1, address: 2, value: 3 } as const;

export class IoModuleEmulator {
  /** Every coil write, newest last, bounded. */
  readonly writes: CoilWrite[] = [];
  fault: ModuleFault | undefined;
  readonly arm: BarrierArm;
  readonly watchdog: ModuleWatchdog;
  readonly #map: ModuleMap;
  readonly #options: IoModuleEmulatorOptions;
  readonly #wiring: EmulatedWiring;
  readonly #occupied = new Map<EmulatedInput, boolean>();
  readonly #held = new Map<number, boolean>();
  readonly #pulseEndsMs = new Map<number, number>();

  constructor(options: IoModuleEmulatorOptions, nowMs: number) {
    this.#options = options;
    this.#wiring = options.wiring ?? suggestedWiring;
    this.#map = moduleMaps[options.module];
    this.watchdog = new ModuleWatchdog(options.module, options.watchdogMs, nowMs);
    const arm = { travelMs: 900, leaveMs: 100, autoCloseMs: 1500, ...options.arm };
    this.arm = new BarrierArm(arm, nowMs);
  }

  /** Occupied loop, interrupted curtain, key turned, fault contact made. */
  setInput(input: EmulatedInput, occupied: boolean, nowMs: number): void {
    this.tick(nowMs);
    this.#occupied.set(input, occupied);
    const under = this.#options.under ?? ['presence', 'exit', 'curtain'];
    this.arm.setBlocked(
      under.some((each) => this.#occupied.get(each)),
      nowMs,
    );
  }

  setArmFault(fault: BarrierArmFault): void {
    this.arm.fault = fault;
  }

  /** Someone raises the arm at the barrier itself, with no order from anywhere. */
  raiseByHand(nowMs: number): void {
    this.tick(nowMs);
    this.arm.open(nowMs);
  }

  light(colour: 'red' | 'green'): boolean {
    const { lightRed, lightGreen } = this.#wiring.outputs;
    return this.#held.get(colour === 'red' ? lightRed : lightGreen) ?? false;
  }

  /** Whether relay `channel`, from 1, makes contact. */
  contact(channel: number): boolean {
    return (this.#held.get(channel) ?? false) || this.#pulseEndsMs.has(channel);
  }

  tick(nowMs: number): void {
    for (const [channel, endsMs] of this.#pulseEndsMs) {
      if (endsMs <= nowMs) {
        this.#pulseEndsMs.delete(channel);
      }
    }
    if (this.watchdog.tick(nowMs)) {
      this.#held.clear();
      this.#pulseEndsMs.clear();
    }
    this.arm.advance(nowMs);
  }

  /** Someone at the module, or another master, sets a relay. */
  setRelay(channel: number, on: boolean, nowMs: number): void {
    this.tick(nowMs);
    const before = this.contact(channel);
    this.#held.set(channel, on);
    this.#contactMade(channel, before, nowMs);
  }

  /** Answers one request PDU; undefined where the module keeps silent. Total: never throws. */
  handle(request: Uint8Array, nowMs: number): ModuleAnswer | undefined {
    this.tick(nowMs);
    const fault = this.fault;
    if (fault?.kind === 'noAnswer' || request.length === 0) {
      return undefined;
    }
    const code = fault?.kind === 'exception' ? fault.code : this.#perform(request, nowMs);
    const delayMs = fault?.kind === 'lateReply' ? fault.delayMs : 0;
    const pdu =
      typeof code === 'number' ? Uint8Array.of((request[0] ?? 0) | 0x80, code & 0xff) : code;
    return { pdu, delayMs };
  }

  /** The reply, or an exception code. */
  #perform(request: Uint8Array, nowMs: number): Uint8Array | number {
    const [code = 0, a = 0, b = 0, c = 0, d = 0] = request;
    const first = a * 256 + b;
    const second = c * 256 + d;
    const refusal = this.watchdog.refusal(code, first);
    this.watchdog.hear(code, nowMs);
    if (![1, 2, 3, 5, 6].includes(code)) {
      return illegal.function;
    }
    if (request.length !== 5) {
      return illegal.value;
    }
    if (refusal !== undefined) {
      return refusal;
    }
    switch (code) {
      case 5:
        return this.#writeCoil(first, second, nowMs) ?? request.slice();
      case 6:
        return this.#writeRegister(first, second, nowMs) ?? request.slice();
      case 3:
        return this.#words(first, second);
      default:
        if (second < 1 || second > 2000) return illegal.value;
        return this.#bits(code === 1 ? 1 : 2, first, second) ?? illegal.address;
    }
  }

  #bits(code: 1 | 2, address: number, quantity: number): Uint8Array | undefined {
    const reply = new Uint8Array(2 + Math.ceil(quantity / 8));
    reply[0] = code;
    reply[1] = reply.length - 2;
    for (let index = 0; index < quantity; index += 1) {
      const bit = this.#bit(code, address + index);
      if (bit === undefined) {
        return undefined;
      }
      const at = 2 + Math.floor(index / 8);
      reply[at] = (reply[at] ?? 0) | (bit ? 1 << (index % 8) : 0);
    }
    return reply;
  }

  #bit(code: 1 | 2, address: number): boolean | undefined {
    const meaning = this.#map.bit(code, address);
    switch (meaning?.kind) {
      case 'input':
        return this.#level(meaning.terminal);
      case 'relay':
        return this.contact(meaning.channel);
      case 'safeFlag':
        return this.watchdog.isExpired;
      case undefined:
        return undefined;
    }
  }

  /** Registers exist where the watchdog has some; elsewhere function 3 is not supported. */
  #words(address: number, quantity: number): Uint8Array | number {
    const words = Array.from({ length: Math.min(quantity, 125) }, (_, index) =>
      this.watchdog.read(address + index),
    );
    if (this.#options.module !== 'wago750') return illegal.function;
    if (words.length === 0 || words.includes(undefined)) return illegal.address;
    const bytes = words.flatMap((word = 0) => [word >> 8, word & 0xff]);
    return Uint8Array.of(3, bytes.length, ...bytes);
  }

  #writeRegister(address: number, value: number, nowMs: number): number | undefined {
    if (this.#options.module !== 'wago750') return illegal.function;
    return this.watchdog.write(address, value, nowMs) ? undefined : illegal.address;
  }

  #level(terminal: number): boolean {
    const { inputs } = this.#wiring;
    if (terminal === inputs.limitClosed) {
      return this.arm.limitClosed;
    }
    if (terminal === inputs.limitOpen) {
      return this.arm.limitOpen;
    }
    const name = (
      ['approach', 'presence', 'exit', 'curtain', 'localControl', 'barrierFault'] as const
    ).find((each) => inputs[each] === terminal);
    if (name === undefined) {
      return false;
    }
    const occupied = this.#occupied.get(name) ?? false;
    return name === 'curtain' ? !occupied : occupied;
  }

  /** An exception code where the write is refused. */
  #writeCoil(address: number, value: number, nowMs: number): number | undefined {
    this.writes.push({ atMs: nowMs, address, value });
    if (this.writes.length > writesMax) {
      this.writes.shift();
    }
    const meaning = this.#map.coil(address);
    if (!meaning) {
      return illegal.address;
    }
    if (meaning.kind === 'clearSafe') {
      if (value === 0xff00) this.watchdog.clear(nowMs);
      return undefined;
    }
    // In its safe state the module acknowledges a write and does not obey.
    if (this.watchdog.isExpired) {
      return undefined;
    }
    return meaning.kind === 'relay'
      ? this.#hold(meaning.channel, value, nowMs)
      : this.#pulse(meaning.channel, value, nowMs);
  }

  #hold(channel: number, value: number, nowMs: number): number | undefined {
    const toggles = this.#options.module === 'waveshareRelayB' && value === 0x5500;
    if (value !== 0xff00 && value !== 0 && !toggles) {
      return illegal.value;
    }
    const before = this.contact(channel);
    this.#held.set(channel, toggles ? !before : value === 0xff00);
    if (value === 0) {
      this.#pulseEndsMs.delete(channel);
    }
    this.#contactMade(channel, before, nowMs);
    return undefined;
  }

  #pulse(channel: number, value: number, nowMs: number): number | undefined {
    const counted = this.#map.pulse === 'counted';
    if (counted ? value < 1 || value > 0x7fff : value !== 0xff00 && value !== 0) {
      return illegal.value;
    }
    if (!counted && value === 0) {
      this.#pulseEndsMs.delete(channel);
      return undefined;
    }
    const widthMs = counted ? value * 100 : (this.#options.pulseWidthMs ?? 500);
    const before = this.contact(channel);
    this.#pulseEndsMs.set(channel, nowMs + widthMs);
    this.#contactMade(channel, before, nowMs);
    return undefined;
  }

  /** The barrier acts on the edge of a contact, not on its length. */
  #contactMade(channel: number, before: boolean, nowMs: number): void {
    if (before || !this.contact(channel)) {
      return;
    }
    if (channel === this.#wiring.outputs.barrierOpen) {
      this.arm.open(nowMs);
    } else if (channel === this.#wiring.outputs.barrierClose) {
      this.arm.close(nowMs);
    }
  }
}
