/** The list of decisions that an acknowledged gap or a disposed taint had a part in: whoever acted looks them through. */
import { join } from 'node:path';
import { StoreError } from '../adapters/store/open-database.ts';
import { decisionsSince, type StoredDecision } from '../adapters/store/stored-decisions.ts';
import type { GatheredFacts } from '../core/facts.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

interface Reviewed {
  readonly decisionId: string;
  readonly laneId: string;
  readonly atMs: number;
  readonly disposition: string;
  readonly plates: readonly string[];
  readonly containers: readonly string[];
  readonly acknowledgedGaps: readonly string[];
  readonly disposedTaints: readonly string[];
}

export async function showReview(options: { config: string; json?: true }): Promise<void> {
  const gate = await loadOrExplain(options.config);
  if (!gate) {
    process.exitCode = configurationMistake;
    return;
  }
  try {
    let count = 0;
    for (const decision of decisionsSince(join(gate.config.data.directory, 'ledger.db'), 0)) {
      const reviewed = reviewOf(decision);
      if (!reviewed) continue;
      count += 1;
      process.stdout.write(`${options.json ? JSON.stringify(reviewed) : textOf(reviewed)}\n`);
    }
    if (!options.json) process.stdout.write(`${count} decisions to look through\n`);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    process.stderr.write(`${error.message}\n    hint: ${error.hint}\n`);
    process.exitCode = configurationMistake;
  }
}

/** Undefined where every gap and taint that the decision met counted. */
function reviewOf({ decisionId, laneId, inputs, result }: StoredDecision): Reviewed | undefined {
  if (!inputs.includes('"acknowledgedGaps"') && !inputs.includes('"disposedTaints"'))
    return undefined;
  const { facts, nowWallMs } = JSON.parse(inputs) as { facts: GatheredFacts; nowWallMs: number };
  const { disposition } = JSON.parse(result) as { disposition: string };
  return {
    decisionId,
    laneId,
    atMs: nowWallMs,
    disposition,
    plates: facts.query.plates,
    containers: facts.query.containers,
    acknowledgedGaps: facts.sources.flatMap(({ source, acknowledgedGaps = [] }) =>
      acknowledgedGaps.map(({ from, to }) => `${source} ${from} to ${to}`),
    ),
    disposedTaints: (facts.disposedTaints ?? []).map(
      ({ source, sequence, resembles }) => `${source} ${sequence} by ${resembles}`,
    ),
  };
}

function textOf(reviewed: Reviewed): string {
  const { decisionId, laneId, atMs, disposition, plates, containers } = reviewed;
  const under = [...reviewed.acknowledgedGaps, ...reviewed.disposedTaints].join('; ');
  return (
    `${new Date(atMs).toISOString()} ${laneId} ${disposition} ${[...plates, ...containers].join(' ')} (${decisionId})\n` +
    `    under ${under}`
  );
}
