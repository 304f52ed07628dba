/**
 * A serial port through the `serialport` package. A new port object for each opening: the package keeps
 * writes that were made while the port was closed and would send them minutes later on the next opening.
 * `SerialPort.list()` is never called: it needs udevadm, and where that is absent its rejection ends the
 * process of a caller that does not expect it.
 */
import { randomInt } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { SerialPort, type SerialPortMock } from 'serialport';
import type { Clock } from '../../ports/clock.ts';
import {
  type OpenStream,
  type StreamEvents,
  type StreamTransport,
  TransportError,
} from '../../ports/transport.ts';
import { tellHangUp } from './serial-hang-up.ts';
import { FloodGate, WaitingWrites } from './stream-limits.ts';

export interface SerialLineOptions {
  readonly path: string;
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  /**
   * Levels of the two modem lines after the opening, low if absent: the system raises both when it opens a
   * port, and indicators and USB boards take that for a reset. High is for converters that are fed by them.
   */
  readonly dtr?: 'low' | 'high';
  readonly rts?: 'low' | 'high';
}

export interface SerialStreamOptions extends SerialLineOptions {
  readonly clock: Clock;
  /** Makes a port that is not open yet; the package's own if absent. */
  readonly makePort?: (options: PortOptions) => Port;
}

type PortOptions = ConstructorParameters<typeof SerialPort>[0];
type Port = SerialPort | SerialPortMock;

/** What the system may have gathered while we were busy: the largest buffer of a USB adapter. */
const gatheredBytes = 65_536;

export function serialStream(options: SerialStreamOptions): StreamTransport {
  return {
    async open(events) {
      await mustBePort(options.path);
      return openPort(options, events);
    },
  };
}

/** Opening a directory or a pipe fails with words about baud rates, or not at all. */
async function mustBePort(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new TransportError(openCode(error), `${path}: ${error.message}`, error);
  });
  if (found.isCharacterDevice()) return;
  const what = found.isDirectory() ? 'a directory' : found.isFIFO() ? 'a named pipe' : 'a file';
  throw new TransportError('port-not-serial', `${path} is ${what}`);
}

function openPort(options: SerialStreamOptions, events: StreamEvents): Promise<OpenStream> {
  const { path, baud, dataBits, parity, stopBits, clock } = options;
  return new Promise((resolve, reject) => {
    const makePort = options.makePort ?? ((with_: PortOptions) => new SerialPort(with_));
    const port = makePort({
      path,
      baudRate: baud,
      dataBits,
      parity,
      stopBits,
      autoOpen: false,
      lock: true,
    });
    let isOver = false;
    const close = () => {
      isOver = true;
      writes.stop();
      if (port.isOpen) port.close(() => undefined);
    };
    const over = (code: string, detail: string) => {
      if (isOver) return;
      close();
      events.closed(code, `${path}: ${detail}`);
    };
    const writes = new WaitingWrites({
      send: (bytes, taken) => port.write(bytes, () => taken()),
      blocked: (detail) => over('port-write-blocked', detail),
    });
    const flood = new FloodGate((2 * baud) / 10 + gatheredBytes);
    const received = (bytes: Buffer) => {
      if (isOver) return;
      const receivedAt = clock.now();
      if (flood.passes(bytes.length, receivedAt.monotonicMs))
        events.received({ bytes, receivedAt });
      else over('port-flooded', `more bytes than ${baud} bit/s can carry`);
    };
    port.on('error', (error) => over('port-lost', error.message));
    // Where the system reports the end of the bytes, the package does not close the port.
    port.on('end', () => over('port-lost', 'the port has ended'));
    port.on('close', (error: (Error & { disconnected?: boolean }) | null) =>
      over('port-lost', error?.message ?? 'closed'),
    );
    port.open((error) => {
      if (error)
        return reject(new TransportError(openCode(error), `${path}: ${error.message}`, error));
      tellHangUp(port.port);
      // Pseudo-terminals and some adapters have no such lines; the port is as good without.
      const levels = { dtr: options.dtr === 'high', rts: options.rts === 'high' };
      port.set(levels, () => {
        port.on('data', received);
        resolve({ nonce: randomInt(2 ** 31), write: (bytes) => writes.write(bytes), close });
      });
    });
  });
}

function openCode(error: NodeJS.ErrnoException): string {
  const { code, message } = error;
  if (/lock|temporarily unavailable|busy/i.test(message)) return 'port-locked';
  if (code === 'EACCES' || /permission|denied/i.test(message)) return 'port-denied';
  return /ioctl|directory, cannot open/i.test(message) ? 'port-not-serial' : 'port-absent';
}
