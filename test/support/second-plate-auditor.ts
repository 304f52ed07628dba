/**
 * Watches that nobody is said to have crossed behind another on a second plate alone. It shares no code with the lane:
 * the line must have been cut again, the plate been read live since the other one crossed and not lately, and the
 * loops say that nobody is there.
 */
import type { LaneInput } from '../../src/core/lane/lane-types.ts';
import type { InputPoint } from '../../src/core/observation.ts';

type Loops = Readonly<Record<InputPoint, 'occupied' | 'clear' | 'unknown'>>;

/** As the lane of the stories is set. */
const evidenceLeadMs = 5_000;
const certain = 0.9;

export class SecondPlateAuditor {
  readonly #find: (finding: string) => void;
  readonly #readings: { readonly plate: string; readonly atMs: number }[] = [];
  readonly #cutsMs: number[] = [];
  readonly #crossedMs = new Map<string, number>();
  #nowMs = 0;
  #isEmpty = false;

  constructor(find: (finding: string) => void) {
    this.#find = find;
  }

  hear({ now, ...input }: LaneInput, before: Loops, told: Loops): void {
    this.#nowMs = now.monotonicMs;
    const { approach, presence, exit, curtain } = told;
    this.#isEmpty = [approach, presence, exit].every((loop) => loop === 'clear');
    this.#isEmpty &&= curtain !== 'occupied';
    if (before.exit !== 'occupied' && exit === 'occupied') this.#cutsMs.push(this.#nowMs);
    if (input.kind !== 'observed') return;
    const { observation } = input.observed;
    if (observation.kind !== 'plateRead' || observation.replayed) return;
    if ((observation.confidence ?? 0) < certain) return;
    this.#readings.push({ plate: observation.raw, atMs: this.#nowMs });
  }

  /** Whether a second plate is the witness of this crossing. */
  crossed(id: string, data: Readonly<Record<string, unknown>>): boolean {
    this.#crossedMs.set(id, this.#nowMs);
    const witness = data['witness'] as { plate: string; behind: string } | undefined;
    if (!witness) return false;
    const sinceMs = this.#crossedMs.get(witness.behind);
    const find = (what: string) => this.#find(`${id} crossed on a second plate, and ${what}`);
    if (sinceMs === undefined) find('nobody before it');
    const isAfter = (atMs: number) => sinceMs !== undefined && atMs > sinceMs;
    const read = this.#readings.findLast(({ plate }) => plate === witness.plate);
    if (!read || !isAfter(read.atMs)) find('it was not read since the other one crossed');
    else if (this.#nowMs - read.atMs < evidenceLeadMs) find('it was read a moment ago');
    if (!this.#cutsMs.some(isAfter)) find('the exit line was cut once');
    if (!this.#isEmpty) find('somebody is there');
    return true;
  }
}
