/** Puts an emulated LLRP reader behind a TCP port of loopback, each connection a link of its own. */
import { createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import type { LlrpReader, ReaderLink } from '../../devices/rfid-llrp/emulator.ts';
import { listening } from '../../src/simulation/byte-machine-host.ts';

export interface LlrpReaderHost {
  readonly port: number;
  /** Cuts every connection, as a loss of power does; the port goes on listening. */
  cut(): void;
}

export async function hostLlrpReader(t: Test, reader: LlrpReader): Promise<LlrpReaderHost> {
  const links = new Map<Socket, ReaderLink>();
  const write = (socket: Socket, segments: readonly Uint8Array[]) => {
    for (const bytes of segments) socket.write(bytes);
    if (links.get(socket)?.isOver) socket.end();
  };
  const server = createServer({ noDelay: true }, (socket) => {
    const link = reader.connect(performance.now());
    links.set(socket, link);
    write(socket, link.tick(performance.now()));
    socket.on('data', (bytes) => write(socket, link.received(bytes, performance.now())));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      link.end();
      links.delete(socket);
    });
  });
  const timer = setInterval(() => {
    for (const [socket, link] of links) write(socket, link.tick(performance.now()));
  }, 10);
  const port = await listening(server);
  const cut = () => {
    for (const socket of links.keys()) socket.destroy();
  };
  t.teardown(async () => {
    clearInterval(timer);
    cut();
    await new Promise<void>((done) => server.close(() => done()));
  });
  return { port, cut };
}
