/**
 * An ONVIF camera of a recording: an emulated camera that lets everybody in and tells, when it is fetched from, the
 * messages that were fetched then. Its clock is the recording's, for messages bear their times and are judged by it.
 * It has no pictures.
 */
import type { RecordedEntry } from '../ports/recording.ts';
import type { ServedConnection } from '../replay/served-connections.ts';
import { freePort } from './free-port.ts';
import { hostOnvifCamera, type OnvifCameraHost } from './onvif-camera-host.ts';
import type { ReplayClock } from './replay-clock.ts';
import type { ServedHost } from './served-device.ts';

export interface ServedOnvifOptions {
  readonly connections: readonly ServedConnection[];
  readonly entries: readonly RecordedEntry[];
  readonly clock: ReplayClock;
  /** When the replay is over, on the clock of the recording. */
  readonly endMs: number;
}

export class ServedOnvifHost implements ServedHost {
  readonly #options: ServedOnvifOptions;
  readonly #host: OnvifCameraHost;
  #isOff = false;
  #missed = 0;

  private constructor(host: OnvifCameraHost, options: ServedOnvifOptions) {
    this.#host = host;
    this.#options = options;
    host.spoil('snapshot', { kind: 'cut', afterMs: 0 });
  }

  static async on(options: ServedOnvifOptions): Promise<ServedOnvifHost> {
    const host = await hostOnvifCamera({ isOpen: true, port: await freePort() });
    return new ServedOnvifHost(host, options);
  }

  get port(): number {
    return this.#host.port;
  }

  get connections(): number {
    return this.#host.camera.subscriptions;
  }

  get isReady(): boolean {
    return this.connections > 0;
  }

  notes(): readonly string[] {
    const missed = `${this.#missed} messages were due while nobody had subscribed`;
    return this.#missed > 0 ? [missed] : [];
  }

  async begin(): Promise<void> {
    const [first] = this.#options.connections;
    if (first && Number.isFinite(first.fromMs)) await this.close();
    this.#setClock();
  }

  async play(): Promise<void> {
    const { endMs, clock } = this.#options;
    await Promise.all([this.#comeAndGo(), this.#tell()]);
    await clock.until(endMs);
  }

  async close(): Promise<void> {
    this.#isOff = true;
    await this.#host.close();
  }

  async #comeAndGo(): Promise<void> {
    const { connections, clock } = this.#options;
    for (const { fromMs, cutMs } of connections) {
      if (Number.isFinite(fromMs)) await clock.until(fromMs);
      if (this.#isOff) {
        this.#isOff = false;
        await this.#host.reboot(0);
      }
      if (!Number.isFinite(cutMs)) continue;
      await clock.until(cutMs);
      await this.close();
    }
  }

  async #tell(): Promise<void> {
    const { entries, clock } = this.#options;
    for (const { event, at, isHead } of entries) {
      if (event.kind !== 'fetched' || isHead) continue;
      await clock.until(at.monotonicMs);
      this.#setClock();
      if (this.#host.camera.subscriptions === 0) this.#missed += event.notifications.length;
      for (const { text } of event.notifications)
        this.#host.camera.queue(text.replace(/^\s*<\?xml[^>]*\?>/, ''));
    }
  }

  /** As it was wrong then it is wrong now, and beside that it is of then. */
  #setClock(): void {
    const { clock, entries } = this.#options;
    for (const { event, at } of entries) {
      if (event.kind !== 'fetched') continue;
      const deviceTimeMs = event.notifications[0]?.deviceTimeMs;
      if (deviceTimeMs === undefined) continue;
      this.#host.camera.clockOffsetMs = deviceTimeMs - at.wallMs - clock.shiftMs;
      return;
    }
    this.#host.camera.clockOffsetMs = -clock.shiftMs;
  }
}
