/** Ports of this machine for hosts and daemons of a virtual or replayed gate. */
import { createServer } from 'node:net';

/** Below what the system gives to outgoing connections, which could take a port before it is listened on. */
const portsFrom = 20_000;
const portsBelow = 32_000;
const triesMax = 50;

/** A port nobody listens on: the wished one if it is free. */
export async function freePort(wished?: number): Promise<number> {
  if (wished !== undefined && (await isFree(wished))) return wished;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const port = portsFrom + Math.floor(Math.random() * (portsBelow - portsFrom));
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port on 127.0.0.1 from ${portsFrom} to ${portsBelow - 1}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
