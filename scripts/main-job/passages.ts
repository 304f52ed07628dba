/**
 * Joins what the virtual gate meant with what the centre received: every planned truck, the passage it became,
 * and whether that is the one that was intended.
 */
import { reasonText } from '../../src/core/decision/decide.ts';
import type { PassageOutcome } from '../../src/core/journal/events.ts';
import type { PlannedPassage } from '../../src/simulation/traffic.ts';
import type { VirtualGateNote } from '../../src/simulation/virtual-gate.ts';

interface Entry {
  readonly type: string;
  readonly subject: string;
  readonly sequence: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Decided {
  readonly disposition: string;
  readonly plate: string | null;
  readonly containers: readonly { readonly raw: string }[];
  readonly weight: { readonly kind: string; readonly weightKg?: number; readonly reason?: string };
  readonly checks: readonly {
    readonly code?: string;
    readonly consequence?: string;
    readonly evidence?: Readonly<Record<string, string | number>>;
  }[];
}

export interface SeenPassage {
  readonly passageId: string;
  readonly laneId: string;
  readonly planned?: PlannedPassage;
  decided?: Decided;
  openings: number;
  outcome?: PassageOutcome;
}

const giveUpAfterMs = 30_000;

export class Passages {
  readonly seen = new Map<string, SeenPassage>();
  readonly planned: PlannedPassage[] = [];
  /** Open contacts that the witness at the barrier saw. */
  readonly openings: Extract<VirtualGateNote, { note: 'opened' }>[] = [];
  readonly refusedPushes: string[] = [];
  readonly #inLane = new Map<string, PlannedPassage>();
  readonly #types = new Set<string>();
  readonly #print: (line: string) => void;
  entries = 0;
  #finishedAtMs: number | undefined;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Every truck has left, and every passage has ended; or they have had their time. */
  get isFinished(): boolean {
    if (this.#finishedAtMs === undefined) return false;
    return (
      this.ended().length >= this.planned.length ||
      performance.now() - this.#finishedAtMs > giveUpAfterMs
    );
  }

  ended(): readonly SeenPassage[] {
    return [...this.seen.values()].filter(({ outcome }) => outcome !== undefined);
  }

  hasHeard(type: string): boolean {
    return this.#types.has(type);
  }

  noted(note: VirtualGateNote): void {
    switch (note.note) {
      case 'sent':
        this.planned.push(note.planned);
        this.#inLane.set(note.laneId, note.planned);
        return;
      case 'opened':
        this.openings.push(note);
        return;
      case 'pushRefused':
        this.refusedPushes.push(`${note.laneId} ${note.path}: ${note.status}`);
        return;
      case 'finished':
        this.#finishedAtMs = performance.now();
        return;
      case 'gone':
        return;
    }
  }

  /** An entry that the centre has committed and acknowledged. */
  received(text: string): void {
    const entry = JSON.parse(text) as Entry;
    this.entries += 1;
    const type = entry.type.replace(/^cn\.kakou\./, '').replace(/\.v\d+$/, '');
    this.#types.add(type);
    if (type === 'passage.started') this.#started(entry);
    const passage = this.seen.get(entry.subject);
    if (!passage) return;
    if (type === 'passage.decided') passage.decided = entry.data as unknown as Decided;
    if (type === 'barrier.opened') passage.openings += 1;
    if (type === 'passage.ended') this.#ended(passage, entry);
  }

  #started({ subject, data }: Entry): void {
    const laneId = String(data['laneId']);
    const planned = this.#inLane.get(laneId);
    this.#inLane.delete(laneId);
    this.seen.set(subject, {
      passageId: subject,
      laneId,
      openings: 0,
      ...(planned && { planned }),
    });
  }

  #ended(passage: SeenPassage, { data, sequence }: Entry): void {
    passage.outcome = data['outcome'] as PassageOutcome;
    const { decided, planned, openings, laneId, outcome } = passage;
    const reasons = (decided?.checks ?? [])
      .filter(({ code, consequence }) => code !== undefined && consequence !== 'warn')
      .map(({ code = '', evidence }) => reasonText(code, evidence).en);
    this.#print(
      line({
        lane: laneId,
        plate: decided?.plate ?? '–',
        containers: (decided?.containers ?? []).map(({ raw }) => raw).join(' ') || '–',
        weight: weightText(decided?.weight),
        decision: decided?.disposition ?? '–',
        arm: openings > 0 ? 'opened' : 'closed',
        end: outcome,
        meant:
          planned === undefined
            ? '?'
            : planned.intended === outcome
              ? 'yes'
              : `NO: ${planned.intended}`,
        acknowledged: `#${Number(sequence)}`,
        reasons: reasons.join('; ') || '–',
      }),
    );
  }
}

function weightText(weight: Decided['weight'] | undefined): string {
  if (weight?.weightKg !== undefined) return `${weight.weightKg} kg`;
  return weight?.reason ?? '–';
}

const widths = {
  lane: 6,
  plate: 9,
  containers: 24,
  weight: 10,
  decision: 9,
  arm: 7,
  end: 10,
  meant: 9,
  acknowledged: 6,
} as const;

function line(cells: Readonly<Record<keyof typeof widths | 'reasons', string>>): string {
  const padded = (Object.keys(widths) as (keyof typeof widths)[]).map((key) =>
    padTo(cells[key], widths[key]),
  );
  return [...padded, cells.reasons].join(' ');
}

/** Chinese characters take two columns of a terminal. */
function padTo(text: string, columns: number): string {
  const taken = [...text].reduce((sum, char) => sum + (/[\u2e80-\uffdc]/.test(char) ? 2 : 1), 0);
  return text + ' '.repeat(Math.max(0, columns - taken));
}

export const heading = line({
  lane: 'lane',
  plate: 'plate',
  containers: 'containers',
  weight: 'weight',
  decision: 'decision',
  arm: 'arm',
  end: 'ended as',
  meant: 'as meant',
  acknowledged: 'ack',
  reasons: 'reasons',
});
