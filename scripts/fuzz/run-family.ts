/** The thread of one family: runs its cases and posts how they went. */
import { parentPort, workerData } from 'node:worker_threads';
import { families } from './families.ts';
import type { FuzzRun } from './family.ts';

const { name, run, counter } = workerData as {
  readonly name: string;
  readonly run: Pick<FuzzRun, 'numRuns' | 'seed' | 'path'>;
  readonly counter: Int32Array;
};
const family = families().find((each) => each.name === name);
if (!family) throw new TypeError(`no family ${name}`);
parentPort?.postMessage(family.check({ ...run, begun: () => Atomics.add(counter, 0, 1) }));
