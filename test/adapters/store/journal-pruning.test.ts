import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import t from 'tap';
import { journalEvents } from '../../../src/adapters/store/journal-events.ts';
import { exportedJournal } from '../../../src/adapters/store/journal-export.ts';
import { proveEntries } from '../../../src/adapters/store/journal-proofs.ts';
import { previewPruning } from '../../../src/adapters/store/prune-preview.ts';
import {
  decisionsOfPassage,
  decisionsSince,
  prunedDecisions,
} from '../../../src/adapters/store/stored-decisions.ts';
import { SigningKeys } from '../../../src/adapters/system/signing-key.ts';
import type { EventDraft } from '../../../src/core/journal/events.ts';
import type { PassageRow } from '../../../src/core/ledger-change.ts';
import type { Ledger, PruneOrder } from '../../../src/ports/ledger.ts';
import { verifyJournal } from '../../../src/verifier/verify.ts';
import { verifyProof } from '../../../src/verifier/verify-proof.ts';
import { type LogTime, logIn, newSigner } from '../../support/journal-log.ts';
import { decisionFor, note, settlement } from '../../support/open-ledger.ts';
import { repositoryFile } from '../../support/repository.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const dayMs = 86_400_000;
const startMs = Date.UTC(2026, 10, 23);
const signer = newSigner();

function opened(folder = temporaryFolder(), time: LogTime = { wallMs: startMs }) {
  const ledger = logIn(folder, { signer, time });
  return { folder, file: join(folder, 'ledger.db'), ledger, time };
}

const before = (beforeMs: number): PruneOrder => ({
  beforeMs,
  reason: { reason: 'retention', journalDays: 30 },
});

/** How many bodies went until nothing more may. */
function pruneAll(ledger: Ledger, order = before(startMs + 40 * dayMs)) {
  let count = 0;
  for (;;) {
    const result = ledger.prune(order);
    if (result.kind === 'failed') throw new Error(result.detail);
    if (result.kind === 'finished') return { count, waitsFor: result.waitsFor };
    count += result.count;
  }
}

const gone = (file: string): number[] => {
  const db = new Database(file, { readonly: true });
  const sequences = db
    .prepare("SELECT sequence FROM journal WHERE entry = '' ORDER BY position")
    .pluck()
    .all();
  db.close();
  return sequences as number[];
};

const notes = (count: number, subject = 'p'): EventDraft[] =>
  [...Array(count).keys()].map((i) => note(`${subject}${i}`));

/** 300 entries in three checkpoints, all at the centre, of which the first 200 are older than the third hundred. */
function log() {
  const made = opened();
  const { ledger, time } = made;
  for (const days of [0, 1, 50]) {
    time.wallMs = startMs + days * dayMs;
    ledger.commit({ events: notes(99 - (ledger.head().sequence % 100)) });
    ledger.checkpoint();
  }
  ledger.acknowledge(300);
  time.wallMs = startMs + 100 * dayMs;
  return made;
}

t.test('old bodies go; hashes stay, and chain, tree and every checkpoint verify', async (t) => {
  const { ledger, file, folder } = log();
  t.strictSame(pruneAll(ledger), { count: 197, waitsFor: undefined });
  const kept = [1, 100, 200];
  t.strictSame(
    gone(file),
    [...Array(200).keys()].map((i) => i + 1).filter((i) => !kept.includes(i)),
  );
  const whole = { ok: true, checkpoints: 3, pruned: 197, unproven: 0 };
  t.match(verifyJournal(file), whole);
  ledger.checkpoint();
  t.match(verifyJournal(file), { ...whole, checkpoints: 4 });
  ledger.close();
  const again = opened(folder);
  t.strictSame(pruneAll(again.ledger), { count: 0, waitsFor: undefined });
  again.ledger.commit({ events: [note('after')] });
  t.match(again.ledger.checkpoint(), { kind: 'committed' });
  again.ledger.close();
  t.match(verifyJournal(file), { ...whole, checkpoints: 5 });
});

t.test('every body that goes is told of by a signed entry with its policy', async (t) => {
  const { ledger, file } = log();
  pruneAll(ledger);
  ledger.close();
  const db = new Database(file, { readonly: true });
  const told = db
    .prepare(`SELECT entry FROM journal WHERE entry LIKE '%entries.pruned.v1%' ORDER BY position`)
    .pluck()
    .all() as string[];
  db.close();
  const data = told.map((entry) => JSON.parse(entry).data);
  t.equal(data[0].ranges, '2-64');
  t.match(data[1], { ranges: '65-99,101-128', count: 63, reason: 'retention', journalDays: 30 });
  t.equal(
    data.reduce((sum, { count }) => sum + count, 0),
    197,
  );
});

t.test('an export of a pruned log verifies, and parts of it as far as they go', async (t) => {
  const { ledger, file } = log();
  pruneAll(ledger);
  ledger.checkpoint();
  const key = signer.verifierKey(`kakou/CNSHK/gate-1/${ledger.epoch}`);
  ledger.close();
  const verified = (choice: { from?: number; to?: number }, keys: string[] = []) => {
    const out = join(temporaryFolder(), 'log.ndjson');
    writeFileSync(out, Buffer.concat([...exportedJournal(file, choice)]));
    return verifyJournal(out, undefined, keys);
  };
  t.match(verified({}), { ok: true, pruned: 197, unproven: 0 });
  t.match(verified({ from: 50, to: 250 }, [key]), { ok: true, pruned: 149, unproven: 149 });
  t.match(verified({ from: 65 }, [key]), { ok: true, pruned: 134, unproven: 0 });
});

t.test('a proof of what is left still holds, and of what went it says so', async (t) => {
  const { ledger, file } = log();
  pruneAll(ledger);
  ledger.close();
  t.throws(() => proveEntries(file, { entry: 7 }, {}), {
    message: 'entry 7 was pruned under entry 301: its body is gone, its hash is left',
  });
  t.throws(() => proveEntries(file, { passage: 'p7' }, { checkpoint: 200 }), {
    message: /no entry of passage p7/,
  });
  const proof = proveEntries(file, { entry: 250 }, { checkpoint: 300 });
  const path = join(temporaryFolder(), 'proof.json');
  writeFileSync(path, JSON.stringify(proof));
  t.match(verifyProof(path, proof.key), { ok: true, size: 299 });
});

t.test('nothing goes that the centre has not acknowledged, or no checkpoint covers', async (t) => {
  const { ledger, file, time } = opened();
  ledger.commit({ events: notes(9) });
  time.wallMs = startMs + 100 * dayMs;
  t.strictSame(pruneAll(ledger), { count: 0, waitsFor: 'acknowledgement' });
  ledger.acknowledge(10);
  t.strictSame(pruneAll(ledger), { count: 0, waitsFor: 'checkpoint' });
  ledger.checkpoint();
  t.strictSame(pruneAll(ledger), { count: 9, waitsFor: undefined });
  ledger.commit({ events: notes(4) });
  t.strictSame(pruneAll(ledger), { count: 0, waitsFor: undefined }, 'these are young');
  t.strictSame(gone(file), [2, 3, 4, 5, 6, 7, 8, 9, 10]);
  ledger.close();

  const ahead = opened();
  ahead.ledger.commit({ events: notes(9) });
  ahead.ledger.checkpoint();
  ahead.ledger.acknowledge(6);
  ahead.time.wallMs = startMs + 100 * dayMs;
  t.strictSame(pruneAll(ahead.ledger), { count: 5, waitsFor: 'acknowledgement' });
  t.strictSame(gone(ahead.file), [2, 3, 4, 5, 6]);
  ahead.ledger.close();
});

t.test('what something open refers to stays, and goes once it is closed', async (t) => {
  const { ledger, file, time } = opened();
  const id = <T>(text: string) => text as T;
  const passage = (passageId: string, endedAtMs?: number) => ({
    passageId: id<never>(passageId),
    laneId: id<never>('in-1'),
    direction: 'in' as const,
    startedAtMs: startMs,
    ...(endedAtMs !== undefined && { endedAtMs, outcome: 'passed' as const }),
  });
  const about = (subject: string, data: object): EventDraft => ({
    ...note(subject),
    data: { ...data },
  });
  ledger.commit({ events: [note('open')], passage: passage('open') });
  ledger.commit({ events: [note('entered')], passage: passage('entered', startMs + 1) });
  ledger.commit({
    events: [about('v.1', { deep: { passageId: 'entered' } })],
    visits: [
      {
        kind: 'opened',
        visitId: id<never>('v.1'),
        plate: '粤B12345',
        passageId: id<never>('entered'),
        atMs: startMs,
        containers: [],
      },
    ],
  });
  ledger.commit({
    events: [note('case')],
    exception: {
      exceptionId: id('e.1'),
      passageId: id('case'),
      laneId: id('in-1'),
      cause: 'x',
      openedAtMs: startMs,
    },
  });
  ledger.commit(decisionFor('reserved', [{ lineage: 'L', container: 'C' }]));
  ledger.commit({
    events: [],
    passage: { ...passage('reserved', startMs + 1), laneId: id('out-1') },
  });
  ledger.commit({ events: [note('nobody')] });
  ledger.checkpoint();
  ledger.acknowledge(ledger.head().sequence);
  time.wallMs = startMs + 100 * dayMs;
  t.equal(pruneAll(ledger).count, 1);
  t.strictSame(gone(file), [7]);

  ledger.commit({ events: [], passage: passage('open', startMs + 2) });
  t.equal(pruneAll(ledger).count, 1);
  t.strictSame(gone(file), [2, 7]);
  ledger.commit({
    events: [],
    closedCases: [{ exceptionId: 'e.1', outcome: 'x', atMs: startMs }],
    visits: [
      {
        kind: 'closed',
        visitId: id<never>('v.1'),
        passageId: id<never>('out'),
        atMs: startMs,
        cause: 'exitRecorded',
      },
    ],
  });
  t.equal(pruneAll(ledger).count, 3);
  t.strictSame(gone(file), [2, 3, 4, 5, 7]);
  ledger.commit(settlement('reserved', [{ lineage: 'L', container: 'C' }], 'consumed'));
  t.equal(pruneAll(ledger).count, 1);
  t.strictSame(gone(file), [2, 3, 4, 5, 6, 7]);
  ledger.close();
  t.match(verifyJournal(file), { ok: true, pruned: 6 });
});

t.test('what would go is told beforehand, and nothing goes', async (t) => {
  const { ledger, file } = log();
  const preview = () => previewPruning(file, startMs + 40 * dayMs);
  const first = { epoch: ledger.epoch, sequence: 2 };
  const last = { epoch: ledger.epoch, sequence: 199 };
  t.match(preview(), { entries: 197, decisions: 0, kept: 0, first, last });
  t.strictSame(gone(file), []);
  pruneAll(ledger);
  t.strictSame(preview(), { entries: 0, bytes: 0, decisions: 0, kept: 0 });
  ledger.close();
});

t.test(
  'a pruned decision is told as pruned, and its case and passage can be asked for',
  async (t) => {
    const { ledger, file, time } = opened();
    const decision = decisionFor('p1', []);
    const [decided] = decision.events;
    if (!decided) throw new Error('no event');
    ledger.commit({ ...decision, events: [{ ...decided, data: { decisionId: 'p1.d1' } }] });
    ledger.commit({ events: [], passage: { ...(decision.passage as PassageRow), endedAtMs: 2 } });
    ledger.checkpoint();
    ledger.acknowledge(ledger.head().sequence);
    t.match(decisionsOfPassage(file, 'p1'), [{ prunedUnder: null, inputs: '{}' }]);
    time.wallMs = startMs + 100 * dayMs;
    t.equal(pruneAll(ledger).count, 1);
    t.match(decisionsOfPassage(file, 'p1'), [{ prunedUnder: 4, inputs: '', result: '' }]);
    t.strictSame([...decisionsSince(file, 0)], []);
    t.equal(prunedDecisions(file), 1);
    t.strictSame(ledger.acts.reservedFor('p1' as never), []);
    t.equal(ledger.acts.newestDecision('p1'), 'p1.d1');
    t.throws(() => journalEvents(file), { code: 'store-entry-pruned', message: /entry 2/ });
    t.strictSame(
      ledger.entriesAfter(0, 3).map(({ prunedUnder }) => prunedUnder),
      [undefined, 4, undefined],
    );
    t.equal(ledger.prunedThrough(), 2);
    ledger.close();
  },
);

t.test('a failure leaves all as it was', async (t) => {
  const { ledger, file } = log();
  const full = new Database(file);
  full.exec(
    `CREATE TRIGGER full BEFORE INSERT ON journal WHEN new.entry LIKE '%entries.pruned%'
     BEGIN SELECT RAISE(ABORT, 'full'); END`,
  );
  full.close();
  t.throws(() => pruneAll(ledger), { message: /full/ });
  t.strictSame(gone(file), []);
  const healed = new Database(file);
  healed.exec('DROP TRIGGER full');
  healed.close();
  t.equal(pruneAll(ledger).count, 197);
  ledger.close();
  t.match(verifyJournal(file), { ok: true });
});

t.test('entries of an epoch that was left go too, told of in the new one', async (t) => {
  const { ledger, file, folder } = log();
  ledger.close();
  const time = { wallMs: startMs + 100 * dayMs };
  const restored = logIn(folder, { signer, time, restored: { person: 'Li Wei' } });
  t.equal(pruneAll(restored).count, 197);
  restored.checkpoint();
  restored.close();
  t.match(verifyJournal(file), { ok: true, reason: 'restored', pruned: 197 });
});

t.test('killed while it prunes: every body is there or told of, and it goes on', async (t) => {
  for (const after of [1, 4, 9, 17]) {
    const folder = temporaryFolder();
    const child = spawn(
      process.execPath,
      [repositoryFile('dist/test/adapters/store/pruning.js'), folder],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    for await (const line of createInterface({ input: child.stdout }))
      if (Number(line) === after) setTimeout(() => child.kill('SIGKILL'), after % 3);
    await ended;
    const file = join(folder, 'ledger.db');
    const killed = verifyJournal(file);
    t.match(killed, { ok: true });
    t.ok(killed.ok && killed.pruned >= after * 50, `${after} batches`);
    const keys = new SigningKeys(join(folder, 'keys'));
    const time = { wallMs: startMs + 100 * dayMs };
    const again = logIn(folder, { signer: (announced) => keys.settled(announced), time });
    pruneAll(again);
    again.checkpoint();
    again.close();
    t.match(verifyJournal(file), { ok: true, pruned: 1980 });
  }
});

t.test('a batch keeps a lane waiting no longer than a few ms', async (t) => {
  const { ledger, time } = opened();
  for (let i = 0; i < 40; i++) {
    ledger.commit({ events: notes(249, `${'x'.repeat(900)}${i}.`) });
    ledger.checkpoint();
  }
  ledger.acknowledge(ledger.head().sequence);
  time.wallMs = startMs + 100 * dayMs;
  const took: number[] = [];
  for (;;) {
    const startedAt = performance.now();
    const result = ledger.prune(before(startMs + dayMs));
    took.push(performance.now() - startedAt);
    if (result.kind !== 'pruned') break;
  }
  ledger.close();
  took.sort((a, b) => a - b);
  const median = took[Math.floor(took.length / 2)] ?? 0;
  t.comment(`${took.length} batches, median ${median.toFixed(1)} ms`);
  t.ok(took.length > 100 && median < 20, `${median} ms`);
});
