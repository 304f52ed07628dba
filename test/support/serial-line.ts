/** Two pseudo-terminals joined by socat, with an emulated device at the far end. */
import { closeSync, createReadStream, existsSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { ByteMachine } from '../../src/simulation/byte-machine-host.ts';
import { type Peer, startPeer, until } from './peers.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface SerialLine {
  /** Our end. */
  readonly ours: string;
  readonly socat: Peer;
  /** Puts bytes on the line as the device would. */
  put(bytes: Uint8Array): void;
}

/** A line whose two ends are paths and whose far end nobody has opened yet. */
export async function bareLine(t: Test, folder = temporaryFolder()) {
  const [ours, theirs] = ['ours', 'theirs'].map((name) => join(folder, name)) as [string, string];
  const socat = startPeer(t, 'socat', [
    `pty,raw,echo=0,link=${ours}`,
    `pty,raw,echo=0,link=${theirs}`,
  ]);
  await until(() => existsSync(ours) && existsSync(theirs), 'both ends of the line');
  return { ours, theirs, socat };
}

export async function serialLine(
  t: Test,
  machine: ByteMachine,
  folder = temporaryFolder(),
): Promise<SerialLine> {
  const { ours, theirs, socat } = await bareLine(t, folder);
  const handle = openSync(theirs, 'r+');
  const put = (bytes: Uint8Array) => {
    try {
      writeSync(handle, bytes);
    } catch {
      // The line was cut on purpose.
    }
  };
  const input = createReadStream('', { fd: openSync(theirs, 'r'), autoClose: true });
  input.on('data', (bytes) => {
    for (const answer of machine.received(bytes as Buffer, performance.now())) put(answer);
  });
  input.on('error', () => undefined);
  const timer = setInterval(() => {
    for (const bytes of machine.tick(performance.now())) put(bytes);
  }, 5);
  t.teardown(async () => {
    clearInterval(timer);
    await socat.kill();
    input.destroy();
    closeSync(handle);
  });
  return { ours, socat, put };
}
