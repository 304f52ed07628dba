/**
 * Modbus RTU on a serial port, and the same bytes behind a raw TCP port of a device server. `modbus-serial` is
 * not used for either line: its serial port hands a late reply to the next request, and what it calls RTU over
 * TCP has the header of Modbus TCP before it (decision 0009).
 */
import type { Clock } from '../../ports/clock.ts';
import type { StreamTransport } from '../../ports/transport.ts';
import { ModbusLine } from './modbus-line.ts';
import { forgottenAfterMs, OwedReplies } from './reply-shape.ts';
import { RtuWire } from './rtu-wire.ts';
import { type SerialLineOptions, serialStream } from './serial-stream.ts';
import { tcpStream } from './tcp-stream.ts';

interface RtuHabits {
  readonly replyTimeoutMs: number;
  /** Time a line is left alone between a reply and the next request, beyond 3.5 characters, ms. */
  readonly turnaroundMs: number;
  /** Whether what is written comes back on the line. */
  readonly echo: 'none' | 'expect';
  readonly clock: Clock;
}

export interface ModbusRtuOptions extends SerialLineOptions, RtuHabits {}

export interface ModbusRtuTcpOptions extends RtuHabits {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
}

/** A line whose every unit is silent is opened anew: adapters hang too. */
const unansweredMax = 3;

export function modbusRtu(options: ModbusRtuOptions): ModbusLine {
  const parityBits = options.parity === 'none' ? 0 : 1;
  const bitsOfCharacter = 1 + options.dataBits + parityBits + options.stopBits;
  const characterMs = (bitsOfCharacter * 1_000) / options.baud;
  return rtuLine(options, { name: options.path, stream: serialStream(options), characterMs });
}

export function modbusRtuTcp(options: ModbusRtuTcpOptions): ModbusLine {
  const name = `${options.host}:${options.port}`;
  return rtuLine(options, { name, stream: tcpStream(options), characterMs: 0 });
}

function rtuLine(
  { replyTimeoutMs, turnaroundMs, echo, clock }: RtuHabits,
  way: { readonly name: string; readonly stream: StreamTransport; readonly characterMs: number },
): ModbusLine {
  return new ModbusLine({
    ...way,
    units: 'ofSerialLine',
    wire: new RtuWire({ echo, owed: new OwedReplies(forgottenAfterMs(replyTimeoutMs)) }),
    replyTimeoutMs,
    pauseMs: 3.5 * way.characterMs + turnaroundMs,
    unansweredMax,
    settles: true,
    clock,
  });
}
