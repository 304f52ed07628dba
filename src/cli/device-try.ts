/** `kakou device try`: bytes of a device through a profile, explained as they come. */
import { readFileSync } from 'node:fs';
import type { SessionOutput } from '../driver-kit/contract.ts';
import { LineDescriber } from '../driver-kit/profile/describe.ts';
import { hexBytes } from '../driver-kit/profile/frame-rules.ts';
import { ProfileStreamSession, type StreamSettings } from '../driver-kit/profile/interpreter.ts';
import type { StreamProfile } from '../driver-kit/profile/stream.ts';
import type { OpenStream, StreamTransport } from '../ports/transport.ts';
import { clock, type LineOptions, lineFaultText, lineOf, serialSettings } from './line.ts';
import { eventJson, eventText, type LineEvent } from './line-report.ts';
import { readStreamProfile } from './profile-file.ts';

export interface TryOptions extends LineOptions {
  readonly profile: string;
  readonly hex?: readonly string[];
  readonly file?: string;
  readonly baud?: number;
  readonly address?: number;
  readonly division?: number;
  readonly seconds?: number;
  readonly json?: true;
  /** False with --no-send. */
  readonly send: boolean;
}

const misuse = 2;

export async function tryDevice(options: TryOptions): Promise<void> {
  const profile = readStreamProfile(options.profile, (message) =>
    process.stderr.write(`${message}\n`),
  );
  if (typeof profile === 'string') return refuse(profile);
  const sources = [options.hex, options.file, options.port, options.tcp];
  if (sources.filter((source) => source !== undefined).length !== 1)
    return refuse('give one of --hex, --file, --port, --tcp');
  const trial = new Trial(profile, options);
  if (options.hex !== undefined || options.file !== undefined) {
    const bytes = givenBytes(options);
    if (typeof bytes === 'string') return refuse(bytes);
    trial.hear(bytes);
    return;
  }
  const transport = lineOf(options, serialSettings(profile, options.baud));
  if (typeof transport === 'string') return refuse(transport);
  await trial.listen(transport);
}

function refuse(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exitCode = misuse;
}

const isHexText = (text: string) => /^\s*(?:[0-9A-Fa-f]{2}\s*)+$/.test(text);

/** `--file`: bytes as they are, or hexadecimal text in which `#` begins a remark. */
function givenBytes({ hex, file }: TryOptions): Uint8Array | string {
  if (hex !== undefined) {
    const text = hex.join('');
    return isHexText(text)
      ? hexBytes(text.replace(/\s/g, ''))
      : 'the bytes must be whole and in hexadecimal, as in 02 2B 30';
  }
  try {
    const bytes = readFileSync(file ?? '');
    const text = bytes.toString('latin1').replace(/#.*$/gm, '');
    return isHexText(text) ? hexBytes(text.replace(/\s/g, '')) : bytes;
  } catch (error) {
    return `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
}

class Trial {
  readonly #options: TryOptions;
  readonly #profile: StreamProfile;
  readonly #session: ProfileStreamSession;
  readonly #describer: LineDescriber;
  #openedMs = 0;
  #frames = 0;
  #good = 0;
  #droppedBytes = 0;
  #faults = 0;

  constructor(profile: StreamProfile, options: TryOptions) {
    const { address, division } = options;
    const settings: StreamSettings = {
      ...(address !== undefined && { address }),
      ...(division !== undefined && { divisionKg: division }),
    };
    this.#options = options;
    this.#profile = profile;
    this.#describer = new LineDescriber(profile);
    this.#session = new ProfileStreamSession(profile, settings, this.#describer);
  }

  /** Bytes that are all there: read at once, then the line is silent. */
  hear(bytes: Uint8Array): void {
    this.#describer.given(bytes);
    this.#session.opened({ wallMs: 0, monotonicMs: 0 });
    this.#tell(this.#session.received({ bytes, receivedAt: { wallMs: 0, monotonicMs: 0 } }), 0);
    const silentMs = this.#profile.flow.idleResetMs;
    const { send: _, ...told } = this.#session.tick({ wallMs: 0, monotonicMs: silentMs });
    this.#tell({ ...told, send: [] }, silentMs);
    this.#conclude();
    if (this.#good === 0 || this.#faults > 0 || this.#droppedBytes > 0) process.exitCode = 1;
  }

  /** Until Ctrl-C, until the time is over, or until the line is lost. */
  async listen(transport: StreamTransport): Promise<void> {
    let stream: OpenStream;
    let isOver = false;
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    try {
      stream = await transport.open({
        received: (chunk) =>
          this.#tell(this.#session.received(chunk), chunk.receivedAt.monotonicMs),
        closed: (code, detail) => {
          if (isOver) return;
          this.#print({ kind: 'closed', code, detail }, clock.now().monotonicMs);
          process.exitCode = 1;
          end();
        },
      });
    } catch (error) {
      process.stderr.write(`${lineFaultText(error)}\n`);
      process.exitCode = 1;
      return;
    }
    const opened = clock.now();
    this.#openedMs = opened.monotonicMs;
    this.#tell(this.#session.opened(opened), opened.monotonicMs, stream);
    const ticking = setInterval(() => {
      const now = clock.now();
      this.#tell(this.#session.tick(now), now.monotonicMs, stream);
    }, this.#session.tickMs);
    const { seconds } = this.#options;
    const ending = seconds === undefined ? undefined : setTimeout(end, seconds * 1_000);
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
    await ended;
    isOver = true;
    clearInterval(ticking);
    clearTimeout(ending);
    stream.close();
    this.#conclude();
    if (this.#good === 0) process.exitCode = 1;
  }

  #tell(output: SessionOutput, atMs: number, stream?: OpenStream): void {
    this.#good += output.goodMessages ?? 0;
    for (const event of this.#describer.taken()) {
      if (event.kind === 'dropped') this.#droppedBytes += event.hex.split(' ').length;
      else {
        this.#frames += 1;
        this.#faults += event.faults.length;
      }
      this.#print(event, atMs);
    }
    for (const fault of output.faults) {
      if (fault.code !== 'dialogue-broken') continue;
      this.#faults += 1;
      this.#print({ kind: 'fault', ...fault }, atMs);
    }
    if (!stream || !this.#options.send) return;
    for (const bytes of output.send) {
      stream.write(bytes);
      this.#print({ kind: 'sent', bytes }, atMs);
    }
  }

  #print(event: LineEvent, atMs: number): void {
    const sinceMs = Math.max(0, atMs - this.#openedMs);
    const text = this.#options.json ? eventJson(event, sinceMs) : eventText(event, sinceMs);
    process.stdout.write(`${text}\n`);
  }

  #conclude(): void {
    process.stderr.write(
      `${this.#frames} frames, ${this.#good} of them good; ${this.#droppedBytes} bytes given up\n`,
    );
  }
}
