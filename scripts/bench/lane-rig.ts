/**
 * A lane as the daemon runs it: runner, core, strict policy, ledger, feed cache, flight recorder, Modbus client. Only
 * the devices' readings are handed in, already decoded and with their pictures already hashed.
 */
import { hash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FeedCache } from '../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../src/adapters/store/feed-writer.ts';
import { openLedger } from '../../src/adapters/store/ledger.ts';
import { openForReading, openForWriting } from '../../src/adapters/store/open-database.ts';
import { checkpointSigner, loadOrCreateSigningKey } from '../../src/adapters/system/signing-key.ts';
import { systemClock, systemTimers, uuidIds } from '../../src/adapters/system/system.ts';
import { parsePolicy } from '../../src/config/policy.ts';
import { parseLaneId } from '../../src/core/identity.ts';
import type { LaneContext } from '../../src/core/lane/lane-types.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { Observation, PictureReference } from '../../src/core/observation.ts';
import type { FeedRecord } from '../../src/interchange/feed/parse-line.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { Timers } from '../../src/ports/timers.ts';
import type { LaneOrder } from '../../src/runtime/lane-ports.ts';
import { LaneRunner } from '../../src/runtime/lane-runner.ts';
import { recordedFacts, recordedLedger } from '../../src/runtime/recorded-ports.ts';
import { Recorder } from '../../src/runtime/recorder.ts';
import { RecordingTriggers } from '../../src/runtime/recording-triggers.ts';
import { SeededRandom } from '../../src/simulation/seeded-random.ts';
import { type PlannedPassage, Traffic } from '../../src/simulation/traffic.ts';
import { packagePath } from '../main-job/programs.ts';

export interface RigOptions {
  readonly directory: string;
  /** Trucks whose facts are in the cache. */
  readonly trucks: number;
  readonly timers?: Timers;
  /** Carries an order out. */
  order(order: LaneOrder): Promise<'accepted' | 'expired' | 'failed'>;
}

export interface LaneRig {
  readonly trucks: readonly PlannedPassage[];
  readonly ledger: Ledger;
  readonly runner: LaneRunner;
  /** Loops, plate, tag and boxes of a truck: all but the weight. */
  arrive(truck: PlannedPassage): void;
  /** The last evidence: in this call it is judged, stored and ordered. */
  weigh(truck: PlannedPassage): void;
  /** The truck drives out under the arm, which comes down behind it. */
  leave(): void;
  close(): void;
}

const picture = (role: PictureReference['role']): PictureReference => ({
  role,
  sha256: hash('sha256', role, 'hex'),
  bytes: 300_000,
  mediaType: 'image/jpeg',
});

const timing = {
  captureTimeoutMs: 60_000,
  evidenceLeadMs: 5_000,
  openWithinMs: 5_000,
  departWithinMs: 60_000,
  clearMs: 0,
  closeAfterMs: 60_000,
  armUpMsMax: 600_000,
  armTravelMs: 30_000,
  loopStuckMs: 3_600_000,
  turnAfterMs: 10_000,
};

export function laneRig(options: RigOptions): LaneRig {
  const { directory } = options;
  const clock = systemClock('synced');
  const trucks = releasedTrucks(options.trucks);
  const feedFile = join(directory, 'feed.db');
  fillFeed(feedFile, trucks);
  const feedDb = openForReading(feedFile);
  const sources = [
    {
      source: 'customs',
      kinds: ['vehicle', 'transaction', 'consignment', 'proof', 'hold'] as const,
    },
  ];
  const facts: FeedCache = new FeedCache({
    db: feedDb,
    sources,
    clockState: () => 'synced',
    ledger: () => ledger,
  });
  const ledger = openLedger({
    file: join(directory, 'ledger.db'),
    siteId: 'CN-BENCH',
    gateId: 'gate-1',
    clock,
    ids: uuidIds,
    signer: checkpointSigner(loadOrCreateSigningKey(join(directory, 'key.pem'))),
    readStamp: (query) => facts.stamp(query),
  });
  const timers = options.timers ?? systemTimers();
  const recorder = new Recorder({ bytesMax: 16_777_216, keepMs: 600_000 }, ['gate']);
  const triggers = new RecordingTriggers({
    recorder,
    store: { save: async () => 'nowhere' },
    clock,
    timers,
    afterMs: 5_000,
    everyMs: 60_000,
    log: () => undefined,
  });
  const recorded = {
    channel: recorder.channel('gate'),
    clock,
    committed: (change: LedgerChange) => triggers.committed(change),
  };
  const runner = new LaneRunner(laneContext(clock.bootId), {
    clock,
    ids: uuidIds,
    timers,
    facts: recordedFacts(facts, recorded),
    ledger: recordedLedger(ledger, recorded),
    order: (order) => options.order(order),
    light: () => undefined,
    onStep: () => undefined,
    onCommitted: () => undefined,
    log: (_level, message, detail) => {
      throw new Error(`${message} ${JSON.stringify(detail)}`);
    },
  });
  const tell = (observation: Observation) =>
    runner.observe({
      deviceId: `bench-${observation.kind}` as never,
      receivedAt: clock.now(),
      observation,
    });
  const input = (
    point: 'approach' | 'presence' | 'exit' | 'curtain',
    state: 'occupied' | 'clear',
  ) => tell({ kind: 'inputChange', point, state });
  tell({ kind: 'barrierPosition', position: 'closed' });
  for (const point of ['approach', 'presence', 'exit', 'curtain'] as const) input(point, 'clear');
  return {
    trucks,
    ledger,
    runner,
    arrive(truck) {
      input('approach', 'occupied');
      input('presence', 'occupied');
      tell({
        kind: 'plateRead',
        view: 'front',
        raw: truck.truck.plate,
        confidence: 0.98,
        replayed: false,
        pictures: [picture('scene'), picture('plate')],
      });
      tell({ kind: 'tagRead', tag: truck.truck.tag as never });
      const containers = truck.containers.map((raw) => ({
        position: 'single' as const,
        raw,
        confidence: 0.97,
      }));
      tell({
        kind: 'containerNumberRead',
        containers,
        replayed: false,
        pictures: [picture('container')],
      });
    },
    weigh(truck) {
      tell({
        kind: 'weightReading',
        weightKg: truck.truck.tareKg + truck.cargoKg,
        basis: 'displayed',
        stability: { state: 'stable', source: 'inferred' },
        condition: 'ok',
      });
    },
    leave() {
      tell({ kind: 'barrierPosition', position: 'open' });
      input('exit', 'occupied');
      input('approach', 'clear');
      input('presence', 'clear');
      input('exit', 'clear');
      tell({ kind: 'barrierPosition', position: 'closed' });
    },
    close() {
      runner.stop();
      ledger.close();
      feedDb.close();
    },
  };
}

function laneContext(bootId: string): LaneContext {
  const text = readFileSync(packagePath('config/policies/strict-import-export.json'), 'utf8');
  const parsed = parsePolicy(JSON.parse(text));
  if (parsed.kind === 'invalid') throw new Error('the shipped policy is not valid');
  const digest = (value: string) => hash('sha256', value, 'hex');
  return {
    settings: {
      laneId: parseLaneId('in-1'),
      direction: 'in',
      requirements: { plate: true, containers: true, tag: true, weight: true },
      timing,
      closing: 'byController',
      vehicleWeightKgMin: 1_000,
      sources: [],
      blindAfterVehicles: 5,
    },
    policy: parsed.policy,
    policyDigest: digest(text),
    bootId,
    digest,
  };
}

/** Trucks of the seeded traffic that are meant to pass in with one box. */
function releasedTrucks(count: number): readonly PlannedPassage[] {
  const traffic = new Traffic(new SeededRandom(1), ['in']);
  const trucks: PlannedPassage[] = [];
  const plates = new Set<string>();
  while (trucks.length < count) {
    const truck = traffic.next();
    if (truck.scenario !== 'released' || plates.has(truck.truck.plate)) continue;
    plates.add(truck.truck.plate);
    trucks.push(truck);
  }
  return trucks;
}

function fillFeed(file: string, trucks: readonly PlannedPassage[]): void {
  const db = openForWriting({ file, applicationId: feedApplicationId, migrations: feedMigrations });
  const writer = new FeedWriter(db);
  let sequence = 0;
  writer.inTransaction(() => {
    for (const { kind, id, version, op, body } of trucks.flatMap(({ feed }) => feed)) {
      sequence += 1;
      const record = { sequence, asOfMs: Date.now(), version, op, kind, id, body } as FeedRecord;
      writer.applyDelta('customs', record, Date.now());
    }
    writer.watermark('customs', { through: sequence, atMs: Date.now() }, Date.now());
  });
  db.close();
}
