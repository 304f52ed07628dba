/** The line a device command listens to: a serial port or a raw TCP port, and what went wrong with it. */
import type { Command } from 'commander';
import { systemClock } from '../adapters/system/system.ts';
import { serialStream } from '../adapters/transport/serial-stream.ts';
import { tcpStream } from '../adapters/transport/tcp-stream.ts';
import { faultGroups } from '../core/fault-codes.ts';
import type { StreamProfile } from '../driver-kit/profile/stream.ts';
import { type StreamTransport, TransportError } from '../ports/transport.ts';

export interface LineOptions {
  readonly port?: string;
  readonly tcp?: string;
}

export const clock = systemClock('synced');
const connectTimeoutMs = 5_000;

export function withLineOptions(command: Command): Command {
  return command
    .option('--port <path>', 'serial port, as in /dev/serial/by-id/…')
    .option('--tcp <host:port>', 'serial line behind a device server (raw TCP)');
}

export interface SerialSettings {
  readonly baud: number;
  readonly dataBits: 7 | 8;
  readonly parity: 'none' | 'even' | 'odd';
  readonly stopBits: 1 | 2;
}

/** The settings of the profile at its usual rate, or at the one that was asked for. */
export function serialSettings({ link }: StreamProfile, baud: number | undefined): SerialSettings {
  const { dataBits, parity, stopBits } = link;
  return { baud: baud ?? link.baud[0] ?? 9_600, dataBits, parity, stopBits };
}

/** The transport, or why the options name none. */
export function lineOf(options: LineOptions, serial: SerialSettings): StreamTransport | string {
  const { port, tcp } = options;
  if (port !== undefined) return serialStream({ path: port, ...serial, clock });
  const [, host, digits] = /^(.+):(\d{1,5})$/.exec(tcp ?? '') ?? [];
  const number = Number(digits);
  if (host === undefined || number < 1 || number > 65_535)
    return '--tcp takes host:port, as in 192.168.1.20:4001';
  return tcpStream({ host, port: number, connectTimeoutMs, clock });
}

/** `code: detail`, and what to do about it. */
export function lineFaultText(error: unknown): string {
  if (!(error instanceof TransportError)) return String(error);
  return `${error.code}: ${error.message}\n    hint: ${faultHint(error.code)}`;
}

function faultHint(code: string): string {
  for (const group of Object.values(faultGroups)) {
    const fault = (group as Readonly<Record<string, { readonly hint: string }>>)[code];
    if (fault) return fault.hint;
  }
  return 'see docs/reference/faults.md';
}

/** A whole number of an option within its range; anything else ends the command with exit code 2. */
export function numberOption(name: string, low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= low && value <= high) return value;
    process.stderr.write(`${name} is a whole number from ${low} to ${high}, not "${text}"\n`);
    process.exit(2);
  };
}
