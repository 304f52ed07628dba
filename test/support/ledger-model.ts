/** What the store keeps and refuses, in memory: rows, reservations and the constraints that would throw. */
import type { Decision } from '../../src/core/decision/decide.ts';
import type { Direction, OpenVisit, ReleaseUse } from '../../src/core/facts.ts';
import type { LaneStanding } from '../../src/core/lane/lane-directive.ts';
import type { RestoredPassage } from '../../src/core/lane/lane-types.ts';
import type { CrossingPlan } from '../../src/core/lane/passage.ts';
import type { DecisionRow, LedgerChange, PassageRow } from '../../src/core/ledger-change.ts';
import { noonMs } from './facts.ts';

interface Reservation {
  readonly lineage: string;
  readonly container: string;
  readonly passageId: string;
  state: 'reserved' | 'consumed' | 'returned';
}

export class LedgerModel {
  /** Constraints that a change broke: the real store would have thrown. */
  readonly broken: string[] = [];
  /** What was ordered of the lane last. */
  standing: LaneStanding | undefined;
  readonly #passages = new Map<string, PassageRow>();
  /** The newest decision of each passage. */
  readonly #decisions = new Map<string, DecisionRow>();
  readonly #reservations: Reservation[] = [];
  readonly #keys = new Set<string>();
  readonly #exceptions: string[] = [];
  readonly #visits: (OpenVisit & { closed: boolean })[] = [];
  readonly #openings = new Map<string, number>();

  apply(change: LedgerChange): 'committed' | 'conflicted' {
    const { reserve, decision, settle, passage, exception } = change;
    const isOwn = (r: Reservation) => r.passageId === reserve?.passageId && r.state === 'reserved';
    const taken = reserve?.releases.some((wish) =>
      this.#reservations.some(
        (r) =>
          r.lineage === wish.lineage &&
          r.container === wish.container &&
          r.state !== 'returned' &&
          !isOwn(r),
      ),
    );
    if (taken) return 'conflicted';
    for (const wish of reserve?.releases ?? []) {
      const passageId = String(reserve?.passageId);
      const { lineage, container } = wish;
      const had = this.#reservations.some(
        (r) => isOwn(r) && r.lineage === lineage && r.container === container,
      );
      if (had) continue;
      this.#reservations.push({ ...wish, passageId, state: 'reserved' });
    }
    if (decision) {
      this.#unique(`decision ${decision.decisionId}`);
      this.#decisions.set(decision.passageId, decision);
      if (decision.opening) {
        this.#unique(`opening ${decision.opening.commandId}`);
        this.#openings.set(decision.decisionId, 0);
      }
    }
    if (change.openingUsed !== undefined) this.#use(change.openingUsed);
    if (settle) this.#settle(settle);
    if (passage) {
      const before = this.#passages.get(passage.passageId);
      // The direction of a row is that with which it was made.
      const direction = before?.direction ?? passage.direction;
      this.#passages.set(passage.passageId, { ...before, ...passage, direction });
    }
    for (const visit of change.visits ?? []) this.#visit(visit);
    if (change.lane) this.standing = change.lane;
    if (exception) {
      this.#unique(`exception ${exception.exceptionId}`);
      this.#exceptions.push(exception.passageId);
    }
    if (change.act) this.#unique(`act ${change.act.actId}`);
    return 'committed';
  }

  #unique(key: string): void {
    if (this.#keys.has(key)) this.broken.push(`${key} is there twice`);
    this.#keys.add(key);
  }

  #use(decisionId: string): void {
    const times = this.#openings.get(decisionId);
    if (times === undefined)
      this.broken.push(`the right of ${decisionId} was used and never given`);
    else if (times > 0) this.broken.push(`the right of ${decisionId} was used twice`);
    this.#openings.set(decisionId, (times ?? 0) + 1);
  }

  #settle({ passageId, releases, as }: NonNullable<LedgerChange['settle']>): void {
    for (const { lineage, container } of releases) {
      const reservation = this.#reservations.find(
        (r) =>
          r.passageId === passageId &&
          r.lineage === lineage &&
          r.container === container &&
          r.state === 'reserved',
      );
      if (reservation) reservation.state = as;
    }
  }

  #visit(visit: NonNullable<LedgerChange['visits']>[number]): void {
    if (visit.kind === 'opened') {
      this.#unique(`visit ${visit.visitId}`);
      const { visitId, plate, containers, atMs } = visit;
      this.#visits.push({ visitId, plate, containers, enteredAtMs: atMs, closed: false });
      return;
    }
    const open = this.#visits.find((v) => v.visitId === visit.visitId);
    if (open) open.closed = true;
  }

  /** A truck that leaves has entered by another lane. */
  visitsOf(plate: string, direction: Direction): OpenVisit[] {
    const open = this.#visits.filter((v) => v.plate === plate && !v.closed);
    if (direction === 'in' || open.length > 0) return open;
    return [{ visitId: `v.${plate}` as never, plate, enteredAtMs: noonMs, containers: [] }];
  }

  usesOf(containers: readonly string[]): ReleaseUse[] {
    return this.#reservations.flatMap(({ lineage, container, passageId, state }) =>
      state !== 'returned' && containers.includes(container)
        ? [{ lineage, container, passageId: passageId as never, state }]
        : [],
    );
  }

  unended(): RestoredPassage[] {
    return [...this.#passages.values()]
      .filter((row) => row.endedAtMs === undefined)
      .map((row) => this.#restored(row));
  }

  #restored(row: PassageRow): RestoredPassage {
    const { passageId, startedAtMs, crossedAtMs, direction, outcome } = row;
    const decided = this.#decisions.get(passageId);
    const disposition = row.disposition ?? decided?.disposition;
    return {
      passageId,
      startedAtMs,
      ...(disposition !== undefined && { disposition }),
      ...(decided && {
        decisionId: decided.decisionId,
        decision: JSON.parse(decided.result) as Decision,
        plan: JSON.parse(decided.plan) as CrossingPlan,
      }),
      releases: this.#reservations
        .filter((r) => r.passageId === passageId && r.state === 'reserved')
        .map(({ lineage, container }) => ({ lineage, container })),
      departed: decided !== undefined && (this.#openings.get(decided.decisionId) ?? 0) > 0,
      crossed: crossedAtMs !== undefined,
      direction,
      unauthorised: outcome !== undefined,
      ...(outcome === 'evacuated' && { crossedUnder: 'evacuation' as const }),
      ...(outcome === 'passedLocally' && { crossedUnder: 'localControl' as const }),
    };
  }

  /** Passages whose releases are neither used nor returned, and of which no clerk knows. */
  forgotten(): readonly string[] {
    return this.#reservations
      .filter((r) => r.state === 'reserved' && !this.#exceptions.includes(r.passageId))
      .map((r) => r.passageId);
  }
}
