/** One-shot timers on the monotonic clock. Starting an id anew replaces it. */
export interface Timers {
  start(id: string, delayMs: number, due: () => void): void;
  cancel(id: string): void;
}
