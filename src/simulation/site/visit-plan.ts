/**
 * Which trucks come, in what manner, and what the feed says too late: seeded traffic with the trouble that was asked
 * for. It knows nothing of how kakou decides.
 */
import type { SeededRandom } from '../seeded-random.ts';
import { type FeedRecord, type PlannedPassage, Traffic } from '../traffic.ts';
import type { Faults } from './faults.ts';
import type { Manner, Visitor } from './lane-road.ts';
import type { SiteLane } from './site-config.ts';

/** One truck on its way to a lane. */
export interface Visit {
  readonly laneId: string;
  readonly visitor: Visitor;
  /** Follows this one closely, into the same lane. */
  readonly behind?: Visit;
  /** What the sources say about it before it comes. */
  readonly feed: readonly FeedRecord[];
  /** What they say once it is on its way, after so many ms. */
  readonly later: readonly { readonly record: FeedRecord; readonly afterMs: number }[];
  /** A source of the feed falls silent before it comes, and it comes when its word is old. */
  readonly afterSilence: boolean;
  /** Comes to a reversible lane whichever way it is turned. */
  readonly unasked: boolean;
}

/** Whether the one before has left the exit line when its follower comes to the arm. */
const gapsM = [0.8, 11, 14] as const;

export class VisitPlan {
  readonly #random: SeededRandom;
  readonly #faults: Faults;
  readonly #traffic: Traffic;
  readonly #lanes: { readonly in: readonly string[]; readonly out: readonly string[] };
  readonly #seen: PlannedPassage[] = [];

  constructor(parts: {
    readonly random: SeededRandom;
    readonly faults: Faults;
    readonly lanes: readonly SiteLane[];
  }) {
    this.#random = parts.random;
    this.#faults = parts.faults;
    this.#traffic = new Traffic(parts.random);
    const lanesOf = (direction: 'in' | 'out') =>
      parts.lanes
        .filter((lane) => lane.isReversible || lane.direction === direction)
        .map(({ laneId }) => laneId);
    this.#lanes = { in: lanesOf('in'), out: lanesOf('out') };
  }

  /** The next trucks, which come at the same time: one, or two that have something to do with each other. */
  next(): readonly Visit[] {
    const passage = this.#traffic.next();
    const first = this.#visit(passage);
    this.#seen.push(passage);
    if (this.#faults.has('twice') && this.#chance(0.3)) {
      const other = this.#again(passage, first.laneId);
      if (other) return [first, other];
    }
    if (this.#faults.has('driving') && this.#chance(0.35)) {
      const follower = this.#traffic.released(passage.direction);
      this.#seen.push(follower);
      const manner = this.#chance(0.7) ? 'tailgates' : 'close';
      return [first, { ...this.#visit(follower, { manner, laneId: first.laneId }), behind: first }];
    }
    return [first];
  }

  #chance(share: number): boolean {
    return this.#random.next() < share;
  }

  #visit(
    passage: PlannedPassage,
    given: { readonly manner?: Manner; readonly laneId?: string } = {},
  ): Visit {
    const lanes = this.#lanes[passage.direction];
    const laneId = given.laneId ?? lanes[this.#random.integer(lanes.length)] ?? '';
    const later = this.#later(passage);
    const manner =
      given.manner ?? (this.#faults.has('driving') && this.#chance(0.12) ? 'backsOut' : 'orderly');
    const isOdd = this.#faults.has('readings') && this.#chance(0.08);
    const missing = isOdd ? [this.#random.pick(['plate', 'containers', 'tag'] as const)] : [];
    const strayTags =
      this.#faults.has('tags') && this.#chance(0.25)
        ? [this.#seen.at(-1)?.tagInCab ?? passage.tagInCab]
        : [];
    const gapM = gapsM[this.#random.integer(gapsM.length)] ?? 12;
    const afterSilence = this.#faults.has('feed') && this.#chance(0.12);
    const unasked = this.#faults.has('driving') && this.#chance(0.3);
    const visitor = { passage, manner, missing, strayTags, gapM };
    return { laneId, visitor, feed: passage.feed, later, afterSilence, unasked };
  }

  /** The same box with the same release on another truck, at another lane where there is one. */
  #again(passage: PlannedPassage, laneId: string): Visit | undefined {
    const other = this.#lanes[passage.direction].find((each) => each !== laneId) ?? laneId;
    const isOld = this.#chance(0.4);
    const of = isOld ? this.#seen.find((each) => each.direction === passage.direction) : passage;
    if (!of) return undefined;
    return this.#visit({ ...of, number: of.number + 10_000 }, { laneId: other });
  }

  #later({ feed, number, containers, direction }: PlannedPassage): Visit['later'] {
    if (!this.#faults.has('revocations') || !this.#chance(0.3)) return [];
    const grants = feed.filter(({ kind }) => kind === 'proof');
    const grant = grants[this.#random.integer(grants.length)];
    const afterMs = this.#random.integer(9_000);
    if (grant && this.#chance(0.6)) return [{ record: revocationOf(grant), afterMs }];
    const container = containers[0];
    return container === undefined
      ? []
      : [{ record: holdOn(container, { id: `L-${number}`, direction }), afterMs }];
  }
}

export function revocationOf(grant: FeedRecord): FeedRecord {
  return { ...grant, version: 1_000_000, body: { ...grant.body, state: 'revoked' } };
}

export function holdOn(
  container: string,
  { id, direction }: { readonly id: string; readonly direction: 'in' | 'out' },
): FeedRecord {
  return {
    kind: 'hold',
    id: `H-${id}`,
    version: 1,
    op: 'put',
    body: {
      subject: { kind: 'container', container },
      moves: [direction === 'in' ? 'enter' : 'leave'],
      instruction: 'stop',
      state: 'placed',
      authority: '海关5788',
      reason: '布控',
    },
  };
}
