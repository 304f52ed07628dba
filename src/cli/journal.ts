import { Command } from 'commander';
import { verifyJournal } from '../verifier/verify.ts';

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
    .action((file: string, { since }: { since?: string }) => verify(file, since));
  return journal;
}

function verify(file: string, since: string | undefined): void {
  const lastSeen = since === undefined ? undefined : lastSeenOf(since);
  if (lastSeen === 'malformed') {
    process.stderr.write(
      '--since must be EPOCH:ENTRIES:HEAD as an earlier verification printed it\n',
    );
    process.exitCode = 2;
    return;
  }
  const verification = verifyJournal(file, lastSeen);
  process.stdout.write(`${JSON.stringify(verification)}\n`);
  if (verification.ok) return;
  const { sequence, fault, detail, hint } = verification;
  process.stderr.write(`entry ${sequence}: ${fault}: ${detail}\n    hint: ${hint}\n`);
  process.exitCode = 1;
}

function lastSeenOf(text: string) {
  const match = /^([0-9a-f]{32}):(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (!match) return 'malformed' as const;
  const [, epoch = '', entries = '', head = ''] = match;
  return { epoch, entries: Number(entries), head };
}
