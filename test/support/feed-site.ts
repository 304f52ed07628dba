/** A directory of the feed, the cache behind it and a clock, with files written as the customs platform does. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DirectoryDrop, type FeedReport } from '../../src/adapters/customs/directory-drop.ts';
import { FeedCache } from '../../src/adapters/store/feed-cache.ts';
import { feedApplicationId, feedMigrations } from '../../src/adapters/store/feed-schema.ts';
import { FeedWriter } from '../../src/adapters/store/feed-writer.ts';
import {
  openForReading,
  openForWriting,
  type SqliteDatabase,
} from '../../src/adapters/store/open-database.ts';
import type { FactsQuery } from '../../src/core/facts.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const nowMs = Date.UTC(2026, 10, 23, 8, 0, 0);
export const at = '2026-11-23T07:59:00Z';
export const box = 'CSQU3054383';

export interface Line {
  sequence: number;
  kind: string;
  id: string;
  version?: number;
  op?: 'put' | 'delete';
  body?: unknown;
}

export const proof = (sequence: number, state: 'granted' | 'revoked', version = 1): Line => ({
  sequence,
  kind: 'proof',
  id: 'P-1',
  version,
  body: {
    lineage: 'P-1',
    proofType: 'customs_declaration',
    state,
    issuer: '5788',
    issuedAt: at,
    containers: [box],
  },
});
export const hold = (sequence: number, container = box): Line => ({
  sequence,
  kind: 'hold',
  id: `H-${sequence}`,
  body: {
    subject: { kind: 'container', container },
    moves: ['leave'],
    instruction: 'stop',
    state: 'placed',
    authority: '5788',
    reason: '查验',
  },
});

export function fileText(
  records: readonly (Line | string)[],
  change: {
    mode?: string;
    through?: number;
    trailer?: boolean;
    source?: string;
    at?: string;
    records?: number;
  } = {},
): string {
  const last = records.findLast((record) => typeof record !== 'string') as Line | undefined;
  const lines = [
    JSON.stringify({
      kakouFeed: 1,
      source: change.source ?? 'customs',
      mode: change.mode ?? 'delta',
    }),
    ...records.map((record) =>
      typeof record === 'string'
        ? record
        : JSON.stringify({ asOf: at, version: 1, op: 'put', ...record }),
    ),
  ];
  const watermark = { through: change.through ?? last?.sequence ?? 0, at: change.at ?? at };
  if (change.trailer !== false)
    lines.push(JSON.stringify({ watermark, records: change.records ?? records.length }));
  return `${lines.join('\n')}\n`;
}

export class FeedSite {
  readonly folder = temporaryFolder();
  readonly drops = join(this.folder, 'feed');
  readonly reports: FeedReport[] = [];
  readonly db: SqliteDatabase = openForWriting({
    file: join(this.folder, 'feed.db'),
    applicationId: feedApplicationId,
    migrations: feedMigrations,
  });
  nowMs = nowMs;
  readonly drop = new DirectoryDrop({
    directory: this.drops,
    sources: [{ source: 'customs', kinds: ['proof', 'hold', 'consignment', 'vehicle'] }],
    sink: new FeedWriter(this.db),
    incompleteAfterMs: 60_000,
    now: () => this.nowMs,
    onReport: (report) => this.reports.push(report),
  });
  readonly cache = new FeedCache({
    db: openForReading(join(this.folder, 'feed.db')),
    sources: [{ source: 'customs', kinds: ['proof', 'hold', 'consignment', 'vehicle'] }],
    clockState: () => 'synced',
    ledger: () => ({
      usesOf: () => [],
      turnedBackOf: () => [],
      openVisitsOf: () => [],
      placedHoldsOf: () => [],
      head: () => ({ sequence: 0, hash: '' }),
    }),
  });

  write(name: string, text: string | Buffer): this {
    writeFileSync(join(this.drops, `${name}.ndjson`), text);
    return this;
  }

  async take(name: string, text: string | Buffer): Promise<FeedReport | undefined> {
    this.write(name, text);
    await this.drop.scan();
    return this.reports.at(-1);
  }

  query(container = box, plates: readonly string[] = []): FactsQuery {
    return { direction: 'out', plates, tags: [], containers: [container] } as unknown as FactsQuery;
  }

  ask(container = box, plates: readonly string[] = []) {
    return this.cache.gather(this.query(container, plates));
  }

  /** Why a file was set aside. */
  reason(name: string): unknown {
    const file = join(this.drops, 'rejected', `${name}.reason.json`);
    return JSON.parse(readFileSync(file, 'utf8'));
  }

  has(folder: string, name: string): boolean {
    return existsSync(join(this.drops, folder, name));
  }
}
