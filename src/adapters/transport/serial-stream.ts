/**
 * A serial port through the `serialport` package. A new port object for each opening: the package keeps
 * writes that were made while the port was closed and would send them minutes later on the next opening.
 * `SerialPort.list()` is never called: without udevadm it ends the process.
 */
import { SerialPort } from 'serialport';
import type { Clock } from '../../ports/clock.ts';
import {
  type OpenStream,
  type StreamEvents,
  type StreamTransport,
  TransportError,
} from '../../ports/transport.ts';

export interface SerialStreamOptions {
  readonly path: string;
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
  readonly clock: Clock;
}

export function serialStream(options: SerialStreamOptions): StreamTransport {
  return {
    open: (events) => openPort(options, events),
  };
}

function openPort(options: SerialStreamOptions, events: StreamEvents): Promise<OpenStream> {
  const { path, baud, dataBits, parity, stopBits, clock } = options;
  return new Promise((resolve, reject) => {
    const port = new SerialPort({
      path,
      baudRate: baud,
      dataBits,
      parity,
      stopBits,
      autoOpen: false,
      lock: true,
    });
    let isOver = false;
    const over = (code: string, detail: string) => {
      if (isOver) return;
      isOver = true;
      events.closed(code, detail);
    };
    port.on('data', (bytes: Buffer) => events.received({ bytes, receivedAt: clock.now() }));
    port.on('error', (error) => over('port-lost', `${path}: ${error.message}`));
    port.on('close', (error: (Error & { disconnected?: boolean }) | null) =>
      over('port-lost', `${path}: ${error?.message ?? 'closed'}`),
    );
    port.open((error) => {
      if (error)
        return reject(new TransportError(openCode(error), `${path}: ${error.message}`, error));
      resolve({
        write(bytes) {
          if (port.isOpen) port.write(bytes);
        },
        close() {
          isOver = true;
          if (port.isOpen) port.close(() => undefined);
        },
      });
    });
  });
}

function openCode(error: Error): string {
  if (/lock|temporarily unavailable|busy/i.test(error.message)) return 'port-locked';
  return /permission|denied/i.test(error.message) ? 'port-denied' : 'port-absent';
}
