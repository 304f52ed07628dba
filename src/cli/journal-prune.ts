/** Takes bodies of old entries out of the ledger of a gate that is stopped, or says what would go. */
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { StoreError } from '../adapters/store/open-database.ts';
import { previewPruning } from '../adapters/store/prune-preview.ts';
import type { ControlAnswer } from '../adapters/system/control-socket.ts';
import type { Ledger, PruneOrder } from '../ports/ledger.ts';
import { configurationMistake, loadOrExplain } from './load.ts';
import { noLedgerIn, onStoppedGate, tellAnswer } from './stopped-gate.ts';

export function addPruneCommand(journal: Command): void {
  journal
    .command('prune')
    .description('take out bodies of old entries that the centre has; their hashes stay (清理)')
    .requiredOption('--config <file>', 'configuration file of the gate')
    .requiredOption('--before <date>', 'recorded before this day, as 2026-12-31 (UTC)', day)
    .option('--person <name>', 'who orders it; the name goes into the journal')
    .option('--dry-run', 'say what would go, and change nothing; the daemon may run')
    .action(prune);
}

const dayMs = 86_400_000;

function day(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError('a day is YYYY-MM-DD');
  if (ms > Date.now() - dayMs) throw new InvalidArgumentError('a day that is over');
  return ms;
}

interface PruneOptions {
  readonly config: string;
  readonly before: number;
  readonly person?: string;
  readonly dryRun?: true;
}

async function prune({ config, before: beforeMs, person, dryRun }: PruneOptions): Promise<void> {
  if (person === undefined && !dryRun) {
    process.stderr.write('who orders it is missing\n    hint: give --person, or --dry-run\n');
    process.exitCode = configurationMistake;
    return;
  }
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { directory } = loaded.config.data;
  const missing = noLedgerIn(directory);
  if (missing) return tellAnswer('journal', missing);
  if (dryRun) return tellAnswer('journal', preview(join(directory, 'ledger.db'), beforeMs));
  const before = new Date(beforeMs).toISOString().slice(0, 10);
  const order: PruneOrder = { beforeMs, reason: { reason: 'order', person: person ?? '', before } };
  const answer = await onStoppedGate(loaded.config, ({ ledger }) => pruneAll(ledger, order));
  const running = {
    ok: false,
    message: 'a daemon runs on it',
    hint: 'set retention.journalDays, or stop the daemon',
  } as const;
  tellAnswer('journal', answer === 'running' ? running : answer);
}

function preview(file: string, beforeMs: number): ControlAnswer {
  try {
    return { ok: true, result: JSON.stringify(previewPruning(file, beforeMs)) };
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return { ok: false, message: error.message, hint: error.hint };
  }
}

function pruneAll(ledger: Ledger, order: PruneOrder): ControlAnswer {
  let count = 0;
  for (;;) {
    const result = ledger.prune(order);
    switch (result.kind) {
      case 'pruned':
        count += result.count;
        break;
      case 'failed':
        return { ok: false, message: result.detail, hint: `${count} bodies went before` };
      case 'finished': {
        ledger.checkpoint();
        const { waitsFor } = result;
        const rest = waitsFor === undefined ? '' : `; further ones wait for the ${waitsFor}`;
        return { ok: true, result: `${count} bodies are pruned${rest}` };
      }
    }
  }
}
