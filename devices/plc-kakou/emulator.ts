/**
 * A pure PLC with the command interface, written from docs/reference/plc-interface.md and not from the driver. It
 * runs scan by scan on the time it is given; the Modbus server sees the registers between two scans.
 */
import { answerRegisters } from './register-server.ts';

/** The barrier it drives. */
export interface PlcArm {
  readonly limitClosed: boolean;
  readonly limitOpen: boolean;
  open(nowMs: number): void;
  close(nowMs: number): void;
  setBlocked(blocked: boolean, nowMs: number): void;
  advance(nowMs: number): void;
}

export type PlcInput =
  | 'approach'
  | 'presence'
  | 'exit'
  | 'curtain'
  | 'localControl'
  | 'barrierFault';

export interface PlcEmulatorOptions {
  readonly arm: PlcArm;
  /** Duration of a scan, ms. */
  readonly scanMs?: number;
  readonly contactMs?: number;
}

/** Refusals by their numbers in the document. */
const refusals = [
  'none',
  'notRising',
  'leap',
  'otherSession',
  'badTtl',
  'expired',
  'noMaster',
  'unknownCommand',
  'notAutomatic',
  'faulted',
  'interlock',
] as const;
type Refusal = (typeof refusals)[number];

const bit = {
  limitClosed: 0,
  limitOpen: 1,
  approach: 2,
  presence: 3,
  exit: 4,
  curtain: 5,
  localControl: 6,
  barrierFault: 7,
} as const;
const fault = {
  openFailed: 0,
  closeFailed: 1,
  limitsContradict: 2,
  drive: 3,
  emergencyStop: 4,
  movedUncommanded: 5,
} as const;
type Fault = keyof typeof fault;

const stateWords = 24;
const commandAt = 32;
const masterAt = 48;
const writable = [
  [commandAt, 8],
  [masterAt, 2],
] as const;
const beatLostMs = 2_000;
const travelMaxMs = 6_000;
const leapMax = 1_000;
const ttlMaxMs = 10_000;

interface Command {
  readonly id: number;
  readonly word: number;
  readonly ttlMs: number;
  readonly stamp: number;
  readonly session: number;
  readonly check: number;
}

/** What survives a loss of power. */
interface Retained {
  lastId: number;
  lastCheck: number;
  session: number;
}

const noneRetained = (): Retained => ({ lastId: 0, lastCheck: 0, session: 0 });

export class KakouPlcEmulator {
  /** Edges of the contacts, newest last. */
  readonly contacts: { readonly atMs: number; readonly kind: 'open' | 'close' }[] = [];
  /** Reads see a block of two scans. */
  torn = false;
  /** The Modbus server answers and the program does not run. */
  halted = false;
  /** The input modules have failed. */
  inputsFailed = false;
  emergencyStop = false;
  readonly #options: Required<PlcEmulatorOptions>;
  readonly #registers = new Uint16Array(64);
  readonly #occupied = new Set<PlcInput>();
  readonly #faults = new Set<Fault>();
  #retained = noneRetained();
  #nowMs: number;
  #startedMs: number;
  #scan = 0;
  #evaluated: Pick<Command, 'id' | 'check'> = { id: 0, check: 0 };
  #done = 0;
  #refused = { id: 0, reason: 'none' as Refusal, count: 0 };
  #lastWord = 0;
  #beat = { value: 0, changedMs: Number.NEGATIVE_INFINITY };
  #openUntilMs = 0;
  #closeUntilMs = 0;
  #moving: { readonly to: 'open' | 'closed'; readonly sinceMs: number } | undefined;
  #commandedMs = Number.NEGATIVE_INFINITY;
  #wasClosed = false;
  #departures = 0;

  constructor(options: PlcEmulatorOptions, nowMs: number) {
    this.#options = { scanMs: 10, contactMs: 500, ...options };
    this.#nowMs = nowMs;
    this.#startedMs = nowMs;
    this.#start();
  }

  get openContact(): boolean {
    return this.#nowMs < this.#openUntilMs;
  }

  get closeContact(): boolean {
    return this.#nowMs < this.#closeUntilMs;
  }

  light(colour: 'red' | 'green'): boolean {
    const green = this.#isMasterAlive() && this.#registers[masterAt + 1] === 2;
    return colour === 'green' ? green : !green;
  }

  setInput(input: PlcInput, occupied: boolean, nowMs: number): void {
    this.tick(nowMs);
    if (occupied) this.#occupied.add(input);
    else this.#occupied.delete(input);
    const under = (['presence', 'exit', 'curtain'] as const).some((each) =>
      this.#occupied.has(each),
    );
    this.#options.arm.setBlocked(under, nowMs);
  }

  /** Power goes and comes; `forgets` is a PLC whose retained memory is lost too. */
  powerCycle(
    nowMs: number,
    options: { readonly forgets?: true; readonly keepsRegisters?: true } = {},
  ) {
    this.tick(nowMs);
    if (options.forgets) this.#retained = noneRetained();
    if (!options.keepsRegisters) this.#registers.fill(0);
    this.#openUntilMs = 0;
    this.#closeUntilMs = 0;
    this.#start();
  }

  #start(): void {
    this.#startedMs = this.#nowMs;
    this.#retained.session = (this.#retained.session + 1) & 0xffff;
    this.#evaluated = { id: 0, check: 0 };
    this.#beat = { value: this.#word(masterAt), changedMs: Number.NEGATIVE_INFINITY };
    this.#faults.clear();
    this.#moving = undefined;
    this.#wasClosed = false;
    this.#commandedMs = Number.NEGATIVE_INFINITY;
    this.#writeState();
  }

  tick(nowMs: number): void {
    while (this.#nowMs + this.#options.scanMs <= nowMs) {
      this.#nowMs += this.#options.scanMs;
      this.#options.arm.advance(this.#nowMs);
      if (!this.halted) this.#runScan();
    }
  }

  #runScan(): void {
    this.#hearMaster();
    this.#latchFaults();
    const command = this.#command();
    if (command) this.#evaluate(command);
    if (this.#mode() !== 1 || this.emergencyStop) {
      this.#openUntilMs = 0;
      this.#closeUntilMs = 0;
    }
    this.#watchArm();
    this.#writeState();
  }

  #hearMaster(): void {
    const value = this.#word(masterAt);
    if (value !== this.#beat.value) this.#beat = { value, changedMs: this.#nowMs };
  }

  #isMasterAlive(): boolean {
    return this.#nowMs - this.#beat.changedMs <= beatLostMs;
  }

  #mode(): 0 | 1 | 2 {
    if (this.#occupied.has('localControl')) return 2;
    return this.inputsFailed ? 0 : 1;
  }

  #latchFaults(): void {
    const { arm } = this.#options;
    if (arm.limitClosed && arm.limitOpen) this.#faults.add('limitsContradict');
    if (this.#occupied.has('barrierFault')) this.#faults.add('drive');
    if (this.emergencyStop) this.#faults.add('emergencyStop');
  }

  /** The command in the registers, where its check word is right. */
  #command(): Command | undefined {
    const words = this.#registers.subarray(commandAt, commandAt + 8);
    let sum = 0x4b4b;
    for (const word of words.subarray(0, 7)) sum ^= word;
    const [idHigh = 0, idLow = 0, word = 0, ttlMs = 0, high = 0, low = 0, session = 0, check = 0] =
      words;
    if (sum !== check) return undefined;
    return {
      id: idHigh * 0x1_0000 + idLow,
      word,
      ttlMs,
      stamp: high * 0x1_0000 + low,
      session,
      check,
    };
  }

  #evaluate(command: Command): void {
    const { id, check } = command;
    const { lastId, lastCheck } = this.#retained;
    if (id === this.#evaluated.id && check === this.#evaluated.check) return;
    if (id === lastId && check === lastCheck) return;
    this.#evaluated = { id, check };
    if (id <= lastId) return this.#refuse(id, 'notRising');
    if (id - lastId > leapMax) return this.#refuse(id, 'leap');
    this.#retained.lastId = id;
    this.#retained.lastCheck = check;
    this.#lastWord = command.word;
    const reason = this.#reasonAgainst(command);
    if (reason) return this.#refuse(id, reason);
    this.#carryOut(command.word);
    this.#done = id;
  }

  #reasonAgainst({ word, ttlMs, stamp, session }: Command): Refusal | undefined {
    if (session !== this.#retained.session) return 'otherSession';
    if (ttlMs < 1 || ttlMs > ttlMaxMs) return 'badTtl';
    if ((this.#clockMs() - stamp) >>> 0 > ttlMs) return 'expired';
    if (!this.#isMasterAlive()) return 'noMaster';
    if (word < 1 || word > 3) return 'unknownCommand';
    if (word === 3) return undefined;
    if (this.#mode() !== 1) return 'notAutomatic';
    if (this.#faults.has('drive') || this.#faults.has('emergencyStop')) return 'faulted';
    const blocked = this.#occupied.has('presence') || this.#occupied.has('curtain');
    return word === 2 && (blocked || this.inputsFailed || this.openContact)
      ? 'interlock'
      : undefined;
  }

  #refuse(id: number, reason: Refusal): void {
    this.#refused = { id, reason, count: (this.#refused.count + 1) & 0xffff };
  }

  #carryOut(word: number): void {
    const untilMs = this.#nowMs + this.#options.contactMs;
    const wasMade = word === 1 ? this.openContact : this.closeContact;
    if (word === 1) {
      this.#closeUntilMs = 0;
      this.#openUntilMs = untilMs;
      this.#commandedMs = this.#nowMs;
      this.#moving = { to: 'open', sinceMs: this.#nowMs };
      this.#edge('open', wasMade);
    } else if (word === 2) {
      this.#closeUntilMs = untilMs;
      this.#moving = { to: 'closed', sinceMs: this.#nowMs };
      this.#edge('close', wasMade);
    } else {
      this.#faults.clear();
    }
  }

  /** A contact that is made already is made longer; the barrier sees no edge. */
  #edge(kind: 'open' | 'close', wasMade: boolean): void {
    if (wasMade) return;
    this.contacts.push({ atMs: this.#nowMs, kind });
    if (kind === 'open') this.#options.arm.open(this.#nowMs);
    else this.#options.arm.close(this.#nowMs);
  }

  #watchArm(): void {
    const { arm } = this.#options;
    const { limitClosed, limitOpen } = arm;
    if (this.#moving && (this.#moving.to === 'open' ? limitOpen : limitClosed))
      this.#moving = undefined;
    if (this.#moving && this.#nowMs - this.#moving.sinceMs > travelMaxMs) {
      this.#faults.add(this.#moving.to === 'open' ? 'openFailed' : 'closeFailed');
      this.#moving = undefined;
    }
    if (this.#wasClosed && !limitClosed) {
      this.#departures = (this.#departures + 1) & 0xffff;
      const commanded = this.#nowMs - this.#commandedMs <= 3_000;
      if (!commanded && !this.#occupied.has('localControl')) this.#faults.add('movedUncommanded');
    }
    this.#wasClosed = limitClosed;
  }

  #clockMs(): number {
    return Math.round(this.#nowMs - this.#startedMs) >>> 0;
  }

  #inputs(): number {
    const { limitClosed, limitOpen } = this.#options.arm;
    let word = (limitClosed ? 1 << bit.limitClosed : 0) | (limitOpen ? 1 << bit.limitOpen : 0);
    for (const input of this.#occupied) word |= 1 << bit[input];
    return word;
  }

  #status(): number {
    const bits = [
      this.#isMasterAlive(),
      this.openContact,
      this.closeContact,
      this.light('red'),
      this.light('green'),
    ];
    return bits.reduce((word, on, index) => word | (on ? 1 << index : 0), 0);
  }

  #writeState(): void {
    this.#scan = (this.#scan + 1) & 0xffff;
    const { lastId, lastCheck, session } = this.#retained;
    const faults = [...this.#faults].reduce((word, each) => word | (1 << fault[each]), 0);
    const long = (value: number) => [value >>> 16, value & 0xffff];
    const words = [
      0x4b01,
      this.#scan,
      ...long(this.#clockMs()),
      session,
      this.#inputs(),
      this.inputsFailed ? 0 : 0xff,
      this.#mode(),
      this.#status(),
      faults,
      ...long(lastId),
      this.#lastWord,
      lastCheck,
      ...long(this.#done),
      ...long(this.#refused.id),
      refusals.indexOf(this.#refused.reason),
      this.#refused.count,
      0,
      this.#departures,
      this.#beat.value,
      this.#scan,
    ];
    this.#registers.set(words);
  }

  #word(address: number): number {
    return this.#registers[address] ?? 0;
  }

  /** Answers one request PDU of the Modbus server. Total: never throws. */
  handle(
    request: Uint8Array,
    nowMs: number,
  ): { readonly pdu: Uint8Array; readonly delayMs: number } | undefined {
    if (request.length === 0) return undefined;
    this.tick(nowMs);
    const pdu = answerRegisters(this.#registers, request, writable);
    const isState = pdu[0] === 3 && pdu.length === 2 + 2 * stateWords;
    // A server that reads in the middle of a scan.
    if (this.torn && isState) pdu.set([(pdu.at(-1) ?? 0) ^ 1], pdu.length - 1);
    return { pdu, delayMs: 0 };
  }
}
