/** Answers that are whole and well formed and belong to something else, from a server that makes them so. */
import { createServer } from 'node:net';
import t, { type Test } from 'tap';
import { modbusTcp } from '../../../src/adapters/transport/modbus-tcp.ts';
import type { ModbusRequest } from '../../../src/driver-kit/contract.ts';
import { listening } from '../../../src/simulation/byte-machine-host.ts';
import { clock } from '../../support/device-under-test.ts';

/** Answers every request with this PDU, under the transaction and the unit of the request. */
async function answering(t: Test, pdu: readonly number[]) {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (request) => {
      const header = Buffer.alloc(7);
      request.copy(header, 0, 0, 7);
      header.writeUInt16BE(pdu.length + 1, 4);
      socket.write(Buffer.concat([header, Buffer.from(pdu)]));
    });
  });
  const port = await listening(server);
  const closed: string[] = [];
  const exchange = await modbusTcp({
    host: '127.0.0.1',
    port,
    connectTimeoutMs: 500,
    replyTimeoutMs: 200,
    clock,
  }).open(1, (code) => closed.push(code));
  t.teardown(() => {
    exchange.close();
    server.close();
  });
  return { exchange, closed };
}

const coil: ModbusRequest = { function: 5, address: 0x0200, value: 5 };
const on: ModbusRequest = { function: 5, address: 2, value: 0xff00 };
const register: ModbusRequest = { function: 6, address: 3, value: 0x1234 };
const inputs: ModbusRequest = { function: 2, address: 0, quantity: 16 };
const coils: ModbusRequest = { function: 1, address: 0, quantity: 16 };
const words: ModbusRequest = { function: 4, address: 0, quantity: 2 };
const holding: ModbusRequest = { function: 3, address: 0, quantity: 2 };

const right: readonly (readonly [string, ModbusRequest, readonly number[], unknown])[] = [
  ['a timed pulse', coil, [5, 2, 0, 0, 5], { kind: 'written' }],
  ['a coil', on, [5, 0, 2, 0xff, 0], { kind: 'written' }],
  ['a register', register, [6, 0, 3, 0x12, 0x34], { kind: 'written' }],
  ['two registers', words, [4, 4, 0, 1, 0, 2], { kind: 'words', words: [1, 2] }],
];

for (const [what, request, pdu, reply] of right) {
  t.test(`${what} is answered by its own answer`, async (t) => {
    const { exchange, closed } = await answering(t, pdu);
    t.match(await exchange.request(request, { priority: 'command' }), { kind: 'reply', reply });
    t.strictSame(closed, []);
  });
}

const foreign: readonly (readonly [string, ModbusRequest, readonly number[]])[] = [
  ['another coil', coil, [5, 2, 1, 0, 5]],
  ['another coil, switched on', on, [5, 0, 3, 0xff, 0]],
  ['the coil switched off', on, [5, 0, 2, 0, 0]],
  ['a pulse taken for switching on', coil, [5, 2, 0, 0xff, 0]],
  ['another register', register, [6, 0, 4, 0x12, 0x34]],
  ['the register with another value', register, [6, 0, 3, 0x12, 0x35]],
  ['too few inputs', inputs, [2, 1, 0xff]],
  ['too few coils', coils, [1, 1, 0xff]],
  ['too few registers', words, [4, 2, 0, 1]],
  ['too many registers', holding, [3, 6, 0, 1, 0, 2, 0, 3]],
  ['another function', inputs, [1, 2, 0xff, 0xff]],
];

for (const [what, request, pdu] of foreign) {
  t.test(`an answer about ${what} is none, and ends the connection`, async (t) => {
    const { exchange, closed } = await answering(t, pdu);
    const answer = await exchange.request(request, { priority: 'command' });
    t.equal(answer.kind, 'failed');
    t.equal(closed.length, 1);
    t.match(await exchange.request(request, { priority: 'command' }), { failure: 'disconnected' });
  });
}
