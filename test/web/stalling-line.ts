/** A line to a server that can go dead without a word, as when a cable is pulled: open, and nothing comes. */
import { connect, createServer, type Socket } from 'node:net';
import type { Test } from 'tap';
import { freePort } from '../../scripts/main-job/programs.ts';

export interface StallingLine {
  readonly address: string;
  stall(): void;
  resume(): void;
}

export async function stallingLine(t: Test, server: string): Promise<StallingLine> {
  const { hostname, port } = new URL(server);
  const ends = new Set<Socket>();
  let isStalled = false;
  const line = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      ends.add(from);
      from.on('data', (bytes) => to.write(bytes));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        ends.delete(from);
        to.destroy();
      });
      if (isStalled) from.pause();
    }
  });
  const own = await freePort();
  await new Promise<void>((done) => line.listen(own, '127.0.0.1', () => done()));
  t.teardown(() => {
    for (const end of ends) end.destroy();
    line.close();
  });
  return {
    address: `http://127.0.0.1:${own}/`,
    stall() {
      isStalled = true;
      for (const end of ends) end.pause();
    },
    resume() {
      isStalled = false;
      for (const end of ends) end.resume();
    },
  };
}
