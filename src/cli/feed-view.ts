/** Shows what the feed's cache holds, beside the daemon that writes it. */
import { join } from 'node:path';
import { FeedCache } from '../adapters/store/feed-cache.ts';
import {
  findByKey,
  type LaidAside,
  laidAsideLine,
  laidAsideLines,
  listedGaps,
  type SourceCount,
  sourceCounts,
} from '../adapters/store/feed-reader.ts';
import { readBeside, type SqliteDatabase, StoreError } from '../adapters/store/open-database.ts';
import type { LoadedGate } from '../config/load-gate.ts';
import { ageMsMaxOf, staleSources } from '../core/clearance/freshness.ts';
import type { SourceState } from '../core/facts.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

const gapsShownMax = 20;
const minuteMs = 60_000;

/** Exit code 1 where a source is not current for some class. */
export async function showStatus(options: { config: string; json?: true }): Promise<void> {
  await withFeed(options.config, (db, gate) => {
    const nowMs = Date.now();
    const counts = new Map(sourceCounts(db).map((count) => [count.source, count]));
    const gaps = listedGaps(db, 10_000);
    const shown = statesOf(db, gate).map((state) => ({
      state,
      count: counts.get(state.source),
      classes: classesOf(state, gate, nowMs),
      gaps: gaps.filter(({ source }) => source === state.source).slice(0, gapsShownMax),
    }));
    if (shown.some(({ classes }) => classes.some(({ stale }) => stale))) process.exitCode = 1;
    if (options.json) return shown.map((each) => JSON.stringify(each));
    return shown.flatMap(({ state, count, classes, gaps: missing }) => [
      `${state.source}: ${ageText(state, nowMs)}; ${countText(count)}`,
      ...classes.map(
        ({ kinds, ageMsMax, stale, policy }) =>
          `    ${stale ? 'STALE' : 'current'} (limit ${ageMsMax / minuteMs} min, policy ${policy}): ${kinds.join(', ')}`,
      ),
      ...missing.map(
        ({ first, last, acknowledged }) =>
          `    missing ${first} to ${last}${acknowledged === null ? '' : `, acknowledged: ${acknowledged}`}`,
      ),
    ]);
  });
}

function statesOf(db: SqliteDatabase, { config }: LoadedGate): readonly SourceState[] {
  return new FeedCache({
    db,
    sources: config.feed.sources,
    clockState: () => config.clock.trust,
    ledger: () => {
      throw new Error('the state of sources asks nothing of the ledger');
    },
  }).sources();
}

/** Kinds of a source that may be equally old, for each policy of the gate. */
function classesOf(state: SourceState, { policies }: LoadedGate, nowWallMs: number) {
  return [...policies].flatMap(([name, { policy }]) => {
    const ages = new Map<number, SourceState['kinds'][number][]>();
    for (const kind of state.kinds) {
      const ageMsMax = ageMsMaxOf(policy, state.source, kind);
      ages.set(ageMsMax, [...(ages.get(ageMsMax) ?? []), kind]);
    }
    return [...ages].map(([ageMsMax, kinds]) => ({
      policy: name,
      ageMsMax,
      kinds,
      stale: staleSources([state], kinds, { ...policy, nowWallMs }).length > 0,
    }));
  });
}

function ageText({ watermarkAtMs, watermarkSequence }: SourceState, nowMs: number): string {
  if (watermarkAtMs === undefined) return 'has never said how far it is complete';
  const minutes = ((nowMs - watermarkAtMs) / minuteMs).toFixed(1);
  const at = new Date(watermarkAtMs).toISOString();
  return `complete up to ${watermarkSequence} at ${at}, ${minutes} min ago`;
}

function countText(count: SourceCount | undefined): string {
  if (!count) return 'no facts';
  const { facts, quarantined, taints, gaps, acknowledged, disposed } = count;
  return [
    `${facts} facts`,
    `${gaps} gaps (${acknowledged} acknowledged beside)`,
    `${quarantined} lines in quarantine`,
    `${taints} taints (${disposed} disposed of beside)`,
  ].join(', ');
}

/** Exit code 1 where nothing names the key. */
export async function showFound(options: {
  config: string;
  key: string;
  json?: true;
}): Promise<void> {
  await withFeed(options.config, (db) => {
    const { facts, taints } = findByKey(db, options.key);
    if (facts.length + taints.length === 0) {
      process.exitCode = 1;
      return [`nothing names ${options.key}`];
    }
    if (options.json) return [...facts, ...taints].map((each) => JSON.stringify(each));
    return [
      ...facts.map(
        ({ kind, source, id, version, asOfMs, body }) =>
          `${kind} ${id} of ${source}, version ${version}, as of ${new Date(asOfMs).toISOString()}\n    ${JSON.stringify(body)}`,
      ),
      ...taints.map(
        ({ source, sequence, resembles, reason, disposed }) =>
          `TAINT of ${source} ${sequence} by ${resembles}: ${reason}${disposed === null ? '' : `; disposed of: ${disposed}`}`,
      ),
    ];
  });
}

export async function showQuarantine(options: {
  config: string;
  source?: string;
  limit: number;
  json?: true;
}): Promise<void> {
  await withFeed(options.config, (db) => {
    const lines = laidAsideLines(db, options);
    if (options.json) return lines.map((line) => JSON.stringify(line));
    return [...lines.map(lineText), `${lines.length} shown`];
  });
}

export async function showLine(options: { config: string; line: number }): Promise<void> {
  await withFeed(options.config, (db) => {
    const line = laidAsideLine(db, options.line);
    if (line) return [lineText(line), line.line];
    process.exitCode = 1;
    return [`the quarantine has no line ${options.line}`];
  });
}

function lineText(line: LaidAside): string {
  const { id, source, sequence, file, lineNumber, reason, atMs, isReplaced, settled } = line;
  const which = sequence === 0 ? 'its number could not be read' : `number ${sequence}`;
  const since = isReplaced === 1 ? '; a snapshot has come since' : '';
  const done = settled === null ? '' : `; taken after all: ${settled}`;
  return `${id}: ${source}, ${which}, ${file} line ${lineNumber}, ${new Date(atMs).toISOString()}: ${reason}${since}${done}`;
}

/** Exit code 2 where the configuration or the database cannot be used. */
async function withFeed(
  config: string,
  show: (db: SqliteDatabase, gate: LoadedGate) => readonly string[],
): Promise<void> {
  const gate = await loadOrExplain(config);
  if (!gate) {
    process.exitCode = configurationMistake;
    return;
  }
  try {
    const file = join(gate.config.data.directory, 'feed.db');
    const lines = readBeside(file, (db) => db.transaction(() => show(db, gate))());
    process.stdout.write(`${lines.join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    process.stderr.write(`${error.message}\n    hint: ${error.hint}\n`);
    process.exitCode = configurationMistake;
  }
}
