/** A ledger whose log a test writes with keys of its own, at times of its own. */
import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { Restored } from '../../src/adapters/store/epoch-start.ts';
import { type LedgerOptions, openLedger } from '../../src/adapters/store/ledger.ts';
import { checkpointSigner } from '../../src/adapters/system/signing-key.ts';
import { uuidIds } from '../../src/adapters/system/system.ts';
import type { ClockState } from '../../src/core/time.ts';
import type { Ledger } from '../../src/ports/ledger.ts';

export const newSigner = () => checkpointSigner(generateKeyPairSync('ed25519').privateKey);

const startMs = Date.UTC(2026, 10, 23);

export interface LogTime {
  wallMs: number;
  state?: ClockState;
}

export interface LogOptions {
  readonly signer: LedgerOptions['signer'];
  readonly restored?: Restored;
  readonly time?: LogTime;
}

export function logIn(folder: string, { signer, restored, time }: LogOptions): Ledger {
  return openLedger({
    file: join(folder, 'ledger.db'),
    siteId: 'CNSHK',
    gateId: 'gate-1',
    clock: {
      bootId: 'boot-1',
      now: () => ({ wallMs: time?.wallMs ?? startMs, monotonicMs: 1_000 }),
      state: () => time?.state ?? 'synced',
    },
    ids: uuidIds,
    signer,
    readStamp: () => 'same',
    ...(restored && { restored }),
  });
}
