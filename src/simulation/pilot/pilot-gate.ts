/**
 * The gate of the pilot: production lanes, ledger, feed cache and yard keeper on the pilot's time. Devices are left out:
 * what they would have read is handed in decoded. It can be ended and started anew on the same files.
 */
import { createPrivateKey, hash } from 'node:crypto';
import { join } from 'node:path';
import { FeedCache } from '../../adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../adapters/store/feed-schema.ts';
import { FeedWriter } from '../../adapters/store/feed-writer.ts';
import { followedFacts } from '../../adapters/store/followed-facts.ts';
import { openLedger } from '../../adapters/store/ledger.ts';
import {
  openForReading,
  openForWriting,
  type SqliteDatabase,
} from '../../adapters/store/open-database.ts';
import { checkpointSigner } from '../../adapters/system/signing-key.ts';
import type { Policy } from '../../core/decision/policy.ts';
import { factKinds } from '../../core/facts.ts';
import { parseDeviceId, parseLaneId } from '../../core/identity.ts';
import type { Observation } from '../../core/observation.ts';
import { type PersonAct, usualLimits } from '../../core/yard/yard-change.ts';
import type { FeedRecord } from '../../interchange/feed/parse-line.ts';
import type { JournalRow, Ledger } from '../../ports/ledger.ts';
import { LaneRunner } from '../../runtime/lane-runner.ts';
import { restoredPassages } from '../../runtime/restored-passages.ts';
import { YardKeeper } from '../../runtime/yard-keeper.ts';
import type { PilotClock } from './pilot-clock.ts';

export const pilotLanes = [
  { id: 'in-1', direction: 'in' },
  { id: 'in-2', direction: 'in' },
  { id: 'out-1', direction: 'out' },
  { id: 'out-2', direction: 'out' },
] as const;

export type PilotLaneId = (typeof pilotLanes)[number]['id'];

const hour = 3_600_000;
const limits = { ...usualLimits, leaveMs: 2 * hour, lookAgainMs: 168 * hour };
const sources = [{ source: 'customs', kinds: factKinds }];
const device = parseDeviceId('pilot');

/** What has to do with trips, and nothing else: the pilot is about what becomes of them. */
const policy: Policy = {
  name: 'pilot',
  version: 1,
  confidence: { alone: 0.9, witness: 0.7 },
  sourceAgeMsMax: 24 * hour,
  weightTolerance: { kg: 1_000, share: 0.05 },
  requiredProofs: [],
  rules: (['in', 'out'] as const).map((direction) => ({
    direction,
    transactionTypes: ['importTransfer', 'importLocal', 'bobtail', 'unplanned'],
    checks: [
      'plate-read',
      'transaction-planned',
      direction === 'in' ? 'prior-visit-closed' : 'visit-open',
    ].map((check) => ({
      check,
      onFail: check === 'prior-visit-closed' ? ('warn' as const) : ('refer' as const),
      onUnknown: 'refer' as const,
    })),
  })),
};

const timing = {
  captureTimeoutMs: 3_000,
  evidenceLeadMs: 1_000,
  openWithinMs: 1_500,
  departWithinMs: 3_000,
  clearMs: 300,
  closeAfterMs: 60_000,
  armUpMsMax: 600_000,
  armTravelMs: 30_000,
  loopStuckMs: 3_600_000,
  turnAfterMs: 30_000,
};

export interface PilotLane {
  readonly runner: LaneRunner;
  /** An order to open has been given since it was last asked. */
  takeOrder(): boolean;
  tell(observation: Observation): void;
}

export class PilotGate {
  ledger: Ledger;
  lanes: ReadonlyMap<PilotLaneId, PilotLane>;
  readonly feed: FeedWriter;
  readonly ledgerFile: string;
  readonly #clock: PilotClock;
  readonly #feedDb: SqliteDatabase;
  readonly #feedReading: SqliteDatabase;
  readonly #onEntry: (entry: JournalRow) => void;
  #keeper: YardKeeper;
  #isDown = false;
  #sequence = 0;
  #acts = 0;
  #ids = 0;

  constructor(directory: string, clock: PilotClock, onEntry: (entry: JournalRow) => void) {
    this.#clock = clock;
    this.#onEntry = onEntry;
    this.ledgerFile = join(directory, 'ledger.db');
    const file = join(directory, 'feed.db');
    this.#feedDb = openForWriting({
      file,
      applicationId: feedApplicationId,
      migrations: feedMigrations,
    });
    this.#feedReading = openForReading(file);
    this.feed = new FeedWriter(this.#feedDb);
    ({ ledger: this.ledger, lanes: this.lanes, keeper: this.#keeper } = this.#begin());
  }

  #begin() {
    const clock = this.#clock;
    const ids = { next: () => this.#nextId() };
    const facts: FeedCache = new FeedCache({
      db: this.#feedReading,
      sources,
      clockState: () => 'synced',
      ledger: () => ledger,
    });
    const ledger = openLedger({
      file: this.ledgerFile,
      siteId: 'CN-PILOT',
      gateId: 'gate-1',
      clock,
      ids,
      signer: checkpointSigner(pilotKey()),
      readStamp: (query) => facts.stamp(query),
      yardLimits: limits,
      newEpoch: () => '0123456789abcdef'.repeat(2),
    });
    const commit = (change: Parameters<Ledger['commit']>[0]) => ledger.commit(change);
    const { wallMs } = clock.now();
    commit({
      events: [{ type: 'gate.started.v1', subject: 'gate-1', timeMs: wallMs, data: {} }],
    });
    const unended = ledger.unendedPassages();
    const lanes = new Map(
      pilotLanes.map(({ id, direction }) => [
        id,
        pilotLane({ id, direction, clock, ids, facts, ledger }),
      ]),
    );
    for (const [id, { runner, tell }] of lanes) {
      runner.restore(restoredPassages(unended, id));
      tell({ kind: 'barrierPosition', position: 'closed' });
      for (const point of ['approach', 'presence', 'exit', 'curtain'] as const) {
        tell({ kind: 'inputChange', point, state: 'clear' });
      }
    }
    const followed = followedFacts(this.#feedReading, sources);
    const keeper = new YardKeeper({
      clock,
      timers: clock,
      ledger,
      followed,
      commit,
      onCommitted: () => undefined,
    });
    keeper.start();
    return { ledger, lanes, keeper };
  }

  #nextId(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }

  lane(id: PilotLaneId): PilotLane {
    const lane = this.lanes.get(id);
    if (!lane) throw new RangeError(`there is no lane ${id}`);
    return lane;
  }

  tellFeed(records: readonly Pick<FeedRecord, 'kind' | 'id' | 'body'>[], version = 1): void {
    const { wallMs } = this.#clock.now();
    this.feed.inTransaction(() => {
      for (const { kind, id, body } of records) {
        this.#sequence += 1;
        const record = {
          sequence: this.#sequence,
          asOfMs: wallMs,
          version,
          op: 'put',
          kind,
          id,
          body,
        };
        this.feed.applyDelta('customs', record as FeedRecord, wallMs);
      }
    });
    this.#news();
  }

  act(act: PersonAct): void {
    this.#acts += 1;
    const by = { person: 'pilot', actId: `pilot-act-${this.#acts}` };
    const result = this.#keeper.act(by, act);
    if (result.kind !== 'committed') throw new Error(`the act was ${JSON.stringify(result)}`);
  }

  get isDown(): boolean {
    return this.#isDown;
  }

  /** While the daemon is down nobody hears of it. */
  #news(): void {
    if (!this.#isDown) this.#keeper.soon();
  }

  /** The centre takes everything that has been written, and acknowledges it. */
  deliver(): void {
    const { ledger } = this;
    const from = ledger.acknowledgedThrough();
    const { sequence } = ledger.head();
    for (const entry of ledger.entriesAfter(from, sequence - from)) this.#onEntry(entry);
    ledger.acknowledge(sequence);
  }

  /** As by a power cut: nothing is told to anybody. */
  kill(): void {
    this.#isDown = true;
    this.#clock.cancelAll();
    this.ledger.close();
  }

  restart(): void {
    this.#isDown = false;
    ({ ledger: this.ledger, lanes: this.lanes, keeper: this.#keeper } = this.#begin());
  }

  close(): void {
    this.#keeper.stop();
    this.ledger.close();
    this.#feedReading.close();
    this.#feedDb.close();
  }
}

function pilotLane({
  id,
  direction,
  clock,
  ids,
  facts,
  ledger,
}: {
  readonly id: string;
  readonly direction: 'in' | 'out';
  readonly clock: PilotClock;
  readonly ids: { next(): string };
  readonly facts: FeedCache;
  readonly ledger: Ledger;
}): PilotLane {
  let isOrdered = false;
  const runner = new LaneRunner(
    {
      settings: {
        laneId: parseLaneId(id),
        direction,
        requirements: { plate: true, containers: true, tag: false, weight: false },
        timing,
        closing: 'byController',
        vehicleWeightKgMin: 1_000,
        sources: [],
        blindAfterVehicles: 5,
      },
      policy,
      policyDigest: 'pilot',
      bootId: clock.bootId,
      digest: (text) => hash('sha256', text, 'hex'),
    },
    {
      clock,
      ids,
      timers: clock,
      facts,
      ledger,
      order: ({ kind }) => {
        if (kind === 'barrierOpen') isOrdered = true;
        return Promise.resolve('accepted');
      },
      light: () => undefined,
      onStep: () => undefined,
      onCommitted: () => undefined,
      log: (_level, message, detail) => {
        throw new Error(`${message} ${JSON.stringify(detail)}`);
      },
    },
  );
  return {
    runner,
    takeOrder() {
      const was = isOrdered;
      isOrdered = false;
      return was;
    },
    tell: (observation) =>
      runner.observe({ deviceId: device, receivedAt: clock.now(), observation }),
  };
}

/** An Ed25519 key of thirty-two sevens (RFC 8410). */
function pilotKey() {
  const head = Buffer.from('302e020100300506032b657004220420', 'hex');
  const der = Buffer.concat([head, Buffer.alloc(32, 7)]);
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}
