/**
 * Watches a simulated site from outside and says what must never be. It shares no code with what it watches: it sees
 * the wires, the arm, the trucks as they are, the ledger by SQL and what the feed has said, and draws its own
 * conclusions. A finding names the invariant of quality-bars §2 by its number.
 */
import { Crossings, type TrueTruck } from './crossings.ts';
import { type FedNews, FeedAccount } from './feed-account.ts';
import { type Entry, LedgerFile } from './ledger-file.ts';
import { OrderAccount } from './order-account.ts';
import { PlatformAccount } from './platform-account.ts';

export interface Finding {
  readonly invariant: number;
  readonly atMs: number;
  readonly text: string;
}

/** What a decision in the ledger lets happen. */
export interface AuditedDecision {
  readonly decisionId: string;
  readonly passageId: string;
  readonly laneId: string;
  /** Which way the vehicle is taken to drive. */
  readonly direction: string | null;
  readonly disposition: string;
  readonly commandId: string | null;
  readonly run: number;
  readonly seenAtMs: number;
  readonly notAfterMonotonicMs: number;
  readonly plate: string | null;
  readonly containers: readonly string[];
  readonly releases: readonly { readonly lineage: string; readonly container: string }[];
  /** What a person ordered, where one did. */
  readonly byHand?: string;
  ordered: boolean;
}

export interface AuditorOptions {
  readonly openWithinMs: number;
  readonly sourceAgeMsMax: number;
}

/** What stands where in a lane at this moment. */
export interface LaneTruth {
  /** Which way those who are there drive, or who was there last. */
  readonly travels?: string;
  readonly atPresence: readonly TrueTruck[];
  /** Who stood there last, and may have left. */
  readonly lastAtPresence?: TrueTruck;
  readonly armHeight: number;
  /** Since when what must be clear under the arm is not, ms; absent where all of it is clear. */
  readonly occupiedSinceMs?: number;
}

interface Run {
  readonly run: number;
  readonly bootedAtMs: number;
}

/** A person has seen the truck and let it go whatever was read of it. */
export function isOnSight({ byHand }: AuditedDecision): boolean {
  return byHand === 'divert' || byHand === 'manualRelease';
}

/** Inputs may be so old when a close is written: half a second when it is asked for, and its limit. */
const closeSlackMs = 2_200;

export class Auditor {
  readonly findings: Finding[] = [];
  readonly feed = new FeedAccount();
  readonly orders = new OrderAccount((invariant, text) => this.find(invariant, text));
  readonly platform = new PlatformAccount();
  readonly decisions = new Map<string, AuditedDecision>();
  readonly crossings = new Crossings();
  readonly entries: Entry[] = [];
  /** Open orders that no decision pays for, while the arm was not down. */
  readonly raises: { readonly laneId: string; readonly run: number; readonly atMs: number }[] = [];
  /** Times in which a lane was not watched, or what was seen could be lost. */
  readonly blind: { readonly laneId?: string; readonly fromMs: number; readonly toMs: number }[] =
    [];
  readonly consumed = new Set<string>();
  /** Ids of persons' acts that the journal tells of. */
  readonly acts = new Set<string>();
  readonly ended = new Map<string, string>();
  /** Visits that the journal tells of, and whether it tells of their end. */
  readonly visits = new Map<string, { closedAtMs?: number }>();
  ledger: LedgerFile | undefined;
  readonly #o: AuditorOptions;
  /** Decisions whose vehicle was stopped after them. */
  readonly #stopped = new Set<string>();
  readonly #mayLeaveClosed = new Map<string, boolean>();
  #run: Run = { run: 0, bootedAtMs: 0 };
  #nowMs = 0;

  constructor(options: AuditorOptions) {
    this.#o = options;
  }

  find(invariant: number, text: string): void {
    this.findings.push({ invariant, atMs: this.#nowMs, text });
  }

  started(run: Run, ledgerFile: string): void {
    this.#run = run;
    this.ledger ??= new LedgerFile(ledgerFile);
    this.#stillThere();
  }

  fed(news: FedNews): void {
    this.look(this.#nowMs);
    this.feed.take(news);
  }

  /** Time goes on, and nothing was written. */
  passes(nowMs: number): void {
    this.#nowMs = nowMs;
    const never = this.crossings.neverSeen(nowMs);
    if (never) this.find(4, `${never.subject} is told to have crossed, and nobody has`);
  }

  /** After every step of the site in which something may have been written. */
  look(nowMs: number, centreThrough?: number): void {
    this.passes(nowMs);
    const news = this.ledger?.news();
    for (const entry of news ?? []) this.#read(entry);
    if (news === undefined || centreThrough === undefined) return;
    const acknowledged = this.ledger?.acknowledged() ?? 0;
    if (acknowledged > centreThrough)
      this.find(6, `the gate takes ${acknowledged} for delivered, the centre has ${centreThrough}`);
  }

  /** The newest entries are those that were seen, whatever ended in between. */
  #stillThere(): void {
    const last = this.entries.at(-1);
    if (!last) return;
    const [row] =
      this.ledger?.rows<{ hash: string }>(
        `SELECT hash FROM journal WHERE sequence = ${last.sequence}`,
      ) ?? [];
    if (row?.hash !== last.hash) this.find(7, `entry ${last.sequence} is gone after a restart`);
  }

  #read(entry: Entry): void {
    this.entries.push(entry);
    const { type, subject, data } = entry;
    this.orders.read(entry, this.#nowMs, this.#run.run);
    switch (type) {
      case 'passage.decided.v1':
        return this.#decided(entry);
      case 'platform.asked.v1':
        return this.platform.asked(subject, String(data['seqNo']));
      case 'person.acted.v1':
        this.acts.add(String(data['actId']));
        return;
      case 'barrier.opened.v1':
        return this.#opened(String(data['commandId']));
      case 'passage.crossed.v1':
        return this.#crossedTold(entry);
      case 'release.consumed.v1':
        return this.#consumed(entry);
      case 'release.returned.v1':
        return this.#returned(subject);
      case 'visit.opened.v1':
        return this.#visitOpened(entry);
      case 'visit.closed.v1':
        return this.#visitClosed(entry);
      case 'passage.stopped.v1':
        this.#stopped.add(String(data['decisionId']));
        return;
      case 'passage.ended.v1':
        return this.#endedAs(subject, String(data['outcome']));
    }
  }

  #decided(entry: Entry): void {
    const { data, subject } = entry;
    const decisionId = String(data['decisionId']);
    const row = this.ledger?.decision(decisionId);
    if (!row) return this.find(1, `decision ${decisionId} is told and not in the ledger`);
    const containers = (data['containers'] as readonly { readonly number: string | null }[])
      .map(({ number }) => number)
      .filter((number) => number !== null);
    const decision: AuditedDecision = {
      decisionId,
      passageId: subject,
      laneId: row.laneId,
      direction: row.direction,
      disposition: row.disposition,
      commandId: row.commandId,
      run: this.#run.run,
      seenAtMs: this.#nowMs,
      notAfterMonotonicMs: row.notAfterMonotonicMs ?? 0,
      plate: data['plate'] as string | null,
      containers,
      releases: data['releases'] as AuditedDecision['releases'],
      ...this.#byHand(entry, row.commandId !== null),
      ordered: false,
    };
    this.decisions.set(decisionId, decision);
    this.#judge(decision, entry);
  }

  /** Whoever became a person's case goes on only by the act of a person, and that is on record before. */
  #byHand({ subject, data }: Entry, opens: boolean): { readonly byHand?: string } {
    const order = data['ordered'] as
      | { readonly kind: string; readonly by: { readonly actId: string } }
      | undefined;
    if (order && !this.acts.has(order.by.actId))
      this.find(1, `${subject} is let through by ${order.by.actId}, an act that no entry tells of`);
    const wasCase = [...this.decisions.values()].some(({ passageId }) => passageId === subject);
    if (opens && wasCase && !order)
      this.find(1, `${subject} was a case and is let through by nobody`);
    return order ? { byHand: order.kind } : {};
  }

  #judge(decision: AuditedDecision, entry: Entry): void {
    const { laneId, disposition, commandId, containers, releases, passageId } = decision;
    const goes = disposition === 'admit' || disposition === 'divert';
    if (goes !== (commandId !== null))
      this.find(1, `${passageId} is a case of ${disposition} with the right ${commandId}`);
    if (!goes) return;
    this.orders.letThrough(passageId, laneId);
    // A person may let a truck go while a source is silent; what it has said still counts.
    const doubts = isOnSight(decision)
      ? []
      : this.feed.doubts(entry.recordedAtMs, this.#o.sourceAgeMsMax);
    for (const doubt of doubts) this.find(2, `${passageId} is let through although ${doubt}`);
    if (disposition !== 'admit') return;
    const move = decision.direction === 'in' ? 'enter' : 'leave';
    for (const container of containers) {
      if (this.feed.isHeld(container, move))
        this.find(2, `${passageId} is admitted, and ${container} is held`);
      const isOwed = decision.byHand !== 'manualRelease';
      if (isOwed && !releases.some((release) => release.container === container))
        this.find(4, `${passageId} is admitted without a release for ${container}`);
    }
    for (const { lineage, container } of releases) {
      if (this.feed.isRevoked(lineage))
        this.find(2, `${passageId} is admitted on ${lineage}, which is revoked`);
      if (!this.feed.covers(lineage, container))
        this.find(4, `${passageId}: ${lineage} does not name ${container}`);
    }
  }

  /** The daemon writes the open contact of a lane. */
  openOrdered(laneId: string, truth: LaneTruth, nowMs: number): void {
    this.look(nowMs);
    if (this.orders.paysFor(laneId, nowMs, this.#run.run)) return;
    const paid = [...this.decisions.values()].findLast(
      (d) => d.laneId === laneId && d.commandId !== null && !d.ordered && d.run === this.#run.run,
    );
    if (!paid) {
      if (truth.armHeight === 0)
        this.find(1, `${laneId}: an order to open with no decision of this run to pay for it`);
      else this.raises.push({ laneId, run: this.#run.run, atMs: nowMs });
      return;
    }
    paid.ordered = true;
    const doubt = isOnSight(paid) ? undefined : this.platform.doubt(laneId, paid.passageId);
    if (doubt) this.find(2, doubt);
    const lateMs = nowMs - this.#run.bootedAtMs - paid.notAfterMonotonicMs;
    const sinceMs = nowMs - paid.seenAtMs;
    if (lateMs > 1 || sinceMs > this.#o.openWithinMs + 1)
      this.find(2, `${paid.passageId}: the order is written ${sinceMs} ms after its decision`);
    if (this.#stopped.has(paid.decisionId))
      this.find(2, `${paid.passageId} is opened, and it was stopped before`);
    // Within the limit of an order its truck may turn back; another one in its place is what must not be.
    this.#judgeVehicle(paid, truth.atPresence[0] ?? truth.lastAtPresence);
    if (paid.direction !== truth.travels)
      this.find(
        2,
        `${paid.passageId} is opened for who drives ${paid.direction}; who is at the arm drives ${truth.travels}`,
      );
  }

  #judgeVehicle(decision: AuditedDecision, truck?: TrueTruck): void {
    const { passageId, plate, containers } = decision;
    const same =
      (truck !== undefined && isOnSight(decision)) ||
      (truck?.plate === plate &&
        [...truck.containers].sort().join() === [...containers].sort().join());
    if (!same)
      this.find(
        2,
        `${passageId} is opened for ${plate} with ${containers}; at the arm stands ${truck?.plate} with ${truck?.containers}`,
      );
  }

  closeOrdered(laneId: string, { occupiedSinceMs }: LaneTruth, nowMs: number): void {
    this.orders.closes(laneId);
    if (occupiedSinceMs !== undefined && nowMs - occupiedSinceMs > closeSlackMs)
      this.find(
        3,
        `${laneId}: a close is asked for, and it has been occupied since ${occupiedSinceMs}`,
      );
  }

  armDid(laneId: string, kind: string): void {
    if (kind === 'openAsked' || kind === 'reversed') this.#mayLeaveClosed.set(laneId, true);
    if (kind === 'reachedClosed') {
      this.#mayLeaveClosed.set(laneId, false);
      this.orders.reachedClosed(laneId, this.#nowMs);
    }
    if (kind === 'leftClosed' && !this.#mayLeaveClosed.get(laneId))
      this.find(1, `${laneId}: the arm leaves closed, and nobody has asked it to`);
  }

  #opened(commandId: string): void {
    const decision = [...this.decisions.values()].find((d) => d.commandId === commandId);
    if (!decision?.ordered)
      this.find(1, `the arm is told to have risen on ${commandId}, never ordered`);
  }

  crossed(laneId: string, truck: TrueTruck, behindM: number | undefined): void {
    const atMs = this.#nowMs;
    this.crossings.crossed({ laneId, truck, atMs, ...(behindM !== undefined && { behindM }) });
  }

  /** The decision that lets a passage through, if there is one. */
  rightOf(passageId: string): AuditedDecision | undefined {
    return [...this.decisions.values()].findLast(
      (d) => d.passageId === passageId && d.commandId !== null,
    );
  }

  #crossedTold({ subject, data }: Entry): void {
    const isRight = data['authorised'] === true;
    const right = this.rightOf(subject);
    const laneId = String(data['laneId']);
    const isSeen = this.crossings.told(
      laneId,
      ({ truck }) =>
        !isRight || truck.plate === right?.plate || (right && isOnSight(right)) === true,
    );
    if (!isSeen && isRight) this.find(4, `${subject} is told to have crossed, and nobody has`);
    else if (!isSeen) this.crossings.toldEarly({ subject, laneId, atMs: this.#nowMs });
    if (isRight && !right) this.find(4, `${subject} crosses by a right that nobody gave`);
  }

  #consumed({ subject, data }: Entry): void {
    const right = this.rightOf(subject);
    for (const { lineage, container } of data['releases'] as AuditedDecision['releases']) {
      const key = `${lineage} for ${container}`;
      if (this.consumed.has(key)) this.find(4, `${subject} uses ${key}, which was used before`);
      this.consumed.add(key);
      if (!right?.releases.some((r) => r.lineage === lineage && r.container === container))
        this.find(4, `${subject} uses ${key}, which was never reserved for it`);
    }
  }

  #returned(passageId: string): void {
    const right = this.rightOf(passageId);
    const gone = this.crossings.seen.find(
      (c) =>
        right &&
        c.laneId === right.laneId &&
        c.truck.plate === right.plate &&
        c.atMs >= right.seenAtMs,
    );
    if (gone) this.find(4, `${passageId} gets its release back, and its truck has crossed`);
  }

  #visitOpened({ subject, data }: Entry): void {
    if (this.visits.has(subject)) this.find(5, `${subject} is opened twice`);
    this.visits.set(subject, {});
    const plate = this.rightOf(String(data['passageId']))?.plate;
    if (plate !== data['plate'])
      this.find(5, `${subject} of ${data['plate']} is opened by ${plate}`);
  }

  #visitClosed({ subject, data }: Entry): void {
    const visit = this.visits.get(subject);
    const right = this.rightOf(String(data['passageId']));
    const isHeld = data['cause'] === 'left-while-arm-held-open';
    if (isHeld && !this.orders.hasCrossedUnder(String(data['passageId'])))
      this.find(5, `${subject} is closed by ${data['passageId']}, which crossed under no held arm`);
    if (!right && !isHeld)
      this.find(5, `${subject} is closed by ${data['passageId']}, which had no right to`);
    // Two vehicles under one plate, both decided on while it was open, both end it (docs/known-limits.md).
    const isKnown = (right?.seenAtMs ?? 0) <= (visit?.closedAtMs ?? Number.POSITIVE_INFINITY);
    if (!visit || !isKnown) this.find(5, `${subject} is closed, and it was not open`);
    this.visits.set(subject, { closedAtMs: visit?.closedAtMs ?? this.#nowMs });
  }

  #endedAs(passageId: string, outcome: string): void {
    if (this.ended.has(passageId)) this.find(5, `${passageId} ends twice`);
    this.ended.set(passageId, outcome);
    const right = this.rightOf(passageId);
    if ((outcome === 'passed' || outcome === 'diverted') && !right?.ordered)
      this.find(5, `${passageId} ends as ${outcome} without an opening of its own`);
  }
}
