/** Modbus RTU units in a process of their own, on an emulated line behind a raw TCP port, as slow as real ones. */
import { hostByteMachine } from '../../src/simulation/byte-machine-host.ts';
import { ModbusRtuHost, type RtuUnit } from '../../src/simulation/modbus-rtu-host.ts';

/** A unit's own time and that of the bytes at 19200 bit/s, ms. */
const answerMs = 12;

const unit: RtuUnit = {
  handle(pdu) {
    const count = Math.ceil((pdu[4] ?? 0) / 8);
    const bytes = [pdu[0] ?? 0, count, ...new Uint8Array(count).fill(0b11000)];
    return { pdu: Uint8Array.from(bytes), delayMs: answerMs };
  },
};
const machine = new ModbusRtuHost({ units: new Map([1, 2, 3].map((number) => [number, unit])) });
const host = await hostByteMachine(machine);
setInterval(() => host.tick(performance.now()), 1);
process.stdout.write(`${host.port}\n`);
