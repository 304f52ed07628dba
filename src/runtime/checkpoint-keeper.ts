/** Of a gate: signs the log now and then, by how much has come and how long ago the last signature was. */
import type { Clock } from '../ports/clock.ts';
import type { Ledger } from '../ports/ledger.ts';
import type { GateLog } from './gate-options.ts';

const entriesMax = 256;
const everyMs = 60_000;

export class CheckpointKeeper {
  readonly #p: { readonly ledger: Ledger; readonly clock: Clock; readonly log: GateLog };
  #lastAtMs = 0;

  constructor(parts: { readonly ledger: Ledger; readonly clock: Clock; readonly log: GateLog }) {
    this.#p = parts;
  }

  start(): void {
    this.#lastAtMs = this.#p.clock.now().monotonicMs;
  }

  ifDue(): void {
    const { ledger, clock, log } = this.#p;
    const nowMs = clock.now().monotonicMs;
    const entries = ledger.entriesSinceCheckpoint();
    const isDue = entries >= entriesMax || (entries > 0 && nowMs - this.#lastAtMs >= everyMs);
    if (!isDue) return;
    this.#lastAtMs = nowMs;
    const result = ledger.checkpoint();
    if (result?.kind === 'failed') log('error', 'no checkpoint could be written', { ...result });
  }
}
