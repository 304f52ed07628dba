/** Takes a log, or proofs of single entries, out of a ledger beside the daemon; and checks such a proof. */

import { once } from 'node:events';
import { createWriteStream, existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { exportedJournal } from '../adapters/store/journal-export.ts';
import { proveConsistency, proveEntries } from '../adapters/store/journal-proofs.ts';
import { JournalRefused } from '../adapters/store/journal-reading.ts';
import { StoreError } from '../adapters/store/open-database.ts';
import { verifyProof } from '../verifier/verify-proof.ts';

const refused = 1;
const misused = 2;

const sequence = (text: string) => {
  const value = Number(text);
  if (/^\d{1,15}$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError('an entry is a whole number from 1 on');
};

export function addProofCommands(journal: Command): void {
  journal
    .command('export')
    .description('write the log as NDJSON, each line the bytes of an entry as stored (导出)')
    .argument('<ledger>', 'ledger.db of a gate; the daemon may run')
    .option('--from <sequence>', 'first entry', sequence)
    .option('--to <sequence>', 'last entry', sequence)
    .option('--epoch <epoch>', 'this epoch alone; with a range the newest if left out')
    .option('--out <file>', 'new file to write; standard output if left out')
    .action(writeExport);
  journal
    .command('prove')
    .description('prove to others that entries are in the signed log (出具证明)')
    .argument('<ledger>', 'ledger.db of a gate; the daemon may run')
    .addOption(new Option('--entry <sequence>', 'this entry').argParser(sequence))
    .option('--passage <id>', 'all entries of this passage')
    .option('--checkpoint <sequence>', 'entry of the checkpoint; the newest if left out', sequence)
    .option(
      '--consistency <older,newer>',
      'instead: that the log of an older checkpoint is the beginning of a newer one',
    )
    .option('--epoch <epoch>', 'the newest if left out')
    .option('--out <file>', 'new file to write; standard output if left out')
    .action(prove);
  journal
    .command('verify-proof')
    .description('check a proof offline (核验证明)')
    .argument('<file>', 'what kakou journal prove has written')
    .requiredOption('--key <name+id+base64>', 'verifier key of the gate, from elsewhere')
    .action(checkProof);
}

interface ExportOptions {
  readonly from?: number;
  readonly to?: number;
  readonly epoch?: string;
  readonly out?: string;
}

async function writeExport(ledger: string, { out, ...choice }: ExportOptions): Promise<void> {
  if (out !== undefined && existsSync(out)) return refuse(`${out} exists`, 'name a new file');
  const unfinished = out === undefined ? undefined : `${out}.part`;
  const target = unfinished === undefined ? process.stdout : createWriteStream(unfinished);
  try {
    await pour(exportedJournal(ledger, choice), target);
    if (unfinished === undefined || out === undefined) return;
    target.end();
    await once(target, 'close');
    renameSync(unfinished, out);
  } catch (error) {
    if (unfinished !== undefined) rmSync(unfinished, { force: true });
    tellRefusal(error);
  }
}

/** As fast as the other side takes it. */
async function pour(pieces: Iterable<Buffer>, target: Writable): Promise<void> {
  // The failure itself is what waiting or ending rejects with.
  target.on('error', () => undefined);
  for (const piece of pieces) if (!target.write(piece)) await once(target, 'drain');
}

interface ProveOptions {
  readonly entry?: number;
  readonly passage?: string;
  readonly checkpoint?: number;
  readonly consistency?: string;
  readonly epoch?: string;
  readonly out?: string;
}

function prove(ledger: string, { out, ...options }: ProveOptions): void {
  if (out !== undefined && existsSync(out)) return refuse(`${out} exists`, 'name a new file');
  const asked = askedOf(options);
  if (!asked) {
    refuse(
      'nothing, or more than one thing, is to be proven',
      'give --entry, --passage or --consistency OLDER,NEWER',
      misused,
    );
    return;
  }
  try {
    const text = `${JSON.stringify(asked(ledger), null, 1)}\n`;
    if (out === undefined) process.stdout.write(text);
    else writeFileSync(out, text, { flag: 'wx' });
  } catch (error) {
    tellRefusal(error);
  }
}

function askedOf(options: ProveOptions): ((ledger: string) => object) | undefined {
  const { entry, passage, consistency, checkpoint, epoch } = options;
  const given = [entry, passage, consistency].filter((each) => each !== undefined);
  if (given.length !== 1) return undefined;
  const choice = {
    ...(epoch !== undefined && { epoch }),
    ...(checkpoint !== undefined && { checkpoint }),
  };
  if (entry !== undefined) return (ledger) => proveEntries(ledger, { entry }, choice);
  if (passage !== undefined) return (ledger) => proveEntries(ledger, { passage }, choice);
  const [, older, newer] = /^([1-9]\d{0,14}),([1-9]\d{0,14})$/.exec(consistency ?? '') ?? [];
  if (older === undefined || newer === undefined || checkpoint !== undefined) return undefined;
  return (ledger) =>
    proveConsistency(ledger, { older: Number(older), newer: Number(newer), ...choice });
}

function checkProof(file: string, { key }: { readonly key: string }): void {
  const verification = verifyProof(file, key);
  process.stdout.write(`${JSON.stringify(verification)}\n`);
  if (verification.ok) return;
  const { fault, detail, hint } = verification;
  refuse(`${fault}: ${detail}`, hint);
}

function tellRefusal(error: unknown): void {
  if (error instanceof StoreError || error instanceof JournalRefused)
    return refuse(error.message, error.hint);
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) throw error;
  // Whoever reads has read enough.
  if (code === 'EPIPE') return;
  refuse(String(error), 'check the path and the disk');
}

function refuse(message: string, hint: string, exitCode = refused): void {
  process.stderr.write(`${message}\n    hint: ${hint}\n`);
  process.exitCode = exitCode;
}
