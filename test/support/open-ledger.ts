/** A real ledger in a folder of its own, with everything around it that a test wants to decide. */
import { createPrivateKey } from 'node:crypto';
import { join } from 'node:path';
import { openLedger } from '../../src/adapters/store/ledger.ts';
import { checkpointSigner } from '../../src/adapters/system/signing-key.ts';
import { uuidIds } from '../../src/adapters/system/system.ts';
import type { EventDraft } from '../../src/core/journal/events.ts';
import type { LedgerChange } from '../../src/core/ledger-change.ts';
import type { YardLimits } from '../../src/core/yard/yard-change.ts';
import type { Ledger } from '../../src/ports/ledger.ts';

/** The key of RFC 8032, section 7.1, test 1: a ledger is opened again, by another process too, with the key that it has. */
const key = createPrivateKey({
  key: {
    kty: 'OKP',
    crv: 'Ed25519',
    d: 'nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A',
    x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  },
  format: 'jwk',
});

/** What `readStamp` will answer. */
export interface StampNow {
  value: string;
}

export function ledgerIn(
  folder: string,
  stamp: StampNow = { value: 'same' },
  yardLimits?: YardLimits,
): Ledger {
  return openLedger({
    file: join(folder, 'ledger.db'),
    siteId: 'CNSHK',
    gateId: 'gate-1',
    clock: {
      bootId: 'boot-1',
      now: () => ({ wallMs: Date.UTC(2026, 10, 23), monotonicMs: 1_000 }),
      state: () => 'synced',
    },
    ids: uuidIds,
    signer: checkpointSigner(key),
    readStamp: () => stamp.value,
    ...(yardLimits && { yardLimits }),
  });
}

export function note(subject: string): EventDraft {
  return {
    type: 'alarm.raised.v1',
    subject,
    timeMs: Date.UTC(2026, 10, 23),
    data: { code: 'arm-stuck' },
  };
}

/** A decision that reserves `containers` by name on one proof. */
export function decisionFor(
  passage: string,
  releases: readonly { readonly lineage: string; readonly container: string }[],
  stamp = 'same',
): LedgerChange {
  const id = <T>(text: string) => text as T;
  return {
    events: [{ ...note(passage), type: 'passage.decided.v1' }],
    basis: { query: { direction: 'out', plates: [], tags: [], containers: [] }, stamp },
    decision: {
      decisionId: id(`${passage}.d1`),
      passageId: id(passage),
      laneId: id('out-1'),
      disposition: 'admit',
      policyDigest: 'digest',
      inputs: '{}',
      result: JSON.stringify({ releases }),
      plan: '{"close":[]}',
      opening: {
        commandId: id(`${passage}.d1.open`),
        bootId: 'boot-1',
        notAfterMonotonicMs: 2_000,
      },
    },
    reserve: { passageId: id(passage), releases, atMs: 1 },
    passage: {
      passageId: id(passage),
      laneId: id('out-1'),
      direction: 'out',
      startedAtMs: 1,
    },
  };
}

export function settlement(
  passage: string,
  releases: NonNullable<LedgerChange['reserve']>['releases'],
  as: 'consumed' | 'returned',
): LedgerChange {
  return { events: [note(passage)], settle: { passageId: passage as never, releases, as } };
}
