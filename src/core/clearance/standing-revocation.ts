/**
 * A revocation beside a good proof. Where another lineage covers the box, the revoked one may be of an earlier trip, or it
 * may be of cargo that is in the box now. It is left aside only where the facts say that it is over, or of something else.
 */
import type { ProofFact, ProofType, ReleaseUse } from '../facts.ts';
import type { ProofRequirement } from './proof-choice.ts';

/**
 * How long a revocation that nothing else ends is looked at, ms: what is not declared within three months of its arrival
 * customs disposes of itself.
 * Source: Customs Law of the PRC, article 30.
 */
const revocationLiveMs = 90 * 86_400_000;

/** Whoever lets a release run out and then has it revoked has not moved the cargo by that: an expiry counts a week later. */
const expiredLongMs = 7 * 86_400_000;

export interface RevokedLineage {
  readonly proofType: ProofType;
  readonly lineage: string;
}

interface Beside {
  readonly naming: readonly ProofFact[];
  /** Records of proofs, with those of the lineages that name nothing. */
  readonly proofs: readonly ProofFact[];
  /** What names the cargo, and is in force. */
  readonly good: readonly ProofFact[];
  readonly required: readonly ProofRequirement[];
  /** Documents that are known to be in it. */
  readonly consignmentIds: readonly string[];
  /** Those for this cargo, by whatever passage. */
  readonly uses: readonly ReleaseUse[];
  readonly nowWallMs: number;
}

/** The first lineage that is revoked, and of which it is not known that it has nothing to do with this trip. */
export function standingRevocation(beside: Beside): RevokedLineage | undefined {
  const { naming, proofs, required, consignmentIds, uses, nowWallMs } = beside;
  return naming.find((proof) => {
    const { proofType, lineage, consignmentId, validUntilMs } = proof;
    if (!required.some(({ anyOf }) => anyOf.includes(proofType))) return false;
    const revokedAtMs = revocationOf(proof, proofs);
    if (revokedAtMs === undefined || endOf({ asOfMs: revokedAtMs, validUntilMs }) < nowWallMs)
      return false;
    if (uses.some((use) => use.lineage === lineage && use.state === 'consumed')) return false;
    const isOfAnother = consignmentIds.length > 0 && consignmentId !== undefined;
    if (isOfAnother && !consignmentIds.includes(consignmentId)) return false;
    return !beside.good.some((each) => hasTakenItsPlace(each, proof, revokedAtMs));
  });
}

/** The last moments at which revocations are looked at, ms since 1970. */
export function revocationEnds(proofs: readonly ProofFact[]): readonly number[] {
  return proofs
    .filter(({ state }) => state === 'revoked')
    .flatMap(({ asOfMs, lineage }) => [
      endOf({ asOfMs }),
      ...proofs
        .filter((p) => p.lineage === lineage)
        .map(({ validUntilMs }) => endOf({ asOfMs, validUntilMs })),
    ]);
}

function endOf({
  asOfMs,
  validUntilMs = Number.POSITIVE_INFINITY,
}: {
  readonly asOfMs: number;
  readonly validUntilMs?: number | undefined;
}): number {
  return Math.min(asOfMs + revocationLiveMs, validUntilMs + expiredLongMs);
}

/** When it was revoked last; undefined where it was not. */
function revocationOf({ lineage }: ProofFact, proofs: readonly ProofFact[]): number | undefined {
  const revoked = proofs.filter((each) => each.lineage === lineage && each.state === 'revoked');
  return revoked.length === 0 ? undefined : Math.max(...revoked.map(({ asOfMs }) => asOfMs));
}

/** Granted anew after the revocation, about the same document, or both about the box as such. */
function hasTakenItsPlace(good: ProofFact, revoked: ProofFact, revokedAtMs: number): boolean {
  return (
    good.proofType === revoked.proofType &&
    good.consignmentId === revoked.consignmentId &&
    good.issuedAtMs >= revokedAtMs
  );
}
