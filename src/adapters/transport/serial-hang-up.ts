/**
 * Tells the loss of a serial port that meets a reading at work. The system answers each read of a port that was
 * hung up (unplugged, its pseudo-terminal gone) with no bytes; `serialport` 13.0.0 reads again at once and for ever:
 * a thread is busy and nobody is told. Only a reading that waits for bytes hears of the loss otherwise.
 */
import { read } from 'node:fs';
import { promisify } from 'node:util';

/** What an open port of the package's bindings for Linux and macOS has. */
interface PolledPort {
  readonly fd: number | null;
  readonly poller: {
    once(event: 'readable', told: (error: Error | null) => void): unknown;
  };
  read(buffer: Buffer, offset: number, length: number): Promise<Read>;
}

interface Read {
  readonly buffer: Buffer;
  readonly bytesRead: number;
}

const readBytes = promisify(read);

/** Replaces the reading of an open port; one of other bindings is left as it is. */
export function tellHangUp(port: object | undefined): void {
  if (!port || !('poller' in port)) return;
  const polled = port as PolledPort;
  polled.read = async (buffer, offset, length) => {
    for (;;) {
      if (polled.fd === null) throw canceled();
      const bytesRead = await readNow(polled.fd, { buffer, offset, length });
      if (bytesRead === 0) throw new Error('the system has hung up the port');
      if (bytesRead !== undefined) return { buffer, bytesRead };
      await readable(polled);
    }
  };
}

/** Number of bytes, or nothing where there are none yet. */
async function readNow(
  fd: number,
  { buffer, offset, length }: { buffer: Buffer; offset: number; length: number },
): Promise<number | undefined> {
  try {
    // A port blocks until there is a byte, and one opened as the package does fails instead: 0 is never "not yet".
    return (await readBytes(fd, buffer, offset, length, null)).bytesRead;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['EAGAIN', 'EWOULDBLOCK', 'EINTR'].includes(code)) return undefined;
    throw error;
  }
}

function readable({ poller, fd }: PolledPort): Promise<void> {
  return new Promise((resolve, reject) => {
    if (fd === null) return reject(canceled());
    poller.once('readable', (error) => (error ? reject(error) : resolve()));
  });
}

/** The package takes this for the end of a reading by our own closing, not for a loss. */
function canceled(): Error {
  return Object.assign(new Error('the port is not open'), { canceled: true });
}
