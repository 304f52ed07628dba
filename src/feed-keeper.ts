/** Keeps the worker of the customs feed running, and hands it what persons want of the feed. */
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import { KeptWorker } from './adapters/system/kept-worker.ts';
import type { GateConfig } from './config/config-schema.ts';
import type { ActNote, FeedAct, FeedActAnswer, FeedMessage } from './feed-acts.ts';
import type { FeedWorkerData } from './feed-worker.ts';
import { BackOff } from './runtime/back-off.ts';
import type { Gate } from './runtime/gate.ts';

export interface FeedKeeper {
  /** Answers that it was not done where the worker is gone or does not answer in time. */
  act(act: FeedAct, note: ActNote): Promise<FeedActAnswer>;
  stop(): Promise<void>;
}

/** The worker is amid a batch for less than that, ms. */
const answerWithinMs = 20_000;

/** Beside it the database has its pages, which do not count. A worker that needs more ends, and nothing else. */
const heapMiBMax = 512;

/** Of the worker's file, as it lies beside this one. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Without it the gate goes on: its sources grow stale, which every decision sees. */
export function keepFeedWorker(
  config: GateConfig,
  { gate, log }: { readonly gate: Pick<Gate, 'feedReported'>; readonly log: Logger },
): FeedKeeper {
  const { directory, sources, scanEveryMs, incompleteAfterMs } = config.feed;
  const workerData: FeedWorkerData = {
    file: join(config.data.directory, 'feed.db'),
    directory,
    sources,
    scanEveryMs,
    incompleteAfterMs,
  };
  const url = new URL(`./feed-worker.${extension}`, import.meta.url);
  const waiting = new Map<string, (answer: FeedActAnswer) => void>();
  const answered = (actId: string, answer: FeedActAnswer) => {
    waiting.get(actId)?.(answer);
    waiting.delete(actId);
  };
  const worker = new KeptWorker({
    start: () =>
      new Worker(url, { workerData, resourceLimits: { maxOldGenerationSizeMb: heapMiBMax } }),
    backOff: new BackOff({ firstMs: 1_000, lastMs: 60_000, random: Math.random }),
    heard(said) {
      const message = said as FeedMessage;
      if (message.kind === 'answered') {
        answered(message.actId, message.answer);
        return gate.feedReported({ kind: 'acted' });
      }
      if (message.kind === 'rejected' || message.kind === 'failed')
        log.warn(message, 'the customs feed could not be taken in');
      gate.feedReported(message);
    },
    failed(error, againInMs) {
      log.error({ err: error, againInMs }, 'the feed worker failed and is started again');
      gate.feedReported({ kind: 'failed', reason: error.message });
    },
  });
  return {
    act(act, note) {
      const { actId } = note;
      return new Promise((resolve) => {
        waiting.set(actId, resolve);
        const message = 'the feed worker does not answer; whether it was done shows kakou feed';
        setTimeout(() => answered(actId, { ok: false, message }), answerWithinMs).unref();
        if (!worker.tell({ act, note }))
          answered(actId, { ok: false, message: 'the feed worker is not running' });
      });
    },
    stop: () => worker.stop(),
  };
}
