/** What a person orders of the log itself: another key, a new epoch. */
import type { Command } from 'commander';
import { rotateKey } from '../gate-journal-acts.ts';
import { askGate } from './ask-gate.ts';
import { headOf } from './head-text.ts';
import { configurationMistake, loadOrExplain } from './load.ts';
import { noLedgerIn, onStoppedGate, tellAnswer } from './stopped-gate.ts';

interface KeyOptions {
  readonly config: string;
  readonly person: string;
  readonly lastKnown?: string;
}

export function addKeyCommands(journal: Command): void {
  const ordering = (name: string, description: string) =>
    journal
      .command(name)
      .description(description)
      .requiredOption('--config <file>', 'configuration file of the gate')
      .requiredOption('--person <name>', 'who orders it; the name goes into the journal');
  ordering(
    'rotate-key',
    'sign with a new key, which the old one announces in the log; the old one is gone (更换密钥)',
  ).action(rotate);
  ordering(
    'begin-epoch',
    'go on in a new epoch, after a copy of the ledger was put back or the key was lost (新纪元)',
  )
    .option(
      '--last-known <epoch:entries:head>',
      'newest entry that the centre or a verifier knows of, where the ledger ends before it',
    )
    .action(beginEpoch);
}

async function rotate({ config, person }: KeyOptions): Promise<void> {
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const missing = noLedgerIn(loaded.config.data.directory);
  const answer =
    missing ?? (await onStoppedGate(loaded.config, (parts) => rotateKey(parts, person)));
  if (answer === 'running') return askGate(config, 'signing key', { act: 'rotateKey', person });
  tellAnswer('signing key', answer);
}

async function beginEpoch({ config, person, lastKnown }: KeyOptions): Promise<void> {
  const known = lastKnown === undefined ? undefined : headOf(lastKnown);
  if (known === 'malformed') {
    process.stderr.write('--last-known must be EPOCH:ENTRIES:HEAD as a verification prints it\n');
    process.exitCode = configurationMistake;
    return;
  }
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const restored = { person, ...(known && { lastKnown: known }) };
  const missing = noLedgerIn(loaded.config.data.directory);
  const answer =
    missing ??
    (await onStoppedGate(
      loaded.config,
      ({ ledger }) => {
        ledger.checkpoint();
        return { ok: true, result: `the ledger goes on in epoch ${ledger.epoch}` };
      },
      restored,
    ));
  const running = { ok: false, message: 'a daemon runs on it', hint: 'stop the daemon' } as const;
  tellAnswer('journal', answer === 'running' ? running : answer);
}
