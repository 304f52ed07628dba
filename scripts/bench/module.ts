/** An IO module in a process of its own: answers Modbus TCP and acts on nothing, so that both halves meet the same. */
import { startModbusTcpHost } from '../../src/simulation/modbus-tcp-host.ts';

const host = await startModbusTcpHost({
  handle: (pdu) => ({
    pdu: pdu[0] === 5 ? pdu.slice() : Uint8Array.of(pdu[0] ?? 0, 1, 0b11000),
    delayMs: 0,
  }),
});
process.stdout.write(`${host.port}\n`);
