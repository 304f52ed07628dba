/**
 * Persons of a simulated site. They look at what stands at the arms and do something about it, mostly the sensible,
 * sometimes twice, sometimes what they may not, sometimes about what they saw a while ago.
 */
import type { ActDoor, LaneActWish, OpenCase, Session } from '../../ports/persons.ts';
import type { SeededRandom } from '../seeded-random.ts';

interface Truck {
  readonly plate: string;
  readonly containers: readonly string[];
}

export interface ClerkSite {
  readonly random: SeededRandom;
  acts(): ActDoor | undefined;
  /** Who truly stands at the arm of a lane. */
  truckAt(laneId: string): Truck | undefined;
  note(text: string): void;
}

const session = (name: string, role: Session['person']['role']): Session => ({
  person: { name, role },
  sessionId: name,
  expiresAtMs: Number.POSITIVE_INFINITY,
});
const clerk = session('clerk-1', 'clerk');
const supervisor = session('supervisor-1', 'supervisor');

export class SimulatedClerk {
  readonly #site: ClerkSite;
  /** As looked at before: whoever acts on it may be late. */
  #seen: OpenCase | undefined;
  #count = 0;

  constructor(site: ClerkSite) {
    this.#site = site;
  }

  look(): void {
    const { random } = this.#site;
    const acts = this.#site.acts();
    const cases = acts?.openCases().filter(({ standing }) => standing) ?? [];
    const now = cases[random.integer(Math.max(1, cases.length))];
    const at = random.next() < 0.1 ? this.#seen : now;
    this.#seen = now;
    if (acts && at) this.#act(acts, at);
  }

  #act(acts: ActDoor, { laneId, passageId, standing }: OpenCase): void {
    const { random, note } = this.#site;
    this.#count += 1;
    const actId = `simulated-${this.#count}`;
    const at = { laneId, passageId, actId };
    const wish = this.#wish(laneId, standing?.seen ?? null);
    const outcome = acts.act(clerk, at, wish);
    const told = outcome.kind === 'refused' ? outcome.code : outcome.kind;
    note(`${laneId} ${wish.kind} of ${passageId}: ${told}`);
    if (random.next() < 0.3) acts.act(clerk, at, wish);
    if (outcome.kind === 'proposed' && random.next() < 0.8) acts.approve(supervisor, actId);
  }

  #wish(laneId: string, decisionId: string | null): LaneActWish {
    const seen = decisionId as LaneActWish['seen'];
    const { random } = this.#site;
    const truck = this.#site.truckAt(laneId);
    const r = random.next();
    if (truck && r < 0.35) {
      const { plate, containers } = truck;
      const positions =
        containers.length === 2 ? (['front', 'rear'] as const) : (['single'] as const);
      const seenBoxes = containers.map((number, i) => ({
        position: positions[i] ?? ('unknown' as const),
        number,
      }));
      return { kind: 'correct', seen, correction: { plate, containers: seenBoxes } };
    }
    if (r < 0.65) return { kind: 'confirm', seen };
    if (r < 0.75) return { kind: 'repeatOpening', seen };
    if (r < 0.82) return { kind: 'divert', seen, place: 'inspection', withinMinutes: 30 };
    if (r < 0.95) {
      return { kind: 'manualRelease', seen, reason: 'documentsSeen', reference: 'SIM-1' };
    }
    return { kind: 'turnBack', seen, reason: 'papers' };
  }
}
