/**
 * Requests and replies of the Modbus application protocol, made and read by `modbus-serial`. The package is
 * given a port that only remembers what it was told to write: when a request goes out, on which line, and whose
 * reply has come is none of its business (see `modbus-line.ts`). Its own ports hand a late reply to the next
 * request, keep half a reply in their buffers, and let several requests out at once.
 */
import { EventEmitter } from 'node:events';
import modbusSerial from 'modbus-serial';
import type { ModbusReply, ModbusRequest } from '../../driver-kit/contract.ts';

// The package is CommonJS with a default of its own.
const ModbusClient = modbusSerial.default;

export type ReadReply =
  | { readonly kind: 'reply'; readonly reply: ModbusReply }
  | { readonly kind: 'exception'; readonly code: number; readonly detail: string }
  /** No reply to this request, whatever else it may be. */
  | { readonly kind: 'foreign'; readonly detail: string };

/** What the package gives: of reads the data, of writes what it makes of the echo. */
interface PackageResult {
  readonly data?: readonly (boolean | number)[];
  readonly address?: number;
}

type Answered = (error: unknown, result?: PackageResult) => void;

/** What the package takes for a port. */
class PaperPort extends EventEmitter {
  readonly isOpen = true;
  written: Uint8Array = new Uint8Array(0);

  open(opened: () => void): void {
    opened();
  }

  write(frame: Uint8Array): void {
    this.written = frame;
  }
}

/** Unit, function, exception code and check. */
const frameMin = 5;

const port = new PaperPort();
const client = new ModbusClient(port);
client.open();

/** The request as a frame of a serial line: unit, PDU, check. */
export function requestFrame(unit: number, request: ModbusRequest): Uint8Array {
  hand(unit, request, () => undefined);
  return port.written;
}

/** Reads a frame of the same form as the reply to `request`. Total: never throws. */
export function readReply(unit: number, request: ModbusRequest, frame: Uint8Array): ReadReply {
  let read: ReadReply = { kind: 'foreign', detail: 'the answer is none to this request' };
  // The package reads past the end of what is shorter.
  if (frame.length < frameMin) return read;
  hand(unit, request, (error, result) => {
    read = error
      ? refusal(error)
      : {
          kind: 'reply',
          reply: replyOf(request, result?.data ?? []),
        };
  });
  port.emit('data', Buffer.from(frame));
  return read;
}

function hand(unit: number, request: ModbusRequest, answered: Answered): void {
  const { address } = request;
  switch (request.function) {
    case 1:
      return client.writeFC1(unit, address, request.quantity, answered);
    case 2:
      return client.writeFC2(unit, address, request.quantity, answered);
    case 3:
      return client.writeFC3(unit, address, request.quantity, answered);
    case 4:
      return client.writeFC4(unit, address, request.quantity, answered);
    case 5:
    case 6: {
      // The package's own FC5 knows only on and off; a timed pulse is another value in the same place.
      const data = [address >> 8, address & 0xff, request.value >> 8, request.value & 0xff];
      return client.writeCustomFC(unit, request.function, data, answered);
    }
    case 16:
      return client.writeFC16(unit, address, [...request.values], answered);
  }
}

function refusal(error: unknown): ReadReply {
  const { modbusCode, message } = error as { modbusCode?: number; message?: string };
  const detail = message ?? String(error);
  return modbusCode === undefined
    ? { kind: 'foreign', detail }
    : { kind: 'exception', code: modbusCode, detail };
}

function replyOf(request: ModbusRequest, data: readonly (boolean | number)[]): ModbusReply {
  switch (request.function) {
    case 1:
    case 2:
      return { kind: 'bits', bits: data.slice(0, request.quantity).map((bit) => bit === true) };
    case 3:
    case 4:
      return { kind: 'words', words: data.map(Number) };
    default:
      return { kind: 'written' };
  }
}
