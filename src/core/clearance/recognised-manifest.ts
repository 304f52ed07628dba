/** Mutual recognition of manifests (舱单互认): bills under which boxes came by water without a transfer declaration. */
import type { BoundBox } from '../binding/bind.ts';
import type { ProofFact } from '../facts.ts';

/** A bill speaks for its own consignments; for the box as such only where no other bill has a share in it. */
export function recognisedManifests({
  container,
  bills,
  consignments,
}: Pick<BoundBox, 'container' | 'bills' | 'consignments'>): readonly ProofFact[] {
  const isWhole = bills.every(({ recognised }) => recognised);
  return bills
    .filter(({ recognised }) => recognised)
    .flatMap(({ id, source, version, asOfMs }) => {
      const proof: ProofFact = {
        kind: 'proof',
        id,
        source,
        version,
        asOfMs,
        lineage: `manifest:${source}/${id}`,
        proofType: 'recognised_manifest',
        state: 'granted',
        issuer: source,
        issuedAtMs: asOfMs,
        containers: [container],
      };
      if (isWhole) return [proof];
      return consignments
        .filter(({ bills: own = [] }) => own.includes(id))
        .map((consignment) => ({ ...proof, consignmentId: consignment.id }));
    });
}

const manifests: ReadonlySet<string> = new Set(['manifest', 'recognised_manifest']);

/** Whether nothing but manifests speaks for a box: no basis to leave by land. */
export function isByManifestAlone(proofs: readonly ProofFact[]): boolean {
  return proofs.length > 0 && proofs.every(({ proofType }) => manifests.has(proofType));
}
