/**
 * `kakou device probe`: listens to a line and ranks the shipped profiles by how much of it they can read. It writes
 * nothing unless it is told to poll, and never says a start dialogue: that would set up a device nobody chose.
 */
import { existsSync, writeFileSync } from 'node:fs';
import type { Chunk } from '../driver-kit/contract.ts';
import { spacedHex } from '../driver-kit/profile/hex.ts';
import { ProfileStreamSession } from '../driver-kit/profile/interpreter.ts';
import { byFit, type Recognition, recognise } from '../driver-kit/profile/recognise.ts';
import type { StreamProfile } from '../driver-kit/profile/stream.ts';
import type { OpenStream } from '../ports/transport.ts';
import { clock, type LineOptions, lineFaultText, lineOf } from './line.ts';
import { observationText } from './line-report.ts';
import { readStreamProfile, shippedProfiles } from './profile-file.ts';

export interface ProbeOptions extends LineOptions {
  readonly baud?: readonly number[];
  readonly seconds: number;
  readonly poll?: true;
  readonly json?: true;
  /** File for the bytes that were heard before anything was asked. */
  readonly record?: string;
}

interface Candidate {
  readonly name: string;
  readonly profile: StreamProfile;
}

interface Rank extends Recognition {
  readonly profile: string;
  /** Rate of the serial port at which it was heard. */
  readonly baud?: number;
  /** Whether it was asked first. */
  readonly polled: boolean;
}

/** What a line can hold in the longest time, with room. */
const bytesMax = 1_048_576;
/** Rates in the order of their use at gates. */
const usualRates = [9_600, 4_800, 2_400, 1_200, 19_200, 57_600, 115_200];
const pollsOfEach = 4;
/** Bytes that are shown where no profile reads them. */
const shownMax = 64;

export async function probeDevice(options: ProbeOptions): Promise<void> {
  if ((options.port === undefined) === (options.tcp === undefined)) {
    return refuse('give one of --port, --tcp');
  }
  // Asked before the listening: what was heard is gone when it cannot be written.
  if (options.record !== undefined && existsSync(options.record))
    return refuse(`${options.record} is there already\n    hint: choose another name for --record`);
  const candidates = shippedProfiles().flatMap((name) => {
    const profile = readStreamProfile(name);
    return typeof profile === 'string' ? [] : [{ name, profile }];
  });
  const rates = options.port === undefined ? [undefined] : (options.baud ?? usualRates);
  const ranks: Rank[] = [];
  let heard: Buffer = Buffer.alloc(0);
  for (const baud of rates) {
    const result = await probeAt(baud, candidates, options);
    if (typeof result === 'string') {
      process.stderr.write(`${result}\n`);
      process.exitCode = 1;
      return;
    }
    ranks.push(...result.ranks);
    // A rate at which whole frames come through is the right one.
    const isRight = result.ranks.some(({ share, frames }) => frames >= 3 && share > 0.8);
    if (heard.length === 0 || isRight) heard = result.heard;
    if (isRight || result.isInterrupted) break;
  }
  if (options.record !== undefined) record(options.record, heard);
  report(ranks.sort(byFit), heard, options);
}

function refuse(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 2;
}

async function probeAt(
  baud: number | undefined,
  candidates: readonly Candidate[],
  options: ProbeOptions,
): Promise<{ ranks: Rank[]; heard: Buffer; isInterrupted: boolean } | string> {
  const serial = { baud: baud ?? 9_600, dataBits: 8, parity: 'none', stopBits: 1 } as const;
  const transport = lineOf(options, serial);
  if (typeof transport === 'string') return transport;
  if (baud !== undefined) process.stderr.write(`listening at ${baud} baud\n`);
  const line = new Listening();
  let stream: OpenStream;
  try {
    stream = await transport.open(line);
  } catch (error) {
    return lineFaultText(error);
  }
  process.once('SIGINT', line.interrupt);
  const place = baud === undefined ? {} : { baud };
  await line.wait(options.seconds * 1_000);
  const chunks = line.taken();
  const ranks: Rank[] = candidates.map(({ name, profile }) => ({
    profile: name,
    ...place,
    polled: false,
    ...recognise(profile, chunks),
  }));
  if (options.poll) {
    for (const { name, profile } of candidates.filter(isPolled)) {
      await ask(profile, stream, line);
      const answers = recognise(profile, line.taken());
      ranks.push({ profile: name, ...place, polled: true, ...answers });
    }
  }
  process.off('SIGINT', line.interrupt);
  line.isOver = true;
  stream.close();
  const heard = Buffer.concat(chunks.map(({ bytes }) => bytes));
  const { isInterrupted } = line;
  return { ranks: ranks.filter(({ frames }) => frames > 0), heard, isInterrupted };
}

const isPolled = ({ profile }: Candidate) =>
  profile.poll !== undefined && profile.init === undefined;

/** A few polls of the profile, at its own pace. */
async function ask(profile: StreamProfile, stream: OpenStream, line: Listening): Promise<void> {
  const session = new ProfileStreamSession(profile);
  for (let n = 0; n < pollsOfEach && !line.isOver; n++) {
    for (const bytes of session.opened(clock.now()).send) stream.write(bytes);
    await line.wait(Math.max(profile.poll?.everyMs ?? 0, 300));
  }
}

class Listening {
  #chunks: Chunk[] = [];
  #bytes = 0;
  #over: () => void = () => undefined;
  isOver = false;
  isInterrupted = false;

  /** Ctrl-C ends the whole probe; what was heard until then is judged. */
  readonly interrupt = (): void => {
    this.isInterrupted = true;
    this.isOver = true;
    this.#over();
  };

  received(chunk: Chunk): void {
    if (this.#bytes >= bytesMax) return;
    this.#bytes += chunk.bytes.length;
    this.#chunks.push(chunk);
  }

  closed(code: string, detail: string): void {
    if (this.isOver) return;
    process.stderr.write(`${code}: ${detail}\n`);
    this.isOver = true;
    this.#over();
  }

  taken(): readonly Chunk[] {
    const chunks = this.#chunks;
    this.#chunks = [];
    return chunks;
  }

  /** Ends early when the line is lost or on Ctrl-C. */
  async wait(ms: number): Promise<void> {
    if (this.isOver) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#over = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function record(file: string, heard: Buffer): void {
  try {
    writeFileSync(file, heard, { flag: 'wx' });
    process.stderr.write(`${heard.length} bytes are in ${file}\n`);
  } catch (error) {
    process.stderr.write(`${file} was not written: ${(error as NodeJS.ErrnoException).code}\n`);
    process.exitCode = 1;
  }
}

function report(ranks: readonly Rank[], heard: Uint8Array, options: ProbeOptions): void {
  if (options.json) for (const rank of ranks) process.stdout.write(`${JSON.stringify(rank)}\n`);
  else if (ranks.length > 0) process.stdout.write(table(ranks));
  const [best, second] = ranks;
  if (!best) {
    process.exitCode = 1;
    process.stderr.write(
      heard.length === 0
        ? 'nothing was heard: check cable, power and rate; a device that only answers needs --poll\n'
        : `no shipped profile reads what was heard: ${spacedHex(heard.subarray(0, shownMax))}\n    hint: docs/how-to/add-a-model.md\n`,
    );
    return;
  }
  if (best.checkedShare === 0)
    process.stderr.write(
      'frames without a check fit by their shape alone: try the profile with a known weight before you use it\n',
    );
  else if (second && second.checkedShare > 0.5)
    process.stderr.write(
      'more than one profile fits: try each with a known weight or tag (kakou device try) before you use it\n',
    );
}

function table(ranks: readonly Rank[]): string {
  const rows = ranks.map((rank) => [
    `${Math.round(rank.share * 100)} %`,
    rank.checkedShare > 0 ? `${Math.round(rank.checkedShare * 100)} %` : 'no check',
    String(rank.frames),
    `${rank.profile}${rank.polled ? ' (polled)' : ''}${rank.baud === undefined ? '' : ` at ${rank.baud}`}`,
    rank.last ? observationText(rank.last) : '',
  ]);
  const lines = [['read', 'checked', 'frames', 'profile', 'last reading'], ...rows];
  const widths = [6, 9, 7, Math.max(...lines.map((line) => (line[3] ?? '').length)) + 1, 0];
  return lines
    .map((line) =>
      line
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join(' ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
