/**
 * Composition root of a served replay: the devices of a recording on ports of this machine, and a folder from which
 * a daemon runs against them. What that daemon has written into its ledger is held against the recording in the end.
 */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { stringify } from 'yaml';
import { drivers } from '../devices/index.ts';
import type { ReadRecording } from './adapters/recording/recording-lines.ts';
import { journalEvents } from './adapters/store/journal-events.ts';
import { StoreError } from './adapters/store/open-database.ts';
import { findingText } from './config/finding.ts';
import { loadGate } from './config/load-gate.ts';
import { packageFile } from './package-file.ts';
import {
  type Comparison,
  comparePassages,
  passagesOf,
  type ToldPassage,
  toldEvents,
} from './replay/passages.ts';
import {
  devicesOf,
  type ServedDevice,
  type ServedFiles,
  servedConfig,
  servedFeedFolder,
  UnservableConfig,
} from './replay/served-config.ts';
import { feedPlan } from './replay/served-feed.ts';
import { restMsOf, startOf } from './replay/timeline.ts';
import { freePort } from './simulation/free-port.ts';
import { ReplayClock, ReplayEnded } from './simulation/replay-clock.ts';
import { ServedSite } from './simulation/served-site.ts';

export interface ServeOptions {
  /** Made, or empty. */
  readonly folder: string;
  /** Where the served daemon sends its events. */
  readonly brokerUrl?: string;
  /** Progress, line by line. */
  readonly tell: (line: string) => void;
  /** Ends the replay. */
  readonly signal: AbortSignal;
}

export interface ServedReplay {
  readonly recorded: readonly ToldPassage[];
  /** With the times of the recording. */
  readonly replayed: readonly ToldPassage[];
  /** Absent where nothing could be compared. */
  readonly comparison?: Comparison;
  readonly notes: readonly string[];
}

/** Why a recording cannot be served, with what to do about it. */
export class ServeRefused extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = 'ServeRefused';
    this.hint = hint;
  }
}

/** Discard (RFC 863): nobody listens there, and the events of a replay stay in its own ledger. */
const nobodysBroker = 'mqtt://127.0.0.1:9';
/** Lanes read their inputs before anything happens, ms. */
const settleMs = 1_000;
/** What stands in the lane when the recording begins is not a vehicle that comes, ms. */
const warmUpMs = 3_000;
/** What the daemon does a little later than it was done then is still part of it, ms. */
const runOutMs = 3_000;
const absentToldMs = 30_000;
/** Longer than the longest wait between two tries of the daemon to connect. */
const lateDeviceMs = 15_000;
const goneToldMs = 8_000;

/** Rejects with `ServeRefused` where it cannot begin. */
export async function serveRecording(
  recording: ReadRecording,
  options: ServeOptions,
): Promise<ServedReplay> {
  const folder = resolve(options.folder);
  const devices = devicesOrRefuse(recording);
  makeFolder(folder);
  const { entries } = recording;
  const start = startOf(entries);
  const over = new AbortController();
  const clock = new ReplayClock(start, AbortSignal.any([options.signal, over.signal]));
  const endMs = (entries.at(-1)?.at.monotonicMs ?? start.monotonicMs) + runOutMs;
  const feed = feedPlan(entries, { sources: sourcesOf(recording), start });
  const site = await ServedSite.on({ devices, entries, feed, start, clock, endMs }).catch(
    (error: Error) => {
      throw portRefused(error);
    },
  );
  const notes = [...feed.notes, ...notesOn(devices, recording)];
  try {
    const pushPort = await freePort();
    const files = servedConfig(recording.header, {
      panelPort: await freePort(),
      devicePushPort: pushPort,
      brokerUrl: options.brokerUrl ?? nobodysBroker,
      ports: site.ports,
    });
    const config = writeFiles(folder, files);
    notes.push(...(await misfits(config)));
    options.tell(`serving ${site.hosted.length} devices; run: kakou run --config ${config}`);
    const play = site.play({
      pushUrl: `http://127.0.0.1:${pushPort}`,
      feedDirectory: join(folder, servedFeedFolder),
    });
    // Until it is awaited below, its end is no unhandled one.
    play.catch(() => undefined);
    notes.push(...(await untilConnected({ site, devices, pushPort, clock, tell: options.tell })));
    await clock.wait(settleMsOf(recording));
    clock.start();
    const seconds = Math.ceil((endMs - start.monotonicMs) / 1_000);
    options.tell(`all there is: ${entries.length} entries, ${seconds} s; playing`);
    await Promise.race([play, watch(site, clock, options.tell)]);
    notes.push(...site.notes());
    return compared(recording, { folder, clock, notes });
  } catch (error) {
    if (!(error instanceof ReplayEnded)) throw portRefused(error as Error);
    notes.push('ended before the recording was over: nothing is compared');
    return { recorded: passagesOf(toldEvents(entries)), replayed: [], notes };
  } finally {
    over.abort();
    await site.close();
  }
}

function devicesOrRefuse({ header, entries }: ReadRecording): readonly ServedDevice[] {
  if (entries.length === 0) {
    throw new ServeRefused('the recording is empty', 'fetch it again while the gate runs');
  }
  try {
    return devicesOf(header.config);
  } catch (error) {
    if (!(error instanceof UnservableConfig)) throw error;
    throw new ServeRefused(error.message, 'the file was changed after it was written');
  }
}

function portRefused(error: Error): Error {
  const isOfPort = ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL'].includes(
    (error as NodeJS.ErrnoException).code ?? '',
  );
  const hint = 'close what holds the port, and serve it again into another folder';
  return isOfPort ? new ServeRefused(`a device cannot be hosted: ${error.message}`, hint) : error;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (readdirSync(folder).length === 0) return;
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new ServeRefused(`${folder} cannot be used: ${code}`, 'give a folder that can be made');
  }
  throw new ServeRefused(`${folder} is not empty`, 'give a folder that is empty, or not there yet');
}

/** What the beginnings of older connections told is no evidence any more for who comes first. */
function settleMsOf({ header, entries }: ReadRecording): number {
  if (!entries.some(({ isHead }) => isHead)) return settleMs;
  const { lanes } = header.config as { lanes?: readonly Partial<LaneOfConfig>[] };
  return restMsOf((lanes ?? []).flatMap(({ timing }) => (timing ? [{ timing }] : [])));
}

type LaneOfConfig = Parameters<typeof restMsOf>[0][number];

function sourcesOf({ header }: ReadRecording): readonly string[] {
  const { feed } = header.config as { feed?: { sources?: readonly { source?: unknown }[] } };
  return (feed?.sources ?? []).map(({ source }) => String(source));
}

function notesOn(devices: readonly ServedDevice[], { entries }: ReadRecording): readonly string[] {
  const heard = new Set(entries.map(({ source }) => source));
  return devices.flatMap(({ id, driver }) => [
    ...(heard.has(id) ? [] : [`${id}: the recording has nothing of it, and it says nothing`]),
    // The id and check of a command are made by each daemon for itself.
    ...(driver === 'plc-kakou' ? [`${id}: a PLC's answers of then confirm no command of now`] : []),
  ]);
}

function writeFiles(folder: string, { config, files }: ServedFiles): string {
  const path = join(folder, 'gate.yaml');
  mkdirSync(join(folder, servedFeedFolder), { mode: 0o700 });
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, name), text, { mode: 0o600, flag: 'wx' });
  };
  for (const file of files) write(file.path, file.text);
  write('gate.yaml', stringify(config));
  return path;
}

/** What this kakou would not run; the one that is tried may. */
async function misfits(file: string): Promise<readonly string[]> {
  const loaded = await loadGate({
    file,
    profilesDirectory: packageFile('firmware-profiles'),
    drivers,
  });
  if (loaded.kind === 'gate') return [];
  return loaded.findings.map((finding) => `this kakou would not run it: ${findingText(finding)}`);
}

/** Resolves with a note for each device that the replay begins without. */
async function untilConnected(to: {
  readonly site: ServedSite;
  readonly devices: readonly ServedDevice[];
  readonly pushPort: number;
  readonly clock: ReplayClock;
  readonly tell: (line: string) => void;
}): Promise<readonly string[]> {
  const { site, clock, tell } = to;
  const posting = to.devices.some(({ path }) => path !== undefined);
  const begunMs = performance.now();
  let firstMs: number | undefined;
  let isTold = false;
  for (;;) {
    const takesPosts = !posting || (await isListening(to.pushPort));
    const { absent } = site;
    const nowMs = performance.now();
    if (takesPosts && absent.length === 0) return [];
    if (site.connections > 0) firstMs ??= nowMs;
    if (firstMs !== undefined && takesPosts && nowMs - firstMs > lateDeviceMs) {
      return absent.map((deviceId) => `${deviceId}: not connected when the replay began`);
    }
    if (!isTold && nowMs - begunMs > absentToldMs) {
      isTold = true;
      const who = takesPosts ? absent.join(', ') : 'the port for posts';
      tell(`no daemon yet after ${absentToldMs / 1_000} s (${who}); still waiting`);
      tell('    hint: start the daemon with the gate.yaml above, and look into its log');
    }
    await clock.wait(50);
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port });
    const end = (is: boolean) => {
      socket.destroy();
      done(is);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

/** Says when the daemon has gone; ends with the replay. */
async function watch(
  site: ServedSite,
  clock: ReplayClock,
  tell: (line: string) => void,
): Promise<never> {
  let sinceMs: number | undefined;
  let isTold = false;
  for (;;) {
    await clock.wait(250);
    if (site.connections > 0 || site.hosted.length === 0) {
      sinceMs = undefined;
      if (isTold) tell('the daemon is there again');
      isTold = false;
      continue;
    }
    sinceMs ??= performance.now();
    if (isTold || performance.now() - sinceMs < goneToldMs) continue;
    isTold = true;
    tell(`no daemon is connected any more, for ${goneToldMs / 1_000} s`);
    tell(
      '    hint: look into its log; the recording goes on, and what it misses is not played again',
    );
  }
}

function compared(
  { entries }: ReadRecording,
  { folder, clock, notes }: { folder: string; clock: ReplayClock; notes: readonly string[] },
): ServedReplay {
  const recorded = passagesOf(toldEvents(entries));
  const file = join(folder, 'data', 'ledger.db');
  try {
    const replayed = passagesOf(journalEvents(file)).map((passage) => ({
      ...passage,
      startedAtMs: passage.startedAtMs - clock.shiftMs,
    }));
    const sinceMs = startOf(entries).wallMs + warmUpMs;
    return { recorded, replayed, comparison: comparePassages(recorded, replayed, sinceMs), notes };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const note = `nothing is compared: ${error.message} (${error.hint})`;
    return { recorded, replayed: [], notes: [...notes, note] };
  }
}
