/**
 * Saves a recording by itself when something has gone wrong: a device is lost, an alarm is raised, a passage does
 * not end as it should. It waits a little, so that the recording has what follows, and saves seldom.
 */
import type { EventDraft } from '../core/journal/events.ts';
import type { LedgerChange } from '../core/ledger-change.ts';
import type { Clock } from '../ports/clock.ts';
import type { RecordingCause, RecordingStore } from '../ports/recording.ts';
import type { Timers } from '../ports/timers.ts';
import type { Recorder } from './recorder.ts';

export interface RecordingTriggerOptions {
  readonly recorder: Recorder;
  readonly store: RecordingStore;
  readonly clock: Clock;
  readonly timers: Timers;
  /** From the cause to the file, ms. */
  readonly afterMs: number;
  /** Between two files, ms. */
  readonly everyMs: number;
  readonly log: (
    level: 'info' | 'error',
    message: string,
    detail: Readonly<Record<string, unknown>>,
  ) => void;
}

const timerId = 'recorder/save';
const usual: readonly unknown[] = ['passed', 'withdrawn'];

/** What an event gives cause for. */
function causeOf({ type, subject, data }: EventDraft): RecordingCause | undefined {
  const code = String(data['code'] ?? data['outcome'] ?? '');
  if (type === 'device.faulted.v1') return { trigger: 'device', code, subject };
  if (type === 'alarm.raised.v1') return { trigger: 'alarm', code, subject };
  if (type === 'barrier.movedUncommanded.v1')
    return { trigger: 'alarm', code: 'movedUncommanded', subject };
  if (type === 'passage.ended.v1' && !usual.includes(data['outcome']))
    return { trigger: 'passage', code, subject };
  return undefined;
}

export class RecordingTriggers {
  readonly #o: RecordingTriggerOptions;
  #cause: RecordingCause | undefined;
  #savedMs = Number.NEGATIVE_INFINITY;
  #saving: Promise<void> = Promise.resolve();

  constructor(options: RecordingTriggerOptions) {
    this.#o = options;
  }

  committed({ events }: LedgerChange): void {
    for (const event of events) {
      const cause = causeOf(event);
      if (cause) return this.#due(cause);
    }
  }

  /** The first cause names the file; what follows until it is written is in it. */
  #due(cause: RecordingCause): void {
    if (this.#cause) return;
    this.#cause = cause;
    const { clock, timers, afterMs, everyMs } = this.#o;
    const againMs = this.#savedMs + everyMs - clock.now().monotonicMs;
    timers.start(timerId, Math.max(afterMs, againMs), () => this.#save());
  }

  #save(): void {
    const cause = this.#cause;
    this.#cause = undefined;
    if (!cause) return;
    const { recorder, store, clock, log } = this.#o;
    this.#savedMs = clock.now().monotonicMs;
    const recording = recorder.snapshot(clock.now());
    this.#saving = this.#saving.then(() =>
      store.save(recording, cause).then(
        (file) => log('info', 'a recording was saved', { file, ...cause }),
        (error: unknown) =>
          log('error', 'a recording could not be saved', { ...cause, error: String(error) }),
      ),
    );
  }

  /** What waits is saved at once. */
  async stop(): Promise<void> {
    this.#o.timers.cancel(timerId);
    this.#save();
    await this.#saving;
  }
}
