/** Between look-up and commit another thread revokes what the decision rests on, or holds its box. */
import type { LedgerChange } from '../../core/ledger-change.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { FeedRecord } from '../traffic.ts';
import type { Faults } from './faults.ts';
import { siteLane } from './site-config.ts';
import { holdOn, revocationOf } from './visit-plan.ts';

export interface RacesParts {
  readonly faults: Faults;
  readonly random: SeededRandom;
  /** Which way those in a lane drive. */
  readonly travels: (laneId: string) => string | undefined;
  /** False where the source is silent. */
  readonly writeNow: (record: FeedRecord) => boolean;
  readonly note: (text: string) => void;
}

export class Races {
  readonly #o: RacesParts;

  constructor(parts: RacesParts) {
    this.#o = parts;
  }

  before({ decision, reserve }: LedgerChange, place: number): void {
    const { faults, random, writeNow, note } = this.#o;
    const [release] = reserve?.releases ?? [];
    if (!decision || !release || !faults.has('revocations')) return;
    if (random.next() >= 0.25) return;
    const { lineage, container } = release;
    const { isReversible, direction: builtFor } = siteLane(decision.laneId);
    const travels = this.#o.travels(decision.laneId);
    const direction = isReversible && travels !== undefined ? travels : builtFor;
    const isTerminal = lineage.startsWith('R-');
    const proof = {
      lineage,
      proofType: isTerminal ? 'terminal_release' : 'customs_declaration',
      issuer: '5788',
      issuedAt: '2026-11-20T08:00:00Z',
      containers: [container],
    };
    const grant = { kind: 'proof', id: lineage, version: 1, op: 'put' as const, body: proof };
    const record =
      random.integer(2) === 0
        ? revocationOf(grant)
        : holdOn(container, { id: `race-${place}`, direction: direction as 'in' | 'out' });
    if (writeNow(record)) note(`race ${record.kind} ${record.id}`);
  }
}
