/** Of a gate: what has changed for the screens, told a few times a second and only to those who listen. */
import type { Timers } from '../ports/timers.ts';
import type { ViewChange, ViewPart } from './read-model.ts';

const viewEveryMs = 100;
const timer = 'gate/view';

export class ViewChanges {
  readonly #timers: Timers;
  readonly #part: (key: string) => ViewPart | undefined;
  readonly #told: (part: ViewPart) => void;
  readonly #listeners = new Set<(change: ViewChange) => void>();
  readonly #dirty = new Set<string>();
  #sequence = 0;
  #isDue = false;
  #stopped = false;

  /** `part` makes the part of the view that a key names; `told` is called with each part after the listeners. */
  constructor(options: {
    readonly timers: Timers;
    readonly part: (key: string) => ViewPart | undefined;
    readonly told: (part: ViewPart) => void;
  }) {
    this.#timers = options.timers;
    this.#part = options.part;
    this.#told = options.told;
  }

  /** Of the newest change that was told. */
  get sequence(): number {
    return this.#sequence;
  }

  changed(key: string): void {
    this.#dirty.add(key);
    if (this.#isDue || this.#stopped) return;
    this.#isDue = true;
    this.#timers.start(timer, viewEveryMs, () => {
      this.#isDue = false;
      this.#tell();
    });
  }

  subscribe(listener: (change: ViewChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.cancel(timer);
  }

  #tell(): void {
    const keys = [...this.#dirty];
    this.#dirty.clear();
    for (const key of keys) {
      const part = this.#part(key);
      if (!part) continue;
      this.#sequence += 1;
      const change = { sequence: this.#sequence, part };
      for (const listener of this.#listeners) listener(change);
      this.#told(part);
    }
  }
}
