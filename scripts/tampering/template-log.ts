/** A log with all that a log can have, written by the ledger itself: what the campaign makes copies of to tamper with. */
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { openLedger } from '../../src/adapters/store/ledger.ts';
import { checkpointSigner } from '../../src/adapters/system/signing-key.ts';
import { uuidIds } from '../../src/adapters/system/system.ts';
import type { CheckpointSigner } from '../../src/core/journal/checkpoint.ts';
import type { EventDraft } from '../../src/core/journal/events.ts';
import type { Ledger } from '../../src/ports/ledger.ts';
import type { SeededRandom } from '../../src/simulation/seeded-random.ts';
import type { LastSeen } from '../../src/verifier/verification.ts';

export const siteId = 'CNSHK';
export const gateId = 'gate-1';
const startMs = Date.UTC(2026, 10, 23);
const dayMs = 86_400_000;

/** What the campaign knows of an entry, whatever has been done to the file. */
export interface KnownEntry {
  readonly position: number;
  readonly epoch: string;
  readonly sequence: number;
  readonly type: string;
  /** Position of the entry under which the body went. */
  readonly prunedBy: number | null;
}

export interface TemplateLog {
  readonly file: string;
  /** The same log some time before. */
  readonly backup: string;
  readonly backupEntries: number;
  readonly entries: readonly KnownEntry[];
  /** What a verifier has last seen: all of it. */
  readonly seen: LastSeen;
  readonly signer: CheckpointSigner;
}

export const newSigner = () => checkpointSigner(generateKeyPairSync('ed25519').privateKey);

export function open(file: string, signer: CheckpointSigner, time: { wallMs: number }): Ledger {
  return openLedger({
    file,
    siteId,
    gateId,
    clock: {
      bootId: 'boot-1',
      now: () => ({ wallMs: time.wallMs, monotonicMs: 1_000 }),
      state: () => 'synced',
    },
    ids: uuidIds,
    signer,
    readStamp: () => '',
  });
}

export function templateLog(folder: string, random: SeededRandom): TemplateLog {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'ledger.db');
  const backup = join(folder, 'backup.db');
  const time = { wallMs: startMs };
  const first = newSigner();
  let ledger = open(file, first, time);
  fill(ledger, random, 3);
  const second = newSigner();
  ledger.rotateKey(second, 'Li Wei');
  fill(ledger, random, 2);
  ledger.acknowledge(ledger.head().sequence);
  time.wallMs += 100 * dayMs;
  prune(ledger, startMs + dayMs, random);
  fill(ledger, random, 1);
  ledger.close();
  ledger = openLedger({
    file,
    siteId,
    gateId,
    clock: {
      bootId: 'boot-2',
      now: () => ({ wallMs: time.wallMs, monotonicMs: 1_000 }),
      state: () => 'synced',
    },
    ids: uuidIds,
    signer: second,
    readStamp: () => '',
    restored: { person: 'Li Wei' },
  });
  fill(ledger, random, 1 + random.integer(2));
  const backupEntries = ledger.head().sequence;
  ledger.close();
  copyFileSync(file, backup);
  ledger = open(file, second, time);
  fill(ledger, random, 1 + random.integer(2));
  const { sequence: entries, hash: head } = ledger.head();
  const { epoch } = ledger;
  ledger.close();
  const seen = { epoch, entries, head };
  return { file, backup, backupEntries, entries: knownEntries(file), seen, signer: second };
}

function note(random: SeededRandom): EventDraft {
  const subject = `p${random.digits(6)}`;
  return { type: 'alarm.raised.v1', subject, timeMs: startMs, data: { code: 'arm-stuck' } };
}

function fill(ledger: Ledger, random: SeededRandom, checkpoints: number): void {
  for (let i = 0; i < checkpoints; i++) {
    ledger.commit({ events: Array.from({ length: 1 + random.integer(9) }, () => note(random)) });
    ledger.checkpoint();
  }
}

/** With something kept in between, as an open visit would. */
function prune(ledger: Ledger, beforeMs: number, random: SeededRandom): void {
  const before = new Date(beforeMs).toISOString().slice(0, 10);
  const reason = { reason: 'order', person: 'Li Wei', before } as const;
  ledger.commit({ events: [note(random)] });
  ledger.prune({ beforeMs, reason });
  ledger.checkpoint();
}

function knownEntries(file: string): readonly KnownEntry[] {
  const db = new Database(file, { readonly: true });
  const rows = db
    .prepare<[], KnownEntry>(
      `SELECT j.position, j.epoch, j.sequence, p.pruned_by AS prunedBy,
         CASE WHEN j.entry = '' THEN '' ELSE substr(json_extract(j.entry, '$.type'), 10) END AS type
       FROM journal j LEFT JOIN pruned_entry p ON p.position = j.position ORDER BY j.position`,
    )
    .all();
  db.close();
  return rows;
}
