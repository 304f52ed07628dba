/** The account of a run: what was meant against what came out, and the gate's log against the centre's. */
import Database from 'better-sqlite3';
import { verifyJournal } from '../../src/verifier/verify.ts';
import type { Passages } from './passages.ts';

export interface Account {
  readonly isGood: boolean;
  readonly text: string;
}

interface Stream {
  readonly entries: number;
  /** Hash of its last entry. */
  readonly head: string;
}

export function accountOf(run: {
  readonly passages: Passages;
  readonly ledgerFile: string;
  readonly centreFile: string;
}): Account {
  const { passages } = run;
  const ended = passages.ended();
  const asMeant = ended.filter(({ outcome, planned }) => planned?.intended === outcome);
  const unopened = ended.filter(
    ({ outcome, openings }) =>
      openings !== (outcome === 'passed' || outcome === 'diverted' ? 1 : 0),
  );
  const undecided = passages.openings.filter(({ decided }) => !decided);
  const acknowledged = acknowledgedOf(run.ledgerFile);
  const centre = centreOf(run.centreFile);
  const log = verifyJournal(run.ledgerFile);
  const entries = log.ok ? log.entries : 0;
  const statements: readonly (readonly [boolean, string])[] = [
    [
      ended.length === passages.planned.length && asMeant.length === ended.length,
      `${passages.planned.length} trucks, ${ended.length} passages ended, ${asMeant.length} as meant: ${tally(ended.map(({ outcome }) => String(outcome)))}`,
    ],
    [unopened.length === 0, `each passed or diverted truck had one opening, the others none`],
    [
      undecided.length === 0 && passages.openings.length > 0,
      `${passages.openings.length} open contacts, ${passages.openings.length - undecided.length} with the decision already in the ledger${undecided.length > 0 ? `; without: ${undecided.map(({ laneId, detail }) => `${laneId} ${detail}`).join(', ')}` : ''}`,
    ],
    [
      log.ok,
      log.ok
        ? `${log.entries} entries, chain and ${log.checkpoints} signed checkpoints verified, head ${log.head.slice(0, 12)}…`
        : `the log does not verify: entry ${log.sequence}: ${log.fault}: ${log.detail}`,
    ],
    [
      entries > 0 && acknowledged === entries,
      `${acknowledged} of ${entries} entries acknowledged by the centre`,
    ],
    [
      log.ok && centre.entries === entries && centre.head === log.head,
      `the centre holds ${centre.entries} entries without a hole, head ${centre.head.slice(0, 12)}…`,
    ],
    [passages.refusedPushes.length === 0, `no message of a camera was refused`],
  ];
  return {
    isGood: statements.every(([holds]) => holds),
    text: ['', ...statements.map(([holds, text]) => `${holds ? 'ok  ' : 'FAIL'} ${text}`)].join(
      '\n',
    ),
  };
}

function tally(outcomes: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].map(([outcome, n]) => `${n} ${outcome}`).join(', ');
}

function acknowledgedOf(ledgerFile: string): number {
  const db = new Database(ledgerFile, { readonly: true });
  try {
    const through = db.prepare('SELECT acknowledged_through FROM delivery').pluck().get();
    return typeof through === 'number' ? through : 0;
  } finally {
    db.close();
  }
}

function centreOf(centreFile: string): Stream {
  const db = new Database(centreFile, { readonly: true });
  try {
    const row = db
      .prepare<[], { through: number; head: string }>('SELECT through, head FROM complete')
      .get();
    return { entries: row?.through ?? 0, head: row?.head ?? '' };
  } finally {
    db.close();
  }
}
