/** The rows of the yard. It reads what the core wants to know and writes what the core says, inside the ledger's transaction. */
import type { EventDraft } from '../../core/journal/events.ts';
import type { LedgerChange, VisitChange } from '../../core/ledger-change.ts';
import { queryOfLook } from '../../core/yard/cause.ts';
import { intervalMarks } from '../../core/yard/intervals.ts';
import type { Item } from '../../core/yard/item.ts';
import { type DayCount, reconcileDay } from '../../core/yard/reconcile.ts';
import { type SteppedInput, stepYard, yardQuery } from '../../core/yard/step.ts';
import { dayOf, talliesOf } from '../../core/yard/tallies.ts';
import type {
  Premises,
  YardBatch,
  YardChange,
  YardFact,
  YardInput,
  YardLimits,
  YardQuery,
} from '../../core/yard/yard-change.ts';
import { type SqliteDatabase, sqliteCode } from './open-database.ts';
import { type ItemRow, itemColumns, itemOf } from './yard-item-row.ts';
import { dayRows } from './yard-reader.ts';

/** A person's act names what is not there: nothing is written. */
export class YardRefused extends Error {}

export interface YardRowsOptions {
  readonly limits: YardLimits;
  readonly siteId: string;
  rfc3339(ms: number): string;
}

const detailLengthMax = 500;
const looseMax = 500;
/** Nobody gets past an arm in less, ms. */
const unseenMsMin = 5_000;
/** Registrations that one acknowledgement of the centre moves on at a time. */
const queuedMax = 500;

export class YardRows {
  readonly #s: ReturnType<typeof statements>;
  readonly #db: SqliteDatabase;
  readonly #o: YardRowsOptions;

  constructor(db: SqliteDatabase, options: YardRowsOptions) {
    this.#db = db;
    this.#s = statements(db);
    this.#o = options;
  }

  /** What follows from a change for the yard; its events have their places from `nextSequence` on. */
  follow(change: LedgerChange, nextSequence: number): YardChange | undefined {
    // A decision moves nothing; it has nothing to wait for here.
    if (change.decision) return undefined;
    for (const event of change.events) this.#mark(event);
    const yard = change.yard && this.#take(change.yard, nextSequence);
    this.#tally(change, yard);
    return yard;
  }

  /** Of a batch each sees the rows as the one before has left them. */
  #take(input: YardInput, nextSequence: number): YardChange | undefined {
    if (input.kind === 'batch') {
      const visits: VisitChange[] = [];
      const events: EventDraft[] = [];
      for (const each of input.inputs) {
        const one = this.#take(each, nextSequence + events.length);
        visits.push(...(one?.visits ?? []));
        events.push(...(one?.events ?? []));
      }
      return { items: [], visits, events, lookAgainAt: [] };
    }
    const yard = this.#stepSafely(input, nextSequence);
    for (const item of yard?.items ?? []) this.#put(item);
    for (const visitId of yard?.lookAgainAt ?? []) this.#s.lookAgain.run(input.atMs, visitId);
    return yard;
  }

  /** A mistake of ours in the yard is told and takes nothing else along: the crossing is on record all the same. */
  #stepSafely(input: Exclude<YardInput, YardBatch>, nextSequence: number): YardChange | undefined {
    try {
      return this.#step(input, nextSequence);
    } catch (error) {
      if (error instanceof YardRefused || sqliteCode(error) !== '') throw error;
      // Else it would be due again at once, and keep others from being looked at.
      if (input.kind === 'look')
        this.#s.postpone.run(input.atMs + this.#o.limits.lookAgainMs, input.itemId);
      const detail = String(error).slice(0, detailLengthMax);
      const data = { code: 'yard-failed', input: input.kind, detail };
      const { siteId: subject } = this.#o;
      const event = { type: 'alarm.raised.v1' as const, subject, timeMs: input.atMs, data };
      return { items: [], visits: [], events: [event], lookAgainAt: [] };
    }
  }

  #step(input: Exclude<YardInput, YardBatch>, nextSequence: number): YardChange | undefined {
    if (input.kind === 'dayClosed') return this.#closeDay(input);
    if (input.kind === 'fact' && !this.#isNews(input)) return undefined;
    const stepped = stepYard(input, this.#premises(input, nextSequence), this.#o.limits);
    if ('refused' in stepped) throw new YardRefused(stepped.refused);
    return stepped;
  }

  #premises(input: SteppedInput, nextSequence: number): Premises {
    return {
      items: this.#itemsFor(input),
      armHeldOpen: input.kind === 'crossed' && this.#s.heldOpen.get(input.laneId) === 1,
      nextSequence,
      opportunities: (direction, fromMs, untilMs) => ({
        loose: this.#s.loose.all(fromMs, untilMs, direction).map(itemOf) as never,
        outages: this.#s.outages
          .all(`unseen.${direction}`, untilMs, fromMs)
          .map(({ untilMs: endMs, ...rest }) => ({
            ...rest,
            ...(endMs !== null && { untilMs: endMs }),
          })),
      }),
    };
  }

  #itemsFor(input: SteppedInput): readonly Item[] {
    if (input.kind === 'sent') return this.#s.queued.all().map(itemOf);
    if (input.kind !== 'look') return this.#read(yardQuery(input));
    const [item] = this.#read(yardQuery(input));
    return item ? this.#read(queryOfLook(item)) : [];
  }

  #read({ subjects, visitIds, itemIds }: YardQuery): readonly Item[] {
    const rows = [
      ...subjects.flatMap((subject) => this.#s.bySubject.all(subject)),
      ...visitIds.flatMap((visitId) => this.#s.byVisit.all(visitId)),
      ...itemIds.flatMap((itemId) => this.#s.byId.all(itemId)),
    ];
    return [...new Map(rows.map((row) => [row.itemId, row])).values()].map(itemOf);
  }

  /** Whether this version has not been taken yet; a snapshot tells everything once more. */
  #isNews({ fact, deleted }: YardFact): boolean {
    const { kind, source, id, version } = fact;
    return this.#s.fact.run(kind, source, id, version, deleted ? 1 : 0).changes === 1;
  }

  #mark(event: EventDraft): void {
    const isStart = event.type === 'gate.started.v1';
    const marks = intervalMarks(event, isStart ? this.#s.aliveAt.get() : undefined);
    for (const { laneId, kind, mark, atMs } of marks) {
      if (mark === 'ends') this.#s.intervalEnds.run(atMs, laneId, kind);
      else if (this.#s.intervalOpen.get(laneId, kind) === 0)
        this.#s.intervalBegins.run(laneId, kind, atMs);
    }
    if (isStart) this.#s.alive.run(event.timeMs);
  }

  #tally(change: LedgerChange, yard: YardChange | undefined): void {
    const tallies = talliesOf(change, yard);
    // An entry that a person names belongs to the day on which it was.
    const isAct = change.yard?.kind === 'act';
    const entered = isAct ? yard?.visits.find(({ kind }) => kind === 'opened') : undefined;
    const atMs =
      entered?.atMs ?? change.yard?.atMs ?? change.counts?.atMs ?? change.events[0]?.timeMs;
    if (tallies.length === 0 || atMs === undefined) return;
    const day = dayOf(atMs, this.#o.rfc3339);
    for (const { laneId, what, count } of tallies) this.#s.tally.run(day, laneId, what, count);
  }

  #closeDay({ date, atMs }: Extract<YardInput, { kind: 'dayClosed' }>): YardChange | undefined {
    if (this.#s.cursor.get('dayClosed') === dayNumber(date)) return undefined;
    this.#s.setCursor.run('dayClosed', dayNumber(date));
    const count: DayCount = reconcileDay(dayRows(this.#db, date));
    const data = { date, ...count, open: this.#s.causes.all() };
    const type = 'yard.dayClosed.v1' as const;
    return {
      items: [],
      visits: [],
      events: [{ type, subject: this.#o.siteId, timeMs: atMs, data }],
      lookAgainAt: [],
    };
  }

  #put(item: Item): void {
    const { itemId, kind, subject, visitId, state, openedAtMs, closedAtMs, lookAtMs, found, body } =
      item;
    this.#s.put.run(
      itemId,
      kind,
      subject,
      visitId ?? null,
      state,
      openedAtMs,
      closedAtMs ?? null,
      lookAtMs ?? null,
      found?.cause ?? null,
      found ? JSON.stringify(found) : null,
      JSON.stringify(body),
    );
  }

  /** Items whose time has come, those that have waited longest first. */
  due(atMs: number): readonly string[] {
    return this.#s.due.all(atMs);
  }

  /** Registrations that wait for the centre's acknowledgement, up to this entry of the journal. */
  isQueued(throughSequence: number): boolean {
    const first = this.#s.firstQueued.get();
    return first !== undefined && first !== null && first <= throughSequence;
  }

  cursor(name: string): number | undefined {
    return this.#s.cursor.get(name);
  }

  setCursor(name: string, value: number): void {
    this.#s.setCursor.run(name, value);
  }
}

function dayNumber(date: string): number {
  return Math.floor(Date.parse(`${date}T00:00:00Z`) / 86_400_000);
}

function statements(db: SqliteDatabase) {
  return {
    bySubject: db.prepare<[string], ItemRow>(
      `SELECT ${itemColumns} FROM yard_item WHERE subject = ? AND closed_at IS NULL`,
    ),
    byVisit: db.prepare<[string], ItemRow>(
      `SELECT ${itemColumns} FROM yard_item WHERE visit_id = ?`,
    ),
    byId: db.prepare<[string], ItemRow>(`SELECT ${itemColumns} FROM yard_item WHERE item_id = ?`),
    put: db.prepare(
      `INSERT INTO yard_item (item_id, kind, subject, visit_id, state, opened_at, closed_at, look_at, cause, found, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (item_id) DO UPDATE SET subject = excluded.subject, visit_id = excluded.visit_id,
         state = excluded.state, closed_at = excluded.closed_at, look_at = excluded.look_at,
         cause = excluded.cause, found = excluded.found, body = excluded.body`,
    ),
    lookAgain: db.prepare(
      `UPDATE yard_item SET look_at = ? WHERE visit_id = ? AND kind = 'trip' AND closed_at IS NULL AND cause IS NOT NULL`,
    ),
    postpone: db.prepare('UPDATE yard_item SET look_at = ? WHERE item_id = ?'),
    due: db
      .prepare<[number], string>(
        `SELECT item_id FROM yard_item WHERE closed_at IS NULL AND look_at IS NOT NULL AND look_at <= ?
         ORDER BY look_at LIMIT 100`,
      )
      .pluck(),
    loose: db.prepare<[number, number, string], ItemRow>(
      `SELECT ${itemColumns} FROM yard_item WHERE kind = 'crossing' AND state = 'unjoined'
         AND opened_at >= ? AND opened_at <= ? AND json_extract(body, '$.direction') = ?
       ORDER BY opened_at LIMIT ${looseMax}`,
    ),
    queued: db.prepare<[], ItemRow>(
      `SELECT ${itemColumns} FROM yard_item WHERE kind = 'registration' AND state = 'matched'
       ORDER BY opened_at LIMIT ${queuedMax}`,
    ),
    firstQueued: db
      .prepare<[], number | null>(
        `SELECT json_extract(body, '$.sequence') FROM yard_item WHERE kind = 'registration' AND state = 'matched'
         ORDER BY opened_at LIMIT 1`,
      )
      .pluck(),
    outages: db.prepare<
      [string, number, number],
      { laneId: string; fromMs: number; untilMs: number | null }
    >(
      `SELECT lane_id AS laneId, from_at AS fromMs, until_at AS untilMs FROM lane_interval
       WHERE (kind = 'outage' OR (kind = ? AND coalesce(until_at - from_at >= ${unseenMsMin}, true)))
         AND from_at <= ? AND (until_at IS NULL OR until_at >= ?) LIMIT 100`,
    ),
    heldOpen: db
      .prepare<[string], number>(
        `SELECT EXISTS (SELECT 1 FROM lane_interval WHERE kind = 'armHeldOpen' AND lane_id = ? AND until_at IS NULL)`,
      )
      .pluck(),
    intervalOpen: db
      .prepare<[string, string], number>(
        'SELECT EXISTS (SELECT 1 FROM lane_interval WHERE lane_id = ? AND kind = ? AND until_at IS NULL)',
      )
      .pluck(),
    intervalBegins: db.prepare(
      'INSERT INTO lane_interval (lane_id, kind, from_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    ),
    intervalEnds: db.prepare(
      'UPDATE lane_interval SET until_at = ? WHERE lane_id = ? AND kind = ? AND until_at IS NULL',
    ),
    fact: db.prepare(
      `INSERT INTO yard_fact (kind, source, id, version, deleted) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (kind, source, id) DO UPDATE SET version = excluded.version, deleted = excluded.deleted
       WHERE excluded.version > version OR (excluded.version = version AND excluded.deleted <> deleted)`,
    ),
    tally: db.prepare(
      `INSERT INTO lane_day (day, lane_id, what, count) VALUES (?, ?, ?, ?)
       ON CONFLICT (day, lane_id, what) DO UPDATE SET count = count + excluded.count`,
    ),
    causes: db.prepare<[], { kind: string; cause: string; count: number }>(
      `SELECT kind, cause, count(*) AS count FROM yard_item WHERE closed_at IS NULL AND cause IS NOT NULL
       GROUP BY kind, cause ORDER BY kind, cause`,
    ),
    aliveAt: db.prepare<[], number>(`SELECT value FROM yard_cursor WHERE name = 'alive'`).pluck(),
    alive: db.prepare(
      `INSERT INTO yard_cursor (name, value) VALUES ('alive', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    ),
    cursor: db.prepare<[string], number>('SELECT value FROM yard_cursor WHERE name = ?').pluck(),
    setCursor: db.prepare(
      'INSERT INTO yard_cursor (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
    ),
  };
}
