/**
 * One tag heard in several lanes: readers reach further than a lane is wide. What every lane hears is weighed
 * together, so that a stray reading is not taken for a vehicle, and the lane that loses it is told why. Where nothing
 * tells the lanes apart, the tag is suspect in each of them.
 */
import type { TagId } from '../identifiers/tag.ts';
import type { LaneId } from '../identity.ts';

export interface HeardTag {
  readonly tag: TagId;
  readonly laneId: LaneId;
  readonly rssiDbm?: number;
  readonly atMonotonicMs: number;
  /** Loops show a vehicle in that lane that has not been decided on. */
  readonly hasVehicle: boolean;
}

interface Claim {
  readonly laneId: LaneId;
  readonly reads: number;
  /** Strongest so far. */
  readonly rssiDbm?: number;
  readonly lastMs: number;
  readonly hasVehicle: boolean;
  readonly told?: TagStanding;
}

export type TagStanding = 'own' | 'lost' | 'suspect';

/** What tells the lane that has the tag from the others. */
export type TagGround = 'alone' | 'vehicle' | 'signal' | 'reads' | 'undecided';

export interface TagVerdict {
  readonly tag: TagId;
  readonly laneId: LaneId;
  readonly standing: TagStanding;
  readonly because: TagGround;
  /** The lane that has it, where one has. */
  readonly winner?: LaneId;
}

/** What every lane has heard lately, tag by tag. */
export type TagField = ReadonlyMap<TagId, readonly Claim[]>;

export const emptyTagField: TagField = new Map();

/** A lane that has not heard a tag for so long has no claim to it any more, ms. */
export const claimMsMax = 10_000;
const tagsMax = 256;
/** A signal is stronger only by more than what reflections make of it, dB. */
const strongerDb = 6;
/** How often a lane must have heard it for each time of another. */
const moreReads = 3;

/** Takes one reading; verdicts are only what has changed for a lane. A tag of one lane alone makes none. */
export function hearTag(
  field: TagField,
  heard: HeardTag,
): { readonly field: TagField; readonly verdicts: readonly TagVerdict[] } {
  const { tag, laneId, atMonotonicMs } = heard;
  const before = (field.get(tag) ?? []).filter(
    (claim) => atMonotonicMs - claim.lastMs <= claimMsMax,
  );
  const own = before.find((claim) => claim.laneId === laneId);
  const others = before.filter((claim) => claim.laneId !== laneId);
  const rssiDbm = strongest(own?.rssiDbm, heard.rssiDbm);
  const claim: Claim = {
    laneId,
    reads: (own?.reads ?? 0) + 1,
    ...(rssiDbm !== undefined && { rssiDbm }),
    lastMs: atMonotonicMs,
    hasVehicle: heard.hasVehicle,
    ...(own?.told && { told: own.told }),
  };
  const { winner, because } = judge([claim, ...others]);
  const judged = [claim, ...others].map((each) => {
    const standing: TagStanding =
      winner === undefined ? 'suspect' : each.laneId === winner ? 'own' : 'lost';
    return { each, standing };
  });
  const verdicts = judged.flatMap(({ each, standing }): readonly TagVerdict[] =>
    (each.told ?? 'own') === standing
      ? []
      : [{ tag, laneId: each.laneId, standing, because, ...(winner && { winner }) }],
  );
  const told = judged.map(({ each, standing }) => ({ ...each, told: standing }));
  return { field: withClaims(field, tag, told), verdicts };
}

function strongest(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Math.max(a, b);
}

function judge(claims: readonly Claim[]): { winner?: LaneId; because: TagGround } {
  const [first, ...rest] = claims;
  if (first && rest.length === 0) return { winner: first.laneId, because: 'alone' };
  const [standing, ...more] = claims.filter(({ hasVehicle }) => hasVehicle);
  if (standing && more.length === 0) return { winner: standing.laneId, because: 'vehicle' };
  // Between lanes with vehicles only these count; between empty lanes all do.
  const asked = standing ? [standing, ...more] : claims;
  const loudest = clearlyFirst(
    asked,
    ({ rssiDbm }) => rssiDbm,
    (a, b) => a - b > strongerDb,
  );
  if (loudest) return { winner: loudest.laneId, because: 'signal' };
  const steadiest = clearlyFirst(
    asked,
    ({ reads }) => reads,
    (a, b) => a >= moreReads * b,
  );
  return steadiest ? { winner: steadiest.laneId, because: 'reads' } : { because: 'undecided' };
}

/** The claim that is ahead of every other; none where a lane does not tell the value. */
function clearlyFirst(
  claims: readonly Claim[],
  value: (claim: Claim) => number | undefined,
  isAhead: (a: number, b: number) => boolean,
): Claim | undefined {
  return claims.find((claim) => {
    const own = value(claim);
    return claims.every((other) => {
      if (other === claim) return true;
      const its = value(other);
      return own !== undefined && its !== undefined && isAhead(own, its);
    });
  });
}

function withClaims(field: TagField, tag: TagId, claims: readonly Claim[]): TagField {
  const kept = new Map([...field].filter(([each]) => each !== tag));
  kept.set(tag, claims);
  const [oldest] = kept.keys();
  if (kept.size > tagsMax && oldest !== undefined) kept.delete(oldest);
  return kept;
}
