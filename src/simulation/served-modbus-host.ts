/** A Modbus module of a recording as a Modbus TCP server: any unit, answered as the module answered then. */
import type { ServedConnection } from '../replay/served-connections.ts';
import type { ServedExchanges } from '../replay/served-exchanges.ts';
import { freePort } from './free-port.ts';
import { exceptionPdu, illegalAddress, replyPdu, requestOf } from './modbus-pdu.ts';
import { type HostedAnswer, type ModbusTcpHost, startModbusTcpHost } from './modbus-tcp-host.ts';
import type { ReplayClock } from './replay-clock.ts';
import type { ServedHost } from './served-device.ts';

export interface ServedModbusOptions {
  readonly connections: readonly ServedConnection[];
  readonly exchanges: ServedExchanges;
  readonly clock: ReplayClock;
  /** When the replay is over, on the clock of the recording. */
  readonly endMs: number;
}

export class ServedModbusHost implements ServedHost {
  readonly port: number;
  readonly #options: ServedModbusOptions;
  #host: ModbusTcpHost | undefined;

  private constructor(port: number, options: ServedModbusOptions) {
    this.port = port;
    this.#options = options;
  }

  static async on(options: ServedModbusOptions): Promise<ServedModbusHost> {
    return new ServedModbusHost(await freePort(), options);
  }

  get connections(): number {
    return this.#host?.connections ?? 0;
  }

  get isReady(): boolean {
    return this.connections > 0;
  }

  notes(): readonly string[] {
    return this.#options.exchanges.unrecorded.map(
      ({ request, times }) => `asked ${times} times, and not recorded: ${JSON.stringify(request)}`,
    );
  }

  async begin(): Promise<void> {
    const [first] = this.#options.connections;
    if (!first || first.fromMs === Number.NEGATIVE_INFINITY) await this.#open();
  }

  async play(): Promise<void> {
    const { connections, clock, endMs } = this.#options;
    for (const { fromMs, cutMs } of connections) {
      if (Number.isFinite(fromMs)) await clock.until(fromMs);
      await this.#open();
      if (!Number.isFinite(cutMs)) continue;
      await clock.until(cutMs);
      await this.close();
    }
    await clock.until(endMs);
  }

  async close(): Promise<void> {
    const host = this.#host;
    this.#host = undefined;
    await host?.close();
  }

  async #open(): Promise<void> {
    this.#host ??= await startModbusTcpHost({
      port: this.port,
      handle: (pdu) => this.#answer(pdu),
    });
  }

  #answer(pdu: Uint8Array): HostedAnswer | undefined {
    const request = requestOf(pdu);
    // Where a silent module would hold its line up, one that refuses an unknown place does not.
    const refused = { pdu: exceptionPdu(pdu, illegalAddress), delayMs: 0 };
    if (!request) return refused;
    const answer = this.#options.exchanges.answer(request, this.#options.clock.nowMs());
    if (answer.kind === 'unknown') return refused;
    if (answer.kind === 'taken') return { pdu: replyPdu(pdu, { kind: 'written' }), delayMs: 0 };
    const { result, delayMs } = answer;
    if (result.kind === 'reply') return { pdu: replyPdu(pdu, result.reply), delayMs };
    if (result.exceptionCode === undefined) return undefined;
    return { pdu: exceptionPdu(pdu, result.exceptionCode), delayMs };
  }
}
