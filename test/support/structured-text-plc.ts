/** A PLC that runs the reference program of the command interface, scan by scan, behind a Modbus server. */
import { readFileSync } from 'node:fs';
import type { PlcArm, PlcInput } from '../../devices/plc-kakou/emulator.ts';
import { answerRegisters } from '../../devices/plc-kakou/register-server.ts';
import { repositoryFile } from './repository.ts';
import { StructuredText } from './structured-text.ts';

const scanMs = 10;
const program = readFileSync(repositoryFile('docs/reference/plc-interface.st'), 'utf8');

export class StructuredTextPlc {
  readonly contacts: { readonly atMs: number; readonly kind: 'open' | 'close' }[] = [];
  halted = false;
  inputsFailed = false;
  emergencyStop = false;
  readonly #program = new StructuredText(program);
  readonly #arm: PlcArm;
  readonly #occupied = new Set<PlcInput>();
  #nowMs: number;

  constructor({ arm }: { readonly arm: PlcArm }, nowMs: number) {
    this.#arm = arm;
    this.#nowMs = nowMs;
    this.#scan();
  }

  get openContact(): boolean {
    return this.#program.output('openContact');
  }

  get closeContact(): boolean {
    return this.#program.output('closeContact');
  }

  light(colour: 'red' | 'green'): boolean {
    return this.#program.output(colour === 'red' ? 'lampRed' : 'lampGreen');
  }

  setInput(input: PlcInput, occupied: boolean, nowMs: number): void {
    this.tick(nowMs);
    if (occupied) this.#occupied.add(input);
    else this.#occupied.delete(input);
    const under = (['presence', 'exit', 'curtain'] as const).some((each) =>
      this.#occupied.has(each),
    );
    this.#arm.setBlocked(under, nowMs);
  }

  powerCycle(
    nowMs: number,
    options: { readonly forgets?: true; readonly keepsRegisters?: true } = {},
  ): void {
    this.tick(nowMs);
    if (!options.keepsRegisters) this.#program.registers.fill(0);
    this.#program.restart(options.forgets !== true);
    this.#scan();
  }

  tick(nowMs: number): void {
    while (this.#nowMs + scanMs <= nowMs) {
      this.#nowMs += scanMs;
      this.#arm.advance(this.#nowMs);
      if (!this.halted) this.#scan();
    }
  }

  #scan(): void {
    const before = { open: this.openContact, close: this.closeContact };
    this.#program.run({
      // Any counter will do: this one wraps within the first minute.
      nowMs: (Math.round(this.#nowMs) + 0xffff_f000) % 0x1_0000_0000,
      limitClosed: this.#arm.limitClosed,
      limitOpen: this.#arm.limitOpen,
      approach: this.#occupied.has('approach'),
      presence: this.#occupied.has('presence'),
      exit: this.#occupied.has('exit'),
      curtain: this.#occupied.has('curtain'),
      localControl: this.#occupied.has('localControl'),
      barrierFault: this.#occupied.has('barrierFault'),
      emergencyStop: this.emergencyStop,
      inputsOk: !this.inputsFailed,
      wired: 0xff,
    });
    if (this.openContact && !before.open) this.#made('open');
    if (this.closeContact && !before.close) this.#made('close');
  }

  #made(kind: 'open' | 'close'): void {
    this.contacts.push({ atMs: this.#nowMs, kind });
    if (kind === 'open') this.#arm.open(this.#nowMs);
    else this.#arm.close(this.#nowMs);
  }

  handle(pdu: Uint8Array, nowMs: number): { readonly pdu: Uint8Array; readonly delayMs: number } {
    this.tick(nowMs);
    return { pdu: answerRegisters(this.#program.registers, pdu, [[0, 64]]), delayMs: 0 };
  }
}
