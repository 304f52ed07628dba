/**
 * A gateway from Modbus TCP to a serial line as cheap ones are built: it asks one unit at a time, gives up after
 * its own time with exception 11, and hands whatever comes from the line next to whoever asked last.
 */
import { createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import { listening } from '../../src/simulation/byte-machine-host.ts';
import { ModbusRtuHost, type RtuUnit } from '../../src/simulation/modbus-rtu-host.ts';

export interface NaiveGatewayOptions {
  readonly units: ReadonlyMap<number, RtuUnit>;
  /** Own wait for a unit, ms. */
  readonly timeoutMs: number;
  /** What the replies bear as transaction id. */
  readonly ids?: 'right' | 'zero' | 'next';
}

interface Waiting {
  readonly socket: Socket;
  readonly head: Buffer;
  readonly frame: Uint8Array;
}

export async function naiveGateway(t: Test, options: NaiveGatewayOptions) {
  const line = new ModbusRtuHost({ units: options.units });
  const queue: Waiting[] = [];
  const sockets = new Set<Socket>();
  let current: Waiting | undefined;
  let deadline: NodeJS.Timeout | undefined;
  let most = 0;

  const answer = (pdu: Uint8Array) => {
    if (!current) return;
    const { socket, head } = current;
    clearTimeout(deadline);
    const reply = Buffer.concat([head.subarray(0, 7), pdu]);
    const id = head.readUInt16BE(0);
    if (options.ids === 'zero') reply.writeUInt16BE(0, 0);
    if (options.ids === 'next') reply.writeUInt16BE((id + 1) & 0xffff, 0);
    reply.writeUInt16BE(pdu.length + 1, 4);
    socket.write(reply);
    current = undefined;
    ask();
  };
  const ask = () => {
    current = queue.shift();
    if (!current) return;
    const { frame } = current;
    deadline = setTimeout(
      () => answer(Uint8Array.of((frame[1] ?? 0) | 0x80, 11)),
      options.timeoutMs,
    );
    hear(line.received(frame, performance.now()));
  };
  const hear = (frames: readonly Uint8Array[]) => {
    for (const frame of frames) answer(frame.slice(1, -2));
  };
  const timer = setInterval(() => hear(line.tick(performance.now())), 3);

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    let buffer = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      buffer = Buffer.concat([buffer, bytes]);
      while (buffer.length >= 8 && buffer.length >= 6 + buffer.readUInt16BE(4)) {
        const message = buffer.subarray(0, 6 + buffer.readUInt16BE(4));
        buffer = buffer.subarray(message.length);
        const body = message.subarray(6);
        queue.push({ socket, head: message.subarray(0, 7), frame: withCheck(body) });
        most = Math.max(most, queue.length + (current ? 1 : 0));
        if (!current) ask();
      }
    });
  });
  const port = await listening(server);
  t.teardown(() => {
    clearInterval(timer);
    clearTimeout(deadline);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port,
    line,
    /** The most requests it held at once. */
    most: () => most,
    connections: () => sockets.size,
  };
}

function withCheck(body: Uint8Array): Uint8Array {
  let check = 0xffff;
  for (const byte of body) {
    check ^= byte;
    for (let bit = 0; bit < 8; bit += 1) check = (check >> 1) ^ (check & 1 ? 0xa001 : 0);
  }
  return Uint8Array.of(...body, check & 0xff, check >> 8);
}
