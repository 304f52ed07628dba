/** A line between a device and the daemon that splits what passes and, now and then, garbles it. */
import { connect, createServer, type Socket } from 'node:net';
import { listening } from '../../src/simulation/byte-machine-host.ts';

export interface BadLine {
  readonly port: number;
  /** Bits that are turned round in the first byte of every third piece; 0: none. */
  garble: number;
  /** Bytes that were turned round. */
  readonly garbled: number;
  close(): Promise<void>;
}

export async function badLine(to: { readonly port: () => number }): Promise<BadLine> {
  const sockets = new Set<Socket>();
  let pieces = 0;
  const line = { garble: 0, garbled: 0 };
  const server = createServer((socket) => {
    const device = connect(to.port(), '127.0.0.1');
    for (const each of [socket, device]) {
      sockets.add(each);
      each.on('error', () => each.destroy());
      each.on('close', () => {
        sockets.delete(each);
        socket.destroy();
        device.destroy();
      });
    }
    socket.setNoDelay(true);
    socket.on('data', (bytes) => device.write(bytes));
    device.on('data', (bytes) => {
      const middle = Math.ceil(bytes.length / 3);
      for (const part of [bytes.subarray(0, middle), bytes.subarray(middle)]) {
        if (part.length === 0) continue;
        pieces += 1;
        const passed = Buffer.from(part);
        if (line.garble > 0 && pieces % 3 === 0) {
          passed[0] = (passed[0] ?? 0) ^ line.garble;
          line.garbled += 1;
        }
        socket.write(passed);
      }
    });
  });
  const port = await listening(server);
  return Object.assign(line, {
    port,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((done) => server.close(() => done()));
    },
  });
}
