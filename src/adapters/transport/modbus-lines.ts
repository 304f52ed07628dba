/** The Modbus lines of a gate: devices whose configuration names the same line get the same one. */
import type { ExchangeTransport } from '../../ports/transport.ts';
import {
  type ModbusRtuOptions,
  type ModbusRtuTcpOptions,
  modbusRtu,
  modbusRtuTcp,
} from './modbus-rtu.ts';
import { type ModbusTcpOptions, modbusTcp } from './modbus-tcp.ts';

export type ModbusOptions =
  | ({ readonly kind: 'modbusTcp' } & ModbusTcpOptions)
  | ({ readonly kind: 'modbusRtu' } & ModbusRtuOptions)
  | ({ readonly kind: 'modbusRtuTcp' } & ModbusRtuTcpOptions);

export class ModbusLines {
  readonly #byAddress = new Map<string, ExchangeTransport>();

  /** Settings of the first device at an address are those of its line; validation has seen that they agree. */
  line(options: ModbusOptions): ExchangeTransport {
    if (options.kind === 'modbusTcp' && !options.gateway) return modbusTcp(options);
    const address = options.kind === 'modbusRtu' ? options.path : `${options.host}:${options.port}`;
    const line = this.#byAddress.get(address) ?? newLine(options);
    this.#byAddress.set(address, line);
    return line;
  }
}

function newLine(options: ModbusOptions): ExchangeTransport {
  switch (options.kind) {
    case 'modbusTcp':
      return modbusTcp(options);
    case 'modbusRtu':
      return modbusRtu(options);
    case 'modbusRtuTcp':
      return modbusRtuTcp(options);
  }
}
