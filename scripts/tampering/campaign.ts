/** Tampers with copies of a log and asks the verifier for the first wrong entry. What it names has to be the right one. */
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { SeededRandom } from '../../src/simulation/seeded-random.ts';
import type { Verification } from '../../src/verifier/verification.ts';
import { verifyJournal } from '../../src/verifier/verify.ts';
import { type Expected, tamperings } from './tamperings.ts';
import { open, type TemplateLog, templateLog } from './template-log.ts';

export interface Miss {
  readonly seed: number;
  readonly tampering: string;
  readonly expected: Expected;
  readonly found: Verification;
}

export interface CampaignResult {
  /** Trials by what was done. */
  readonly trials: Readonly<Record<string, number>>;
  readonly misses: readonly Miss[];
}

const swapped = 'the file is put back to a backup';
const wentOn = 'the file is put back to a backup, and the gate goes on with it';
const backups = [swapped, wentOn];

/** A log of its own for so many trials. */
const trialsOfLog = 50;

/** Trials of seeds `seed` to `seed + trials - 1`; each can be done again by itself with the seed it has. */
export function campaign(
  folder: string,
  { seed, trials }: { seed: number; trials: number },
): CampaignResult {
  const counts: Record<string, number> = {};
  const misses: Miss[] = [];
  let log: TemplateLog | undefined;
  let madeFor: number | undefined;
  for (let own = seed; own < seed + trials; own++) {
    const logSeed = Math.floor(own / trialsOfLog);
    if (!log || madeFor !== logSeed) {
      const logFolder = join(folder, `log-${logSeed}`);
      rmSync(join(folder, `log-${madeFor}`), { recursive: true, force: true });
      log = templateLog(logFolder, new SeededRandom(logSeed));
      madeFor = logSeed;
      const whole = verifyJournal(log.file, log.seen);
      if (!whole.ok) throw new Error(`the log itself is wrong: ${JSON.stringify(whole)}`);
    }
    const { tampering, expected, found } = trial(folder, log, own);
    counts[tampering] = (counts[tampering] ?? 0) + 1;
    const isNamed =
      !found.ok && found.epoch === expected.epoch && found.sequence === expected.sequence;
    if (!isNamed) misses.push({ seed: own, tampering, expected, found });
  }
  return { trials: counts, misses };
}

function trial(folder: string, log: TemplateLog, seed: number) {
  const random = new SeededRandom(seed);
  const file = join(folder, 'tampered.db');
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
  for (;;) {
    const number = random.integer(tamperings.length + backups.length);
    const own = tamperings[number];
    const done = own ? applied(own.name, { file, log, random }) : putBack(number, { file, log });
    if (done) return { ...done, found: verifyJournal(file, log.seen) };
  }
}

function applied(
  name: string,
  { file, log, random }: { file: string; log: TemplateLog; random: SeededRandom },
) {
  copyFileSync(log.file, file);
  const db = new Database(file);
  try {
    const own = tamperings.find((each) => each.name === name);
    const expected = own?.apply({ log, db, random });
    return expected && { tampering: name, expected };
  } finally {
    db.close();
  }
}

/** By nothing in the file itself: only by what was seen before. */
function putBack(number: number, { file, log }: { file: string; log: TemplateLog }) {
  copyFileSync(log.backup, file);
  const { epoch, entries } = log.seen;
  if (backups[number - tamperings.length] === swapped)
    return { tampering: swapped, expected: { epoch, sequence: log.backupEntries + 1 } };
  const ledger = open(file, log.signer, { wallMs: Date.UTC(2027, 3, 1) });
  while (ledger.head().sequence < entries)
    ledger.commit({
      events: [
        { type: 'alarm.raised.v1', subject: 'other', timeMs: 0, data: { code: 'arm-stuck' } },
      ],
    });
  ledger.checkpoint();
  ledger.close();
  return { tampering: wentOn, expected: { epoch, sequence: entries } };
}
