/**
 * The devices of a recording around a daemon that knows nothing of it: hosts on ports of loopback for what a daemon
 * connects to, posts for what posts, a folder for the feed. Time begins when the daemon has what was there then.
 */
import type { Instant } from '../core/time.ts';
import type { RecordedEntry } from '../ports/recording.ts';
import type { ServedDevice } from '../replay/served-config.ts';
import {
  connectionsOf,
  isThereAtStart,
  type ServedConnection,
} from '../replay/served-connections.ts';
import { ServedExchanges } from '../replay/served-exchanges.ts';
import type { FeedPlan } from '../replay/served-feed.ts';
import { piecesWithShiftedDates, withShiftedDates } from '../replay/shifted-dates.ts';
import { LlrpNames } from './llrp-names.ts';
import type { ReplayClock } from './replay-clock.ts';
import type { ServedHost } from './served-device.ts';
import { ServedFeedFolder } from './served-feed-folder.ts';
import { ServedModbusHost } from './served-modbus-host.ts';
import { ServedOnvifHost } from './served-onvif-host.ts';
import { ServedPosts } from './served-posts.ts';
import { ServedStreamHost, type Wording } from './served-stream-host.ts';

export interface ServedSiteOptions {
  readonly devices: readonly ServedDevice[];
  readonly entries: readonly RecordedEntry[];
  readonly feed: FeedPlan;
  readonly start: Instant;
  readonly clock: ReplayClock;
  /** When the replay is over, on the clock of the recording. */
  readonly endMs: number;
}

interface Hosted {
  readonly deviceId: string;
  readonly host: ServedHost;
  /** The daemon of the recording had it when the recording begins. */
  readonly isAwaited: boolean;
}

/** A multipart stream; its first line of dashes is its boundary, whatever the head says. */
const alertHead =
  'HTTP/1.1 200 OK\r\nContent-Type: multipart/mixed; boundary=boundary\r\nConnection: close\r\n\r\n';
const isapiDriver = 'plate-camera-isapi';

export class ServedSite {
  readonly hosted: readonly Hosted[];
  readonly #options: ServedSiteOptions;
  #posts: readonly { readonly deviceId: string; readonly posts: ServedPosts }[] = [];

  private constructor(hosted: readonly Hosted[], options: ServedSiteOptions) {
    this.hosted = hosted;
    this.#options = options;
  }

  /** Rejects where a port cannot be listened on. */
  static async on(options: ServedSiteOptions): Promise<ServedSite> {
    const hosted: Hosted[] = [];
    for (const device of options.devices) {
      const of = hostOf(device, options);
      if (of) hosted.push({ ...of, deviceId: device.id, host: await of.host });
    }
    const site = new ServedSite(hosted, options);
    for (const { host } of hosted) await host.begin();
    return site;
  }

  get ports(): ReadonlyMap<string, number> {
    return new Map(this.hosted.map(({ deviceId, host }) => [deviceId, host.port]));
  }

  /** Devices that must be connected before the clock runs. */
  get absent(): readonly string[] {
    return this.hosted
      .filter(({ host, isAwaited }) => isAwaited && !host.isReady)
      .map(({ deviceId }) => deviceId);
  }

  get connections(): number {
    return this.hosted.reduce((sum, { host }) => sum + host.connections, 0);
  }

  /** Waits for the clock and plays; rejects with `ReplayEnded`. */
  async play(to: { readonly pushUrl: string; readonly feedDirectory: string }): Promise<void> {
    const { devices, feed, clock } = this.#options;
    this.#posts = devices.flatMap(({ id: deviceId, driver, path }) => {
      if (path === undefined) return [];
      const told = (body: Uint8Array) => withShiftedDates(body, clock.shiftMs);
      const posts = new ServedPosts({
        deviceId,
        entries: this.#of(deviceId),
        url: `${to.pushUrl}${path}`,
        clock,
        ...(driver === isapiDriver && { told }),
      });
      return [{ deviceId, posts }];
    });
    const folder = new ServedFeedFolder(to.feedDirectory, feed, clock);
    const parts = [
      ...this.hosted.map(({ host }) => host),
      ...this.#posts.map(({ posts }) => posts),
      folder,
    ];
    await Promise.all(parts.map((part) => part.play()));
  }

  async close(): Promise<void> {
    await Promise.all(this.hosted.map(({ host }) => host.close()));
  }

  notes(): readonly string[] {
    const named = (deviceId: string, notes: readonly string[]) =>
      notes.map((note) => `${deviceId}: ${note}`);
    return [
      ...this.hosted.flatMap(({ deviceId, host }) => named(deviceId, host.notes())),
      ...this.#posts.flatMap(({ deviceId, posts }) => named(deviceId, posts.notes())),
    ];
  }

  #of(deviceId: string): readonly RecordedEntry[] {
    return this.#options.entries.filter(({ source }) => source === deviceId);
  }
}

function hostOf(
  device: ServedDevice,
  { entries, start, clock, endMs }: ServedSiteOptions,
): { readonly host: Promise<ServedHost>; readonly isAwaited: boolean } | undefined {
  const own = entries.filter(({ source }) => source === device.id);
  const connections = connectionsOf(own, start.monotonicMs);
  const isAwaited = isThereAtStart(connections);
  const common = { connections, clock, endMs };
  switch (device.kind) {
    case 'serial':
    case 'tcp': {
      const isLlrp = device.driver === 'rfid-llrp';
      const wording = ({ sent }: ServedConnection) => new LlrpNames(sent);
      const host = ServedStreamHost.on({ ...common, ...(isLlrp && { wording }) });
      return { host, isAwaited };
    }
    case 'isapi': {
      const wording = (connection: ServedConnection) => new DatesOfNow(connection, clock, start);
      return { host: ServedStreamHost.on({ ...common, wording, httpHead: alertHead }), isAwaited };
    }
    case 'modbusTcp':
    case 'modbusRtu':
    case 'modbusRtuTcp': {
      const exchanges = new ServedExchanges(own);
      return { host: ServedModbusHost.on({ ...common, exchanges }), isAwaited };
    }
    case 'onvif':
      return { host: ServedOnvifHost.on({ ...common, entries: own }), isAwaited };
    default:
      return undefined;
  }
}

/** The pieces of one stream of alerts, in their order. */
class DatesOfNow implements Wording {
  readonly #pieces: readonly Uint8Array[];
  readonly #clock: ReplayClock;
  readonly #headMs: number;
  #shiftMs: number | undefined;
  #shifted: ReadonlyMap<Uint8Array, Uint8Array> = new Map();

  constructor({ chunks }: ServedConnection, clock: ReplayClock, start: Instant) {
    this.#pieces = chunks.map(({ bytes }) => bytes);
    this.#clock = clock;
    const lastOfHead = chunks.findLast(({ isHead }) => isHead);
    this.#headMs = lastOfHead ? start.wallMs - lastOfHead.wallMs : 0;
  }

  heard(): void {}

  told(bytes: Uint8Array): Uint8Array {
    const { shiftMs, isRunning } = this.#clock;
    // What is older than the recording is told before the clock runs, and must not set the camera's clock back.
    const byMs = isRunning ? shiftMs : shiftMs + this.#headMs;
    if (byMs !== this.#shiftMs) {
      const shifted = piecesWithShiftedDates(this.#pieces, byMs);
      this.#shifted = new Map(this.#pieces.map((piece, i) => [piece, shifted[i] ?? piece]));
      this.#shiftMs = byMs;
    }
    return this.#shifted.get(bytes) ?? bytes;
  }
}
