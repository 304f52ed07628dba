import { Command } from 'commander';
import { verifyJournal } from '../verifier/verify.ts';
import { headOf } from './head-text.ts';
import { addKeyCommands } from './journal-keys.ts';
import { addProofCommands } from './journal-proofs.ts';
import { addPruneCommand } from './journal-prune.ts';

const manyTexts = (text: string, before: readonly string[] = []) => [...before, text];

export function journalCommand(): Command {
  const journal = new Command('journal').description("the gate's log (日志)");
  journal
    .command('verify')
    .description('check every link, every checkpoint and every signature of a log (核验)')
    .argument('<file>', 'ledger.db of a gate, or an NDJSON export of it')
    .option(
      '--since <epoch:entries:head>',
      'what an earlier verification printed: the log may only have grown',
    )
    .option('--key <name+id+base64>', 'verifier key that you trust from elsewhere', manyTexts)
    .action(verify);
  addProofCommands(journal);
  addKeyCommands(journal);
  addPruneCommand(journal);
  return journal;
}

interface VerifyOptions {
  readonly since?: string;
  readonly key?: readonly string[];
}

function verify(file: string, { since, key }: VerifyOptions): void {
  const lastSeen = since === undefined ? undefined : headOf(since);
  if (lastSeen === 'malformed') {
    process.stderr.write(
      '--since must be EPOCH:ENTRIES:HEAD as an earlier verification printed it\n',
    );
    process.exitCode = 2;
    return;
  }
  const verification = verifyJournal(file, lastSeen, key);
  process.stdout.write(`${JSON.stringify(verification)}\n`);
  if (verification.ok) {
    for (const { epoch, from, through } of verification.lost)
      process.stderr.write(`note: entries ${from} to ${through} of epoch ${epoch} were lost\n`);
    return;
  }
  const { sequence, fault, detail, hint } = verification;
  process.stderr.write(`entry ${sequence}: ${fault}: ${detail}\n    hint: ${hint}\n`);
  process.exitCode = 1;
}
