/**
 * What persons have ordered of the lanes, by the journal, and what may be so for that reason: kept in the auditor's own
 * way. Nobody who comes after a lane was ordered closed is let in, an arm goes up for a person only while his order
 * stands, and under a held arm nothing is used up.
 */
import type { Entry } from './ledger-file.ts';

interface Ordered {
  readonly act: string;
  readonly atMs: number;
  /** In which run of the daemon; the order to raise the arm does not outlive it. */
  readonly run: number;
}

/** From approach to the arm; who began so long after an order came after it, ms. */
const drivesUpMs = 10_000;
/** The lane hears of the key so long after it was turned, ms. */
const heardMs = 5_000;
const closing: readonly string[] = ['drain', 'maintain'];

export class OrderAccount {
  readonly #find: (invariant: number, text: string) => void;
  readonly #standing = new Map<string, Ordered>();
  /** The last time an arm was up by a person's order or key, by lane. */
  readonly #held = new Map<string, { until: number }>();
  readonly #engineers = new Map<string, number>();
  readonly #startedAtMs = new Map<string, number>();
  readonly #keys = new Map<string, { isTurned: boolean; atMs: number }>();
  readonly #under = new Set<string>();

  constructor(find: (invariant: number, text: string) => void) {
    this.#find = find;
  }

  keyTurned(laneId: string, isTurned: boolean, atMs: number): void {
    const before = this.#keys.get(laneId);
    if ((before?.isTurned ?? false) !== isTurned) this.#keys.set(laneId, { isTurned, atMs });
  }

  read({ type, subject, data }: Entry, nowMs: number, run: number): void {
    const laneId = String(data['laneId']);
    switch (type) {
      case 'lane.actOrdered.v1': {
        const act = String(data['act']);
        if (typeof data['person'] !== 'string') this.#find(1, `${laneId}: ${act} by nobody`);
        if (act === 'open') this.#engineers.set(laneId, nowMs);
        else this.#order(laneId, { act, atMs: nowMs, run });
        return;
      }
      case 'passage.started.v1':
        this.#startedAtMs.set(subject, nowMs);
        return;
      case 'passage.crossed.v1':
        if (data['under'] !== undefined) this.#crossedUnder(subject, { laneId, data, nowMs });
        return;
      case 'release.consumed.v1':
        if (this.#under.has(subject))
          this.#find(4, `${subject} crossed under a held arm and uses a release`);
    }
  }

  #order(laneId: string, ordered: Ordered): void {
    const before = this.#standing.get(laneId);
    // A lane that is closed already stays closed from then on.
    const keeps = before && closing.includes(before.act) && closing.includes(ordered.act);
    this.#standing.set(laneId, keeps ? { ...ordered, atMs: before.atMs } : ordered);
    if (ordered.act === 'holdOpen') this.#held.set(laneId, { until: Number.POSITIVE_INFINITY });
  }

  /** An arm that is down after the holding has ended is held up no longer. */
  reachedClosed(laneId: string, nowMs: number): void {
    if (this.#standing.get(laneId)?.act !== 'holdOpen') this.#held.set(laneId, { until: nowMs });
  }

  #crossedUnder(
    passageId: string,
    told: { readonly laneId: string; readonly data: Entry['data']; readonly nowMs: number },
  ): void {
    const { laneId, data, nowMs } = told;
    this.#under.add(passageId);
    if (data['authorised'] === true)
      this.#find(4, `${passageId} crosses by right, and under a held arm`);
    const key = this.#keys.get(laneId);
    const isHeld = (this.#held.get(laneId)?.until ?? 0) + heardMs >= nowMs;
    const isKey = key !== undefined && (key.isTurned || key.atMs + heardMs >= nowMs);
    if (data['under'] === 'evacuation' ? !isHeld : !isKey)
      this.#find(1, `${passageId} is told to have crossed under ${data['under']}, which was not`);
  }

  hasCrossedUnder(passageId: string): boolean {
    return this.#under.has(passageId);
  }

  /** Whether a person's order pays for raising the arm in this run. */
  paysFor(laneId: string, nowMs: number, run: number): boolean {
    const standing = this.#standing.get(laneId);
    if (standing?.act === 'holdOpen' && standing.run === run) return true;
    const engineerMs = this.#engineers.get(laneId);
    this.#engineers.delete(laneId);
    if (engineerMs === undefined || nowMs - engineerMs > 2_000) return false;
    if (standing?.act !== 'maintain')
      this.#find(1, `${laneId} is opened by order out of maintenance`);
    return true;
  }

  /** Somebody is let through. */
  letThrough(passageId: string, laneId: string): void {
    const standing = this.#standing.get(laneId);
    const startedAtMs = this.#startedAtMs.get(passageId) ?? 0;
    if (standing && closing.includes(standing.act) && startedAtMs > standing.atMs + drivesUpMs)
      this.#find(2, `${passageId} is let through after ${laneId} was ordered closed`);
  }

  /** A close is asked for. */
  closes(laneId: string): void {
    if (this.#standing.get(laneId)?.act === 'holdOpen')
      this.#find(3, `${laneId}: a close is asked for, and the arm is held open by order`);
  }
}
