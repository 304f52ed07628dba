import { Worker } from 'node:worker_threads';
import t from 'tap';
import { KeptWorker } from '../../../src/adapters/system/kept-worker.ts';
import { BackOff } from '../../../src/runtime/back-off.ts';

/** Counts its starts in memory that all of them share, says so, and then does what it is told. */
const script = `
  const { parentPort, workerData } = require('node:worker_threads');
  const starts = Atomics.add(new Int32Array(workerData.shared), 0, 1) + 1;
  parentPort.postMessage('start ' + starts);
  parentPort.on('message', (message) => {
    if (message === 'stop' && !workerData.deaf) parentPort.close();
    if (message === 'throw') throw new Error('broken');
    if (message === 'exit') process.exit(3);
  });
`;

function kept(options: { deaf?: boolean; start?: () => Worker } = {}) {
  const shared = new SharedArrayBuffer(4);
  const workers: Worker[] = [];
  const heard: unknown[] = [];
  const failures: string[] = [];
  const worker = new KeptWorker({
    start:
      options.start ??
      (() => {
        const workerData = { shared, deaf: options.deaf ?? false };
        const made = new Worker(script, { eval: true, workerData });
        workers.push(made);
        return made;
      }),
    backOff: new BackOff({ firstMs: 10, lastMs: 40, random: () => 1 }),
    heard: (message) => heard.push(message),
    failed: (error) => failures.push(error.message),
  });
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((done) => setTimeout(done, 5));
  };
  return { worker, workers, heard, failures, until };
}

t.test('a worker that fails is started again, and its failure is told', async (t) => {
  const { worker, workers, heard, failures, until } = kept();
  await until(() => heard.length === 1);
  workers[0]?.postMessage('throw');
  await until(() => heard.length === 2);
  workers[1]?.postMessage('exit');
  await until(() => heard.length === 3);
  t.strictSame(heard, ['start 1', 'start 2', 'start 3']);
  t.strictSame(failures, ['broken', 'it ended with code 3']);
  await worker.stop();
  t.equal(failures.length, 2, 'an end that was asked for is no failure');
  t.equal(workers.length, 3);
});

t.test('a worker that cannot even be made is tried again', async (t) => {
  const { worker, failures, until } = kept({
    start: () => {
      throw new Error('no memory');
    },
  });
  await until(() => failures.length === 3);
  t.strictSame(failures, ['no memory', 'no memory', 'no memory']);
  await worker.stop();
  const { length } = failures;
  await new Promise((done) => setTimeout(done, 60));
  t.equal(failures.length, length, 'and not once it is stopped');
});

t.test('a worker that does not stop is ended', async (t) => {
  const { worker, heard, until } = kept({ deaf: true });
  await until(() => heard.length === 1);
  await worker.stop();
  t.pass('in time');
});
