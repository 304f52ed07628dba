/** Ids of inputs and journal entries: UUIDv7, rising within a process. */
export interface Ids {
  next(): string;
}
