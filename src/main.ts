/** Composition root of the daemon: adapters are made here and nowhere else, and handed to the gate. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino, { type Logger } from 'pino';
import { SocketPlatform } from './adapters/gate-platform/socket-platform.ts';
import { secrets } from './adapters/passwords/secrets.ts';
import { openAccounts } from './adapters/store/account-store.ts';
import { FeedCache } from './adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from './adapters/store/feed-schema.ts';
import { followedFacts } from './adapters/store/followed-facts.ts';
import { openLedger } from './adapters/store/ledger.ts';
import { openForReading, openForWriting } from './adapters/store/open-database.ts';
import { openPlatformNumbers } from './adapters/store/platform-numbers.ts';
import { type ControlHandler, listenForControl } from './adapters/system/control-socket.ts';
import { SigningKeys } from './adapters/system/signing-key.ts';
import { systemClock, systemTimers, uuidIds } from './adapters/system/system.ts';
import { type HttpPushServer, httpPushServer } from './adapters/transport/http-push.ts';
import { mqttUplink } from './adapters/uplink/mqtt-uplink.ts';
import type { GateConfig } from './config/config-schema.ts';
import type { LoadedGate } from './config/load-gate.ts';
import { yardLimitsOf } from './config/yard-settings.ts';
import { type FeedKeeper, keepFeedWorker } from './feed-keeper.ts';
import { actOn } from './gate-acts.ts';
import { devicePlan, fieldTransports, laneContext, stationPlans } from './gate-devices.ts';
import { actOnFeedByPerson } from './gate-feed-acts.ts';
import { actOnJournal } from './gate-journal-acts.ts';
import { startRecorder } from './gate-recorder.ts';
import { pinnedKeys, remoteCommands } from './gate-remote.ts';
import { packageFile, packageVersion } from './package-file.ts';
import { createPanel } from './panel/server.ts';
import { type PictureParts, pictureParts } from './picture-parts.ts';
import type { AccountStore } from './ports/accounts.ts';
import type { Clock } from './ports/clock.ts';
import type { GatePlatform } from './ports/gate-platform.ts';
import type { Ledger } from './ports/ledger.ts';
import type { PictureStore } from './ports/pictures.ts';
import type { FollowedFacts, ReleaseFacts } from './ports/release-facts.ts';
import type { Timers } from './ports/timers.ts';
import type { Uplink } from './ports/uplink.ts';
import { Gate } from './runtime/gate.ts';
import { SignIn } from './runtime/sign-in.ts';

export interface RunningGate {
  readonly gate: Gate;
  /** Where the panel is open, and where devices post to. */
  readonly panelAddress: string;
  readonly devicePushPort: number;
  /** What a person at the command line wants of the feed. */
  readonly actOnFeed: ControlHandler;
  stop(): Promise<void>;
}

export function makeLog(level: GateConfig['log']['level']): Logger {
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime });
}

/** What a gate is made of, ready to be handed to it. */
export interface GateParts {
  readonly clock: Clock;
  readonly timers: Timers & { stopAll(): void };
  readonly facts: ReleaseFacts;
  readonly followed: FollowedFacts;
  readonly ledger: Ledger;
  readonly keys: SigningKeys;
  readonly uplink: Uplink;
  /** Absent where no lane is linked to the customs gate platform. */
  readonly platform?: GatePlatform;
  readonly push: HttpPushServer;
  readonly pictures: PictureStore;
  readonly shelf: PictureParts['shelf'];
  readonly accounts: AccountStore;
  /** Closes the databases. */
  close(): void;
}

export async function startGate(loaded: LoadedGate, log: Logger): Promise<RunningGate> {
  const { directory } = loaded.config.data;
  // Before any database is opened: it tells whether another daemon has them open.
  const control = await listenForControl(directory);
  if (!control) log.warn({ directory }, 'its path is too long for acts at the command line');
  try {
    const parts = makeParts(loaded.config, log);
    const running = await runGate(loaded, parts, log);
    control?.serve(async (request) => {
      if (request['act'] === 'feed') return running.actOnFeed(request);
      return actOnJournal(parts, request) ?? actOn(running.gate, request);
    });
    const stop = async () => {
      await control?.close();
      await running.stop();
    };
    return { ...running, stop };
  } catch (error) {
    await control?.close();
    throw error;
  }
}

export function makeParts(config: GateConfig, log: Logger): GateParts {
  const clock = systemClock(config.clock.trust);
  return {
    clock,
    timers: systemTimers(),
    ...openStores(config, clock),
    uplink: mqttUplink(uplinkOptions(config)),
    ...platformPart(config, { clock, log }),
    ...pictureParts(config),
    push: httpPushServer({
      ...config.devicePush,
      clock,
      log: (message, detail) => log.warn(detail, message),
    }),
  };
}

export async function runGate(
  loaded: LoadedGate,
  parts: GateParts,
  log: Logger,
): Promise<RunningGate> {
  const { config } = loaded;
  const { clock, timers, push } = parts;
  const version = packageVersion();
  const recorder = startRecorder(loaded, { parts, version, log });
  const transports = recorder.transports(fieldTransports({ clock, push }));
  const keys = pinnedKeys(config);
  const lanes = config.lanes.map((lane) => laneContext(lane, loaded, clock.bootId));
  const gate = new Gate({
    ...parts,
    ...recorder.ports,
    ...(keys.size > 0 && { onCommand: (message) => remote.take(message) }),
    siteId: config.site,
    gateId: config.gate,
    version,
    ...config.retention,
    lanes,
    stations: stationPlans(loaded),
    devices: loaded.devices.map((device) => devicePlan(device, transports)),
    ids: uuidIds,
    random: Math.random,
    log: (level, message, detail) => log[level](detail, message),
  });
  const remote = remoteCommands(config, keys, { ...parts, gate, lanes, log });
  const signIn = startSignIn(gate, { ...parts, log });
  const isLocal = ofThisMachine.test(config.panel.host);
  const panel = await createPanel({
    source: gate,
    persons: { door: signIn, acts: gate.persons, secureCookie: !isLocal },
    signInToSee: (config.panel.signIn ?? (isLocal ? 'toAct' : 'toSee')) === 'toSee',
    recording: recorder.recordingNow,
    ...config.panel,
    webRoot: packageFile('dist/web'),
    pictures: parts.shelf,
    log,
  });
  let feedWorker: FeedKeeper | undefined;
  const stop = async () => {
    await gate.stop();
    await recorder.stop();
    await Promise.all([panel.close(), push.close(), parts.pictures.stop(), feedWorker?.stop()]);
    parts.shelf.close();
    timers.stopAll();
    parts.close();
  };
  try {
    const panelAddress = await panel.listen();
    feedWorker = keepFeedWorker(config, { gate, log });
    // `start` makes the routes of posting devices before it waits for absent ones: they may post at once.
    remote.start();
    const [, devicePushPort] = await Promise.all([gate.start(), push.listen()]);
    const feed = feedWorker;
    const actOnFeed: ControlHandler = (request) =>
      actOnFeedByPerson(
        {
          newId: () => uuidIds.next(),
          nowMs: () => clock.now().wallMs,
          record: (data) => gate.persons.record('person.acted.v1', data, config.gate),
          feed,
        },
        request,
      );
    return { gate, panelAddress, devicePushPort, actOnFeed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

const ofThisMachine = /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/;
/** How soon the journal tells of what was done to accounts at the command line, ms. */
const changesEveryMs = 2_000;

function startSignIn(
  gate: Gate,
  {
    accounts,
    clock,
    timers,
    log,
  }: Pick<GateParts, 'accounts' | 'clock' | 'timers'> & { log: Logger },
): SignIn {
  const signIn = new SignIn({
    accounts,
    secrets,
    clock,
    tell: (...told) => gate.tell(...told),
    record: (...told) => gate.persons.record(...told),
  });
  gate.persons.isOpen = (sessionId) => signIn.isOpen(sessionId);
  const code = signIn.newSetUpCode();
  if (code !== undefined)
    log.warn({ setUpCode: code }, 'no account yet: the first is made with this code');
  const tellChanges = () => {
    try {
      signIn.tellChanges();
    } catch (error) {
      log.error({ err: error }, 'changes of accounts could not be read');
    }
    timers.start('accounts/changes', changesEveryMs, tellChanges);
  };
  timers.start('accounts/changes', changesEveryMs, tellChanges);
  return signIn;
}

function openStores(
  config: GateConfig,
  clock: Clock,
): Pick<GateParts, 'facts' | 'followed' | 'ledger' | 'keys' | 'accounts' | 'close'> {
  const { directory } = config.data;
  const keys = new SigningKeys(directory);
  const feedFile = join(directory, 'feed.db');
  // Made, or brought to the newest schema, before anyone reads it.
  openForWriting({
    file: feedFile,
    applicationId: feedApplicationId,
    migrations: feedMigrations,
  }).close();
  const feedDb = openForReading(feedFile);
  const facts: FeedCache = new FeedCache({
    db: feedDb,
    sources: config.feed.sources,
    clockState: () => clock.state(),
    ledger: () => ledger,
  });
  const ledger = openLedger({
    file: join(directory, 'ledger.db'),
    siteId: config.site,
    gateId: config.gate,
    clock,
    ids: uuidIds,
    signer: (announced) => keys.settled(announced),
    readStamp: (query) => facts.stamp(query),
    yardLimits: yardLimitsOf(config.yard),
  });
  const accounts = openAccounts(join(directory, 'accounts.db'));
  return {
    facts,
    followed: followedFacts(feedDb, config.feed.sources),
    ledger,
    keys,
    accounts,
    close() {
      accounts.close();
      ledger.close();
      feedDb.close();
    },
  };
}

/** A late answer is put on record too, if it comes before this, ms. */
const lateAnswerMs = 10_000;

function platformPart(
  { customsPlatform, data }: GateConfig,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Pick<GateParts, 'platform'> {
  if (!customsPlatform) return {};
  const { premises: _, answerWithinMs, listen, gateDigit, ...settings } = customsPlatform;
  const platform = new SocketPlatform({
    ...settings,
    ...(listen && { listen }),
    keepOpenMs: answerWithinMs + lateAnswerMs,
    numbers: openPlatformNumbers(join(data.directory, 'platform.db'), gateDigit),
    clock,
    log: (level, message, detail) => log[level](detail, message),
  });
  return { platform };
}

function uplinkOptions({ uplink, site, gate }: GateConfig) {
  const { url, protocol, username, passwordFile } = uplink;
  return {
    url,
    protocol,
    clientId: `kakou-${site}-${gate}`,
    ...(username !== undefined && { username }),
    ...(passwordFile !== undefined && { password: readFileSync(passwordFile, 'utf8').trim() }),
  };
}
