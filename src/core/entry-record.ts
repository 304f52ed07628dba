/** What the ledger keeps of an entry, so that the exit of the same visit can be compared with it. */
export interface EntryRecord {
  /**
   * Boxes of transfer cargo that is to leave as it came; empty where it is in none, absent where nothing passes
   * through.
   */
  readonly transit?: readonly string[];
  /** The cameras told of every box on the truck, and each number is valid. */
  readonly boxesRead: boolean;
  readonly trailer?: string;
  /** Of an undisturbed weighing. */
  readonly grossKg?: number;
  /** As the documents stated them then; of several statements all. */
  readonly seals: Readonly<Record<string, string>>;
}
