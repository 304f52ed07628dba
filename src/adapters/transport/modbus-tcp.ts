/**
 * Modbus TCP. The socket is ours and not that of `modbus-serial`: measured, the package does not serialise, its
 * promises never settle after `destroy()`, after a reset it emits no `close`, and without a time of its own a
 * connection that is not answered hangs for minutes. A connection to one module is thrown away with everything
 * that waits on it as soon as one request is not answered; one to a gateway is kept, since other units live.
 */
import type { Clock } from '../../ports/clock.ts';
import { MbapWire } from './mbap-wire.ts';
import { ModbusLine } from './modbus-line.ts';
import { forgottenAfterMs, OwedReplies } from './reply-shape.ts';
import { tcpStream } from './tcp-stream.ts';

export interface ModbusTcpOptions {
  readonly host: string;
  readonly port: number;
  readonly connectTimeoutMs: number;
  readonly replyTimeoutMs: number;
  /** Several units stand behind the address and share its connection; not, if absent. */
  readonly gateway?: boolean;
  /** Whether a reply must bear the id of its request; it must, if absent. */
  readonly transactionIds?: 'checked' | 'ignored';
  readonly clock: Clock;
}

/** Replies without ids are told from repeated ones by the time between them, ms. */
const pauseWithoutIdsMs = 5;

export function modbusTcp(options: ModbusTcpOptions): ModbusLine {
  const {
    host,
    port,
    replyTimeoutMs,
    gateway = false,
    transactionIds = 'checked',
    clock,
  } = options;
  const settles = gateway || transactionIds === 'ignored';
  return new ModbusLine({
    name: `${host}:${port}`,
    units: 'any',
    stream: tcpStream(options),
    wire: new MbapWire({
      transactionIds,
      ...(settles && { owed: new OwedReplies(forgottenAfterMs(replyTimeoutMs)) }),
    }),
    replyTimeoutMs,
    characterMs: 0,
    pauseMs: transactionIds === 'ignored' ? pauseWithoutIdsMs : 0,
    unansweredMax: gateway ? 3 : 1,
    settles,
    clock,
  });
}
