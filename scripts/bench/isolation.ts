/**
 * What one dead device costs the others. The floor is the same run without it. Devices of their own connection
 * must not feel it at all; units of a shared serial line lose the share of its time that is spent on looking
 * whether the dead one is back, and no more.
 */
import { createServer, type Socket } from 'node:net';
import { lostShareMax } from '../../src/adapters/transport/line-turns.ts';
import { modbusRtuTcp } from '../../src/adapters/transport/modbus-rtu.ts';
import { modbusTcp } from '../../src/adapters/transport/modbus-tcp.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { ExchangeTransport, OpenExchange } from '../../src/ports/transport.ts';
import { listening } from '../../src/simulation/byte-machine-host.ts';
import { percentile, type Row } from './statistics.ts';

export interface IsolationOptions {
  readonly clock: Clock;
  readonly runs: number;
  /** Length of one half of a run, seconds. */
  readonly seconds: number;
}

const live = 8;
const pollMs = 10;
/** Both halves take turns of this length, so that both meet the same machine, seconds. */
const turnSeconds = 2;
const reopenMs = 500;
const readInputs = { function: 2, address: 0, quantity: 8 } as const;
/** Of each half this much passes before anything is measured, ms: openings, first tries of a dead one. */
const settleMs = 500;

const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

/** Polls as a device does, opening anew what is lost, until told to stop; notes how long each reply took. */
function poller(
  transport: ExchangeTransport,
  { unit, everyMs }: { unit: number; everyMs: number },
) {
  const tookMs: number[] = [];
  let isOver = false;
  let exchange: OpenExchange | undefined;
  const once = async () => {
    exchange ??= await transport.open(unit, () => {
      exchange = undefined;
    });
    const startedAt = performance.now();
    const { kind } = await exchange.request(readInputs, { priority: 'poll' });
    if (kind === 'reply') tookMs.push(performance.now() - startedAt);
  };
  const running = (async () => {
    while (!isOver) {
      await once().catch(() => undefined);
      await pause(exchange ? everyMs : reopenMs);
    }
    exchange?.close();
  })();
  return {
    tookMs,
    async stop() {
      isOver = true;
      exchange?.close();
      await running;
    },
  };
}

/** Replies of living pollers within one half of a run. */
async function measured(pollers: readonly ReturnType<typeof poller>[], seconds: number) {
  await pause(settleMs);
  for (const { tookMs } of pollers) tookMs.length = 0;
  await pause(seconds * 1_000);
  return pollers.flatMap(({ tookMs }) => [...tookMs]);
}

/** A module that takes connections and answers nothing. */
async function muteModule() {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on('error', () => undefined)));
  const port = await listening(server);
  return {
    port,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

export async function deadModuleBesideOthers(
  livingPort: number,
  { clock, runs, seconds }: IsolationOptions,
): Promise<readonly Row[]> {
  const mute = await muteModule();
  const to = (port: number) =>
    modbusTcp({ host: '127.0.0.1', port, connectTimeoutMs: 1_000, replyTimeoutMs: 300, clock });
  const pollOf = (port: number) => poller(to(port), { unit: 1, everyMs: pollMs });
  const living = Array.from({ length: live }, () => pollOf(livingPort));
  const [without, beside]: [number[], number[]] = [[], []];
  const alone = async () => without.push(...(await measured(living, turnSeconds)));
  const withDead = async () => {
    const dead = pollOf(mute.port);
    beside.push(...(await measured(living, turnSeconds)));
    await dead.stop();
  };
  for (let turn = 0; turn < (runs * seconds) / turnSeconds; turn += 1) {
    for (const half of turn % 2 === 0 ? [alone, withDead] : [withDead, alone]) await half();
  }
  await Promise.all(living.map((each) => each.stop()));
  mute.close();
  // All replies of a half together: of one turn's, the hundredth part is too few to tell 5 %.
  return [0.5, 0.99].map((share) => ({
    bar: `module beside a dead one, p${share * 100}`,
    floor: [percentile(without, share)],
    kakou: [percentile(beside, share)],
    must: 1.05,
    aim: 1.02,
  }));
}

export async function deadUnitOnSharedLine(
  port: number,
  { clock, runs, seconds }: IsolationOptions,
): Promise<readonly string[]> {
  const units = [1, 2, 3];
  const deadUnit = 9;
  const half = async (withDead: boolean) => {
    const line = modbusRtuTcp({
      host: '127.0.0.1',
      port,
      connectTimeoutMs: 1_000,
      replyTimeoutMs: 300,
      turnaroundMs: 2,
      echo: 'none',
      clock,
    });
    const pollers = units.map((unit) => poller(line, { unit, everyMs: 50 }));
    const dead = withDead ? poller(line, { unit: deadUnit, everyMs: 50 }) : undefined;
    // The first tries, which are borne at once, are over before anything is measured.
    await pause(2_000);
    const before = line.standing().lostMs;
    const startedAt = performance.now();
    const tookMs = await measured(pollers, seconds);
    const lost = (line.standing().lostMs - before) / (performance.now() - startedAt);
    const tries = line.standing().units.get(deadUnit)?.timeouts ?? 0;
    await Promise.all([...pollers, ...(dead ? [dead] : [])].map((each) => each.stop()));
    return { tookMs, lost, tries };
  };
  const lines: string[] = [];
  for (let run = 0; run < runs; run += 1) {
    const [floor, ours] = [await half(false), await half(true)];
    const ratio = (share: number) =>
      percentile(ours.tookMs, share) / percentile(floor.tookMs, share);
    const replies = ours.tookMs.length / floor.tookMs.length;
    const verdict = ours.lost <= lostShareMax + 0.02 ? 'met' : 'MISSED';
    lines.push(
      `dead unit on a shared line: ${(100 * ours.lost).toFixed(1)} % of its time lost in ${ours.tries} tries (at most ${100 * lostShareMax} % in the long run); ` +
        `the others: ${(100 * replies).toFixed(0)} % of their replies, p50 ${ratio(0.5).toFixed(2)}×, p99 ${ratio(0.99).toFixed(2)}×; ${verdict}`,
    );
  }
  return lines;
}
