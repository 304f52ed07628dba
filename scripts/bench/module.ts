/**
 * An IO module in a process of its own: answers Modbus TCP and acts on nothing, so that both halves meet the same.
 * It prints its port, and then for each coil it was told to write the moment in ns of the machine's monotonic clock.
 */
import { startModbusTcpHost } from '../../src/simulation/modbus-tcp-host.ts';

const host = await startModbusTcpHost({
  handle(pdu) {
    if (pdu[0] !== 5) return { pdu: Uint8Array.of(pdu[0] ?? 0, 1, 0b11000), delayMs: 0 };
    const at = process.hrtime.bigint();
    // After the answer has left: what is measured does not wait for what is told.
    setImmediate(() => process.stdout.write(`${at}\n`));
    return { pdu: pdu.slice(), delayMs: 0 };
  },
});
process.stdout.write(`${host.port}\n`);
