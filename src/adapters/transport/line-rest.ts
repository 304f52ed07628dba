/**
 * When a line may be written to again. A pause lasts its time. Quiet lasts until nothing has come for a while:
 * whatever was still on its way then has arrived, and belongs to nobody.
 */
export class LineRest {
  #untilMs = 0;
  #quiet: { readonly sinceMs: number; readonly quietMs: number } | undefined;

  get isSettling(): boolean {
    return this.#quiet !== undefined;
  }

  pause(nowMs: number, pauseMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, nowMs + pauseMs);
  }

  /** Nothing may be written before nothing has come for `quietMs`. */
  settle(nowMs: number, quietMs: number): void {
    this.#quiet = { sinceMs: this.#quiet?.sinceMs ?? nowMs, quietMs };
    this.pause(nowMs, quietMs);
  }

  /** Something came. */
  heard(nowMs: number): void {
    if (this.#quiet) this.pause(nowMs, this.#quiet.quietMs);
  }

  /** It has had time to become quiet twice over and has not. */
  isNoisy(nowMs: number): boolean {
    return (
      this.#quiet !== undefined && nowMs - this.#quiet.sinceMs > 2_000 + 2 * this.#quiet.quietMs
    );
  }

  /** 0 where the line may be written to. */
  leftMs(nowMs: number): number {
    return Math.max(0, this.#untilMs - nowMs);
  }

  over(): void {
    this.#quiet = undefined;
  }
}
