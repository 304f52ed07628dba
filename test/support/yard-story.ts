/** Tells a real ledger what crosses, what the feed says and what people do, and reads back what is on the premises. */
import { join } from 'node:path';
import { openForReading, readBeside } from '../../src/adapters/store/open-database.ts';
import { type ItemRow, itemColumns, itemOf } from '../../src/adapters/store/yard-item-row.ts';
import { dayRows, openItems } from '../../src/adapters/store/yard-reader.ts';
import { visitIdOf } from '../../src/core/identity.ts';
import type { EventDraft } from '../../src/core/journal/events.ts';
import type { VisitChange } from '../../src/core/ledger-change.ts';
import type { Item } from '../../src/core/yard/item.ts';
import { type DayCount, reconcileDay } from '../../src/core/yard/reconcile.ts';
import { nothingRead, type Rig } from '../../src/core/yard/rig.ts';
import type {
  FollowedFact,
  PersonAct,
  YardCrossing,
  YardInput,
  YardLimits,
} from '../../src/core/yard/yard-change.ts';
import { ledgerIn } from './open-ledger.ts';
import { temporaryFolder } from './temporary-folder.ts';

const hour = 3_600_000;
const id = <T>(text: string) => text as T;

export class YardStory {
  readonly folder = temporaryFolder();
  readonly ledger;
  nowMs = Date.UTC(2026, 10, 23, 8);
  #count = 0;
  #acts = 0;

  constructor(yardLimits?: YardLimits) {
    this.ledger = ledgerIn(this.folder, undefined, yardLimits);
  }

  get file(): string {
    return join(this.folder, 'ledger.db');
  }

  pass(hours: number): this {
    this.nowMs += hours * hour;
    return this;
  }

  /** Commits what the yard is told, with events beside it. */
  tell(yard: YardInput, events: readonly EventDraft[] = []): this {
    this.ledger.commit({ events, yard });
    return this;
  }

  event(type: EventDraft['type'], subject: string, data: EventDraft['data'] = {}): this {
    this.ledger.commit({ events: [{ type, subject, timeMs: this.nowMs, data }] });
    return this;
  }

  /** An authorised entry of this rig; the visit's id. */
  enter(rig: Partial<Rig> & { readonly plate: string }, given: Partial<YardCrossing> = {}): string {
    const open = this.ledger.openVisitsOf([rig.plate]);
    const passageId = this.#passage();
    const visitId = visitIdOf(passageId);
    const { plate, containers = [] } = rig;
    const opened = {
      kind: 'opened' as const,
      visitId,
      plate,
      passageId,
      containers,
      atMs: this.nowMs,
    };
    const ended = open.map((visit) => ({
      kind: 'closed' as const,
      visitId: visit.visitId,
      passageId,
      cause: 'exitNotCaptured' as const,
      atMs: this.nowMs,
    }));
    this.#cross({ passageId, direction: 'in', rig, visits: [...ended, opened], ...given });
    return visitId;
  }

  /** An exit; the visits of the plate are ended by it unless others are given. */
  leave(rig: Partial<Rig>, given: Partial<YardCrossing> = {}): string {
    const passageId = this.#passage();
    const open = rig.plate === undefined ? [] : this.ledger.openVisitsOf([rig.plate]);
    const ends = given.authorised !== false && given.diverted !== true ? open : [];
    const visits = ends.map(({ visitId }) => ({
      kind: 'closed' as const,
      visitId,
      passageId,
      cause: 'exitRecorded' as const,
      atMs: this.nowMs,
    }));
    this.#cross({ passageId, direction: 'out', rig, visits, ...given });
    return `k.${passageId}`;
  }

  /** Nobody was read: a vehicle over the line of a lane, in or out. */
  crossUnread(direction: 'in' | 'out', rig: Partial<Rig> = {}): string {
    const passageId = this.#passage();
    this.#cross({ passageId, direction, rig, visits: [], authorised: false });
    return `k.${passageId}`;
  }

  #passage() {
    this.#count += 1;
    return id<YardCrossing['passageId']>(`p${this.#count}`);
  }

  #cross(
    given: Omit<Partial<YardCrossing>, 'rig'> & {
      readonly rig: Partial<Rig>;
      readonly passageId: YardCrossing['passageId'];
      readonly direction: 'in' | 'out';
      readonly visits: readonly VisitChange[];
    },
  ): void {
    const yard: YardCrossing = {
      kind: 'crossed',
      atMs: this.nowMs,
      laneId: id(given.direction === 'in' ? 'in-1' : 'out-1'),
      authorised: true,
      diverted: false,
      ...given,
      rig: { ...nothingRead, boxesLookedFor: true, ...given.rig },
    };
    const events = given.visits.map((visit): EventDraft => {
      const type = visit.kind === 'opened' ? 'visit.opened.v1' : 'visit.closed.v1';
      const data = visit.kind === 'opened' ? {} : { cause: visit.cause };
      return { type, subject: visit.visitId, timeMs: this.nowMs, data };
    });
    this.ledger.commit({ events, visits: given.visits, yard });
  }

  fact(fact: Partial<FollowedFact> & Pick<FollowedFact, 'kind' | 'id'>, deleted = false): this {
    const head = { source: 'customs', version: 1, asOfMs: this.nowMs };
    const whole = { ...head, ...fact } as FollowedFact;
    return this.tell({ kind: 'fact', atMs: this.nowMs, fact: whole, deleted });
  }

  act(act: PersonAct): string {
    this.#acts += 1;
    const by = { person: 'Li', actId: `yard-act-${this.#acts}` };
    const result = this.ledger.actInYard({ kind: 'act', atMs: this.nowMs, ...by, act });
    return result.kind === 'refused' ? result.reason : result.kind;
  }

  /** Looks at everything whose age is due, as the keeper does. */
  look(): this {
    for (const itemId of this.ledger.yardDue(this.nowMs)) {
      this.tell({ kind: 'look', atMs: this.nowMs, itemId });
    }
    return this;
  }

  items(kind?: Item['kind']): readonly Item[] {
    const all = readBeside(this.file, (db) =>
      db
        .prepare<[], ItemRow>(`SELECT ${itemColumns} FROM yard_item ORDER BY opened_at, item_id`)
        .all()
        .map(itemOf),
    );
    return kind === undefined ? all : all.filter((item) => item.kind === kind);
  }

  /** State of each item of a kind. */
  states(kind: Item['kind']): readonly string[] {
    return this.items(kind).map(({ state }) => state);
  }

  /** Causes of what is open, by kind. */
  causes(kind: Item['kind']): readonly string[] {
    const open = readBeside(this.file, (db) => openItems(db, 1_000));
    return open.filter((item) => item.kind === kind).map(({ found }) => found?.cause ?? '');
  }

  day(date: string): DayCount {
    return reconcileDay(readBeside(this.file, (db) => dayRows(db, date)));
  }

  events(): readonly string[] {
    const db = openForReading(this.file);
    try {
      const types = db
        .prepare<[], string>(`SELECT json_extract(entry, '$.type') FROM journal ORDER BY position`)
        .pluck();
      return types.all().map((type) => type.slice('cn.kakou.'.length));
    } finally {
      db.close();
    }
  }
}
