/**
 * Runs the pilot and holds what the gate reports against what was done. The gate was told nothing of what was done;
 * the score alone knows both.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openForReading } from '../../adapters/store/open-database.ts';
import { dayRows } from '../../adapters/store/yard-reader.ts';
import { type OpenCause, openCauses } from '../../core/yard/item.ts';
import { reconcileDay } from '../../core/yard/reconcile.ts';
import { PilotClock, pilotStartMs } from './pilot-clock.ts';
import { PilotGate } from './pilot-gate.ts';
import { causeOfFate, type PlannedVisit, pilotPlan } from './pilot-plan.ts';
import { PilotWorld } from './pilot-world.ts';

export interface CauseScore {
  readonly cause: OpenCause;
  readonly injected: number;
  readonly reported: number;
  readonly right: number;
}

export interface PilotResult {
  readonly scale: number;
  readonly seed: number;
  readonly entries: number;
  readonly exits: number;
  readonly trips: number;
  readonly complete: number;
  /** Neither complete nor open with a cause. */
  readonly unaccounted: number;
  /** Open although everything was done, or complete although it was not. */
  readonly falselyOpen: number;
  readonly falselyComplete: number;
  readonly tripCauses: readonly CauseScore[];
  readonly otherCauses: readonly CauseScore[];
  readonly neverEntered: { readonly injected: number; readonly reported: number };
  readonly refusals: number;
  readonly yardFailures: number;
  readonly residuals: number;
  readonly days: number;
  readonly seconds: number;
}

const disks = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const checkEveryMs = 4 * 3_600_000;
const dayMs = 86_400_000;
/** Lanes answer orders by promises: they are let through after so many due moments. */
const breatheEvery = 200;

export async function runPilot(
  scale: number,
  seed: number,
  onProgress: (share: number) => void = () => undefined,
): Promise<PilotResult> {
  const directory = mkdtempSync(join(disks, 'kakou-pilot-'));
  const startedMs = performance.now();
  try {
    const plan = pilotPlan(scale, seed);
    const clock = new PilotClock();
    const gate = new PilotGate(directory, clock, (entry) => world.received(entry));
    const world: PilotWorld = new PilotWorld(plan, gate, clock);
    world.start();
    const person = new YardWalk(gate, world, clock);
    person.start();
    let steps = 0;
    while (clock.step(plan.untilMs)) {
      steps += 1;
      if (steps % breatheEvery === 0) await Promise.resolve();
      if (steps % 100_000 === 0) {
        onProgress(clock.nowMs / plan.untilMs);
        await new Promise<void>((done) => setImmediate(done));
      }
    }
    gate.close();
    const seconds = Math.round((performance.now() - startedMs) / 1_000);
    return { scale, seed, ...score(gate.ledgerFile, plan), refusals: world.refusals, seconds };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** A person who looks for what is to be looked for, and tells what he sees. */
class YardWalk {
  readonly #gate: PilotGate;
  readonly #world: PilotWorld;
  readonly #clock: PilotClock;

  constructor(gate: PilotGate, world: PilotWorld, clock: PilotClock) {
    this.#gate = gate;
    this.#world = world;
    this.#clock = clock;
  }

  start(): void {
    this.#clock.at(this.#clock.nowMs + checkEveryMs, () => {
      if (!this.#gate.isDown) this.#walk();
      this.start();
    });
  }

  #walk(): void {
    const db = openForReading(this.#gate.ledgerFile);
    const tasks = db
      .prepare<[], { itemId: string; plate: string }>(
        `SELECT item_id AS itemId, substr(subject, 3) AS plate FROM yard_item
         WHERE closed_at IS NULL AND cause = 'undetermined' AND kind IN ('visit', 'expected')
           AND (json_extract(body, '$.check') IS NULL
             OR (json_extract(body, '$.check.found') AND json_extract(body, '$.check.atMs') < json_extract(found, '$.atMs')))`,
      )
      .all();
    db.close();
    for (const { itemId, plate } of tasks) {
      this.#gate.act({ act: 'yardCheck', item: itemId, found: this.#world.isInside(plate) });
    }
  }
}

type Scored = Omit<PilotResult, 'scale' | 'seed' | 'refusals' | 'seconds'>;

interface Row {
  readonly plate: string;
  readonly enteredAtMs: number;
  readonly closedAtMs: number | null;
  readonly state: string;
  readonly cause: OpenCause | null;
}

function score(file: string, plan: ReturnType<typeof pilotPlan>): Scored {
  const db = openForReading(file);
  try {
    const rowsOf = (kind: 'visit' | 'trip') => {
      const rows = db
        .prepare<[string], Row>(
          `SELECT substr(subject, 3) AS plate, opened_at AS enteredAtMs, closed_at AS closedAtMs, state, cause
           FROM yard_item WHERE kind = ? ORDER BY opened_at DESC`,
        )
        .all(kind);
      // The first stay of each plate: a later one is another.
      return new Map(rows.map((row) => [row.plate, row]));
    };
    const count = (sql: string) => db.prepare<[], number>(sql).pluck().get() ?? 0;
    const trips = rowsOf('trip');
    const visits = rowsOf('visit');
    const transfers = plan.visits.filter(({ transfer }) => transfer);
    const others = plan.visits.filter(({ transfer }) => !transfer);
    const isComplete = (row: Row | undefined) => row?.state === 'complete';
    const isAccounted = (row: Row | undefined) => isComplete(row) || (row?.cause ?? null) !== null;
    const days = Math.floor(plan.untilMs / dayMs);
    const residuals = Array.from({ length: days }, (_, day) => {
      const date = new Date(pilotStartMs + day * dayMs).toISOString().slice(0, 10);
      const { balances } = reconcileDay(dayRows(db, date));
      return balances.reduce((sum, { residual }) => sum + Math.abs(residual), 0);
    }).reduce((sum, each) => sum + each, 0);
    return {
      entries: count(`SELECT coalesce(sum(count), 0) FROM lane_day WHERE what LIKE 'crossed.in.%'`),
      exits: count(`SELECT coalesce(sum(count), 0) FROM lane_day WHERE what LIKE 'crossed.out.%'`),
      trips: transfers.length,
      complete: transfers.filter(({ plate }) => isComplete(trips.get(plate))).length,
      unaccounted: transfers.filter(({ plate }) => !isAccounted(trips.get(plate))).length,
      falselyOpen: transfers.filter(
        ({ fate, plate }) => fate === 'complete' && !isComplete(trips.get(plate)),
      ).length,
      falselyComplete: transfers.filter(
        ({ fate, plate }) => fate !== 'complete' && isComplete(trips.get(plate)),
      ).length,
      tripCauses: causeScores(transfers, trips),
      otherCauses: causeScores(others, visits),
      neverEntered: {
        injected: plan.neverEntered.length,
        reported: count(
          `SELECT count(*) FROM yard_item WHERE kind = 'expected' AND cause = 'never-entered'`,
        ),
      },
      yardFailures: count(`SELECT count(*) FROM journal WHERE entry LIKE '%yard-failed%'`),
      residuals,
      days,
    };
  } finally {
    db.close();
  }
}

function causeScores(
  visits: readonly PlannedVisit[],
  rows: ReadonlyMap<string, Row>,
): readonly CauseScore[] {
  const pairs = visits.map(({ fate, plate }) => ({
    injected: fate === 'complete' ? undefined : causeOfFate[fate],
    reported: rows.get(plate)?.cause ?? undefined,
  }));
  return openCauses
    .map((cause) => ({
      cause,
      injected: pairs.filter(({ injected }) => injected === cause).length,
      reported: pairs.filter(({ reported }) => reported === cause).length,
      right: pairs.filter((pair) => pair.injected === cause && pair.reported === cause).length,
    }))
    .filter(({ injected, reported }) => injected + reported > 0);
}
