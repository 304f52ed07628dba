/** Emulated units on an emulated RS-485 line behind a device server's raw TCP port, on a real connection. */
import type { Test } from 'tap';
import { IoModuleEmulator } from '../../devices/io-modbus/emulator.ts';
import type { ModbusLine } from '../../src/adapters/transport/modbus-line.ts';
import { type ModbusRtuTcpOptions, modbusRtuTcp } from '../../src/adapters/transport/modbus-rtu.ts';
import { hostByteMachine } from '../../src/simulation/byte-machine-host.ts';
import { ModbusRtuHost, type RtuUnit } from '../../src/simulation/modbus-rtu-host.ts';
import { clock } from './device-under-test.ts';

export const replyTimeoutMs = 150;
export const readInputs = { function: 2, address: 0, quantity: 8 } as const;
export const poll = { priority: 'poll' } as const;
export const command = { priority: 'command' } as const;

export function emulatedModules(units: readonly number[]): Map<number, IoModuleEmulator> {
  const nowMs = performance.now();
  return new Map(
    units.map((unit) => [unit, new IoModuleEmulator({ module: 'waveshareRelayB' }, nowMs)]),
  );
}

export interface RtuOverTcp {
  readonly line: ModbusLine;
  readonly host: ModbusRtuHost;
  readonly port: number;
  /** Cuts the connection as a device server does that restarts. */
  cut(): void;
}

/** A host on loopback with `units`, and our line to it. */
export async function rtuOverTcp(
  t: Test,
  units: ReadonlyMap<number, RtuUnit>,
  options: {
    readonly echoes?: boolean;
    readonly line?: Partial<ModbusRtuTcpOptions>;
  } = {},
): Promise<RtuOverTcp> {
  const host = new ModbusRtuHost({ units });
  host.echoes = options.echoes ?? false;
  const server = await hostByteMachine(host);
  const timer = setInterval(() => server.tick(performance.now()), 3);
  const line = modbusRtuTcp({
    host: '127.0.0.1',
    port: server.port,
    connectTimeoutMs: 500,
    replyTimeoutMs,
    turnaroundMs: 2,
    echo: 'none',
    clock,
    ...options.line,
  });
  t.teardown(async () => {
    clearInterval(timer);
    await server.close();
  });
  return { line, host, port: server.port, cut: () => server.cut() };
}
