/**
 * A site around a real daemon process: broker, centre and emulated lanes live in the test, the daemon is a
 * child that can be killed. What is on the wires is the devices' own protocols.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { basename, join } from 'node:path';
import { Aedes } from 'aedes';
import Database from 'better-sqlite3';
import type { Test } from 'tap';
import { parse, stringify } from 'yaml';
import { freePort, type Program, startProgram } from '../../scripts/main-job/programs.ts';
import { mqttUplink } from '../../src/adapters/uplink/mqtt-uplink.ts';
import { Receiver } from '../../src/centre/receiver.ts';
import { type CentreStore, openCentreStore } from '../../src/centre/store.ts';
import { FeedWriter } from '../../src/simulation/feed-writer.ts';
import type { DrivingManner } from '../../src/simulation/lane-world.ts';
import { type Witnessed, witnessOpening } from '../../src/simulation/ledger-witness.ts';
import type { FeedRecord, PlannedPassage } from '../../src/simulation/traffic.ts';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import {
  startVirtualLane,
  type VirtualLane,
  type VirtualLaneOptions,
} from '../../src/simulation/virtual-lane.ts';
import { verifyJournal } from '../../src/verifier/verify.ts';
import { repositoryFile } from './repository.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface Entry {
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface OpenContact {
  readonly laneId: string;
  readonly witnessed: Witnessed;
}

export interface SiteOptions {
  readonly lanes: readonly { readonly laneId: string; readonly direction: 'in' | 'out' }[];
  readonly manner?: Partial<DrivingManner>;
  readonly ioModule?: VirtualLaneOptions['ioModule'];
  readonly portalPort?: number;
  readonly displayPort?: number;
  readonly cardReaderPort?: number;
  /** The cameras send pictures with what they read. */
  readonly pictures?: boolean;
  /** Called when the open contact of a lane is made, before the module answers. */
  readonly onOpenContact?: (laneId: string) => void;
  /** Changes the configuration before it is written. */
  readonly configure?: (config: Record<string, unknown>) => void;
}

const quick: DrivingManner = { speedMPerS: 24, patienceMs: 4_000 };
const tickMs = 5;

export class VirtualSite {
  readonly directory: string;
  readonly ledgerFile: string;
  readonly configFile: string;
  readonly feedDirectory: string;
  readonly contacts: OpenContact[] = [];
  readonly entries: Entry[] = [];
  readonly lanes: VirtualLane[] = [];
  readonly centre: CentreStore;
  readonly #options: SiteOptions;
  readonly #feeds: { readonly customs: FeedWriter; readonly terminal: FeedWriter };
  readonly #broker: { readonly server: Server; close(): void };
  readonly #receiver: Receiver;
  readonly #timer: NodeJS.Timeout;
  panelPort = 0;
  daemon: Program | undefined;

  private constructor(
    options: SiteOptions,
    made: { directory: string; broker: { server: Server; close(): void }; brokerUrl: string },
  ) {
    this.#options = options;
    this.directory = made.directory;
    this.ledgerFile = join(made.directory, 'data', 'ledger.db');
    this.configFile = join(made.directory, 'gate.yaml');
    this.feedDirectory = join(made.directory, 'feed');
    this.#feeds = {
      customs: new FeedWriter(this.feedDirectory, 'customs'),
      terminal: new FeedWriter(this.feedDirectory, 'terminal'),
    };
    this.#broker = made.broker;
    this.centre = openCentreStore(join(made.directory, 'centre.db'));
    this.#receiver = new Receiver({
      store: this.centre,
      uplink: mqttUplink({ url: made.brokerUrl, clientId: 'centre', protocol: 'auto' }),
      onEntry: ({ entry }) => this.entries.push(JSON.parse(entry) as Entry),
      log: () => undefined,
    });
    this.#receiver.start();
    this.#timer = setInterval(() => {
      for (const lane of this.lanes) lane.tick(performance.now());
    }, tickMs);
  }

  static async start(t: Test, options: SiteOptions): Promise<VirtualSite> {
    const directory = temporaryFolder();
    mkdirSync(join(directory, 'feed'));
    const aedes = await Aedes.createBroker();
    const server = createServer(aedes.handle);
    const brokerPort = await freePort();
    await new Promise<void>((done) => server.listen(brokerPort, '127.0.0.1', () => done()));
    const broker = {
      server,
      close() {
        aedes.close();
        server.close();
      },
    };
    const brokerUrl = `mqtt://127.0.0.1:${brokerPort}`;
    const site = new VirtualSite(options, { directory, broker, brokerUrl });
    t.teardown(() => site.stop());
    await site.#build(brokerUrl);
    return site;
  }

  async #build(brokerUrl: string): Promise<void> {
    const devicePushPort = await freePort();
    this.panelPort = await freePort();
    for (const { laneId } of this.#options.lanes) {
      this.lanes.push(
        await startVirtualLane({
          ...(this.#options.pictures && { pictures: true }),
          laneId,
          pushUrl: `http://127.0.0.1:${devicePushPort}`,
          ports: {
            ioModule: await freePort(),
            weighbridge: await freePort(),
            reader: await freePort(),
          },
          manner: { ...quick, ...this.#options.manner },
          ...(this.#options.portalPort !== undefined && { portalPort: this.#options.portalPort }),
          ...(this.#options.cardReaderPort !== undefined && {
            cardReaderPort: this.#options.cardReaderPort,
          }),
          ...(this.#options.displayPort !== undefined && {
            displayPort: this.#options.displayPort,
          }),
          ...(this.#options.ioModule && { ioModule: this.#options.ioModule }),
          onOpenContact: () => {
            this.contacts.push({ laneId, witnessed: witnessOpening(this.ledgerFile, laneId) });
            this.#options.onOpenContact?.(laneId);
          },
          onPushAnswered: () => undefined,
        }),
      );
    }
    const text = virtualConfig({
      directory: join(this.directory, 'data'),
      panelPort: this.panelPort,
      devicePushPort,
      brokerUrl,
      feedDirectory: this.feedDirectory,
      policyFile: repositoryFile('config/policies/strict-import-export.json'),
      lanes: this.lanes.map(({ laneId, ports }) => ({
        laneId,
        ports,
        direction: this.#options.lanes.find((l) => l.laneId === laneId)?.direction ?? 'in',
      })),
    });
    const config = parse(text) as Record<string, unknown>;
    this.#options.configure?.(config);
    writeFileSync(this.configFile, stringify(config));
    for (const feed of Object.values(this.#feeds)) feed.drop('snapshot', []);
  }

  lane(laneId: string): VirtualLane {
    const lane = this.lanes.find((each) => each.laneId === laneId);
    if (!lane) throw new Error(`no lane ${laneId}`);
    return lane;
  }

  /** Starts the daemon, or another composition of it, and waits until it runs. */
  async startDaemon(
    script = 'dist/src/cli/kakou.js',
    args: readonly string[] = [],
  ): Promise<Program> {
    const daemon = startProgram({
      name: 'daemon',
      args: [repositoryFile(script), ...args, 'run', '--config', this.configFile],
      directory: this.directory,
      onLine: () => undefined,
    });
    this.daemon = daemon;
    await daemon.said(/the gate runs/, 60_000);
    return daemon;
  }

  /** Ends the daemon without a word, and waits until it is gone. */
  async killDaemon(): Promise<void> {
    this.daemon?.kill('SIGKILL');
    await this.until(() => this.daemon?.exited !== undefined, 'the daemon is gone');
  }

  /** Drops records of the feed and waits until the gate has taken them. */
  async announce(records: readonly FeedRecord[]): Promise<void> {
    const isTerminal = ({ kind, body }: FeedRecord) =>
      kind === 'transaction' || body['proofType'] === 'terminal_release';
    const files = [
      this.#feeds.customs.drop(
        'delta',
        records.filter((record) => !isTerminal(record)),
      ),
      this.#feeds.terminal.drop('delta', records.filter(isTerminal)),
    ].map((path) => join(this.feedDirectory, 'applied', basename(path)));
    await this.until(() => files.every((file) => existsSync(file)), 'the feed is taken');
  }

  async pass(laneId: string, planned: PlannedPassage): Promise<string> {
    const lane = this.lane(laneId);
    await this.announce(planned.feed);
    await this.until(() => lane.world.isFree, `${laneId} is free`);
    await new Promise((done) => setTimeout(done, 400));
    return lane.world.send(planned);
  }

  async until(holds: () => boolean, what: string, withinMs = 60_000): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (!holds()) {
      if (performance.now() > deadlineMs) {
        throw new Error(`not in ${withinMs} ms: ${what}; files in ${this.directory}`);
      }
      await new Promise((done) => setTimeout(done, 10));
    }
  }

  /** Entries of one type as the centre has them, in order. */
  heard(type: string): readonly Entry[] {
    return this.entries.filter((entry) => entry.type === `cn.kakou.${type}`);
  }

  outcomes(): readonly unknown[] {
    return this.heard('passage.ended.v1').map(({ data }) => data['outcome']);
  }

  /** A question to the ledger, on a connection of its own. */
  ledger<Row>(sql: string): Row[] {
    const db = new Database(this.ledgerFile, { readonly: true });
    try {
      return db.prepare<[], Row>(sql).all();
    } finally {
      db.close();
    }
  }

  /** The log verifies, and the centre has every entry of it in the same bytes. */
  async wholeAtCentre(t: Test): Promise<void> {
    const journal = () =>
      this.ledger<{ sequence: number; hash: string; epoch: string }>(
        'SELECT sequence, hash, epoch FROM journal ORDER BY sequence',
      );
    const key = { site: 'CN-VIRTUAL', gate: 'gate-1', epoch: journal()[0]?.epoch ?? '' };
    await this.until(
      () => this.centre.completeThrough(key).through === journal().length,
      'the centre has every entry',
    );
    const different = journal().filter(
      ({ sequence, hash }) => this.centre.at(key, sequence)?.hash !== hash,
    );
    t.strictSame(different, [], 'every entry is at the centre in the same bytes');
    t.match(verifyJournal(this.ledgerFile), { ok: true, entries: journal().length });
    t.strictSame(this.centre.alarms(), [], 'no fork, no broken chain');
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.daemon?.stop();
    this.#receiver.stop();
    await Promise.all(this.lanes.map((lane) => lane.close()));
    this.#broker.close();
    this.centre.close();
  }
}
