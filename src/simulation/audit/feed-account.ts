/** What the sources of the feed have said so far, kept in the auditor's own way: what is revoked, held, missing, old. */

export interface FedRecord {
  readonly kind: string;
  readonly id: string;
  readonly version: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface FedNews {
  readonly source: string;
  readonly records: readonly FedRecord[];
  readonly sequences: readonly number[];
  readonly watermark?: { readonly through: number; readonly atMs: number };
}

interface Source {
  readonly sequences: Set<number>;
  through: number;
  atMs: number | undefined;
}

export class FeedAccount {
  readonly #sources = new Map<string, Source>();
  readonly #current = new Map<string, FedRecord>();
  readonly #revoked = new Set<string>();
  readonly #covers = new Map<string, Set<string>>();

  take({ source, records, sequences, watermark }: FedNews): void {
    const account = this.#sources.get(source) ?? {
      sequences: new Set<number>(),
      through: 0,
      atMs: undefined,
    };
    this.#sources.set(source, account);
    for (const sequence of sequences) account.sequences.add(sequence);
    account.through = Math.max(account.through, watermark?.through ?? 0, ...sequences);
    if (watermark) account.atMs = Math.max(account.atMs ?? 0, watermark.atMs);
    for (const record of records) this.#note(record);
  }

  #note(record: FedRecord): void {
    const key = `${record.kind}/${record.id}`;
    const before = this.#current.get(key);
    if (before && before.version >= record.version) return;
    this.#current.set(key, record);
    const { lineage, state, containers } = record.body;
    if (record.kind !== 'proof') return;
    // Nothing in a simulation takes a revocation back.
    if (state === 'revoked') this.#revoked.add(String(lineage));
    const covered = this.#covers.get(String(lineage)) ?? new Set();
    for (const container of containers as readonly string[]) covered.add(container);
    this.#covers.set(String(lineage), covered);
  }

  isRevoked(lineage: string): boolean {
    return this.#revoked.has(lineage);
  }

  covers(lineage: string, container: string): boolean {
    return this.#covers.get(lineage)?.has(container) ?? false;
  }

  isHeld(container: string, move: string): boolean {
    return [...this.#current.values()].some(({ kind, body }) => {
      const subject = body['subject'] as { readonly container?: string } | undefined;
      return (
        kind === 'hold' &&
        body['state'] === 'placed' &&
        subject?.container === container &&
        (body['moves'] as readonly string[]).includes(move)
      );
    });
  }

  /** Why nobody may rely on what the sources have not said. */
  doubts(nowWallMs: number, ageMsMax: number): readonly string[] {
    return [...this.#sources].flatMap(([source, { sequences, through, atMs }]) => {
      const missing = through - sequences.size;
      const ageMs = atMs === undefined ? Number.POSITIVE_INFINITY : nowWallMs - atMs;
      return [
        ...(missing > 0 ? [`${missing} records of ${source} have not come`] : []),
        ...(ageMs > ageMsMax ? [`the word of ${source} is ${ageMs} ms old`] : []),
      ];
    });
  }
}
