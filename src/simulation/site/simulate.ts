/**
 * One simulation: seeded trucks through a troubled site, then calm, a plain truck through each lane, and the last
 * audit. The same seed gives the same log, byte for byte.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { feedApplicationId, feedMigrations } from '../../adapters/store/feed-schema.ts';
import { openForReading, openForWriting } from '../../adapters/store/open-database.ts';
import type { LoadedGate } from '../../config/load-gate.ts';
import type { Finding } from '../audit/auditor.ts';
import { finalAudit } from '../audit/final-audit.ts';
import { SeededRandom } from '../seeded-random.ts';
import { type FaultName, Faults } from './faults.ts';
import type { Tampering } from './simulated-gate.ts';
import { Site } from './site.ts';
import { withLink } from './site-config.ts';
import { SiteTraffic } from './site-traffic.ts';

export interface SimulationOptions {
  readonly seed: number;
  /** Trucks, beside those that come with them and those of the end. */
  readonly passages: number;
  readonly faults: readonly FaultName[];
  readonly tampering?: Tampering;
  /** The daemon ends at its n-th commit or write. */
  readonly endsAt?: number;
}

export interface Simulation {
  readonly seed: number;
  readonly findings: readonly Finding[];
  /** Vehicles that were sent. */
  readonly vehicles: number;
  readonly outcomes: Readonly<Record<string, number>>;
  readonly entries: number;
  /** Runs of the daemon. */
  readonly runs: number;
  /** Commits and writes at which it could have ended. */
  readonly places: number;
  readonly simulatedMs: number;
  readonly log: readonly string[];
  /** SHA-256 of the log. */
  readonly digest: string;
}

/** Memory where there is a disk of it: a simulation does not ask how long a write takes. */
const disks = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

export async function simulate(
  loaded: LoadedGate,
  options: SimulationOptions,
): Promise<Simulation> {
  const directory = mkdtempSync(join(disks, 'kakou-sim-'));
  const file = join(directory, 'feed.db');
  const feedDb = openForWriting({
    file,
    applicationId: feedApplicationId,
    migrations: feedMigrations,
  });
  // Of its own, as in the daemon: a connection does not notice what it has written itself.
  const feedReading = openForReading(file);
  const { seed, endsAt, tampering = {} } = options;
  const faults = new Faults(options.faults);
  const site = new Site({
    loaded: faults.names.includes('platform') ? withLink(loaded) : loaded,
    seed,
    faults,
    directory,
    feedDb,
    feedReading,
    tampering,
    ...(endsAt !== undefined && { endsAt }),
  });
  const rejected = (error: unknown) => site.crashed(error);
  process.on('unhandledRejection', rejected);
  try {
    const traffic = new SiteTraffic(site, {
      faults,
      random: new SeededRandom(seed * 1_000 + 7),
      passages: options.passages,
      isTroubled:
        options.faults.length > 0 || endsAt !== undefined || options.tampering !== undefined,
    });
    await play(site, traffic, truckMsMax * (options.passages + 4));
    return outcomeOf(site, seed, traffic.vehicles);
  } finally {
    // What is being taken in when the last finding is made comes to its end before its database is closed.
    await new Promise<void>((done) => setImmediate(done));
    process.off('unhandledRejection', rejected);
    site.close();
    feedReading.close();
    feedDb.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A truck takes so much of the site's time at most, and so does the calm at the end, ms. */
const truckMsMax = 900_000;

async function play(site: Site, traffic: SiteTraffic, untilMs: number): Promise<void> {
  site.start();
  let isOver = false;
  traffic.run().then(
    () => {
      isOver = true;
    },
    (error: unknown) => {
      site.crashed(error);
      isOver = true;
    },
  );
  while (!isOver && site.auditor.findings.length === 0) {
    if (await site.step(untilMs)) continue;
    site.auditor.find(11, 'it does not come to an end');
  }
  if (site.auditor.findings.length === 0) finalAudit(site.auditor, site.ledgerFile, site.centre);
}

function outcomeOf(site: Site, seed: number, vehicles: number): Simulation {
  const { auditor, log } = site;
  const outcomes: Record<string, number> = {};
  for (const outcome of auditor.ended.values()) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    seed,
    findings: auditor.findings,
    vehicles,
    outcomes,
    entries: auditor.entries.length,
    runs: site.runs,
    places: site.places,
    simulatedMs: site.time.nowMs,
    log,
    digest: createHash('sha256').update(log.join('\n')).digest('hex'),
  };
}
