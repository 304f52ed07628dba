/** The checking process from outside: the real one, and ones that crash, hang or cannot start. */
import type { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import {
  checkerProcesses,
  PictureChecker,
} from '../../../src/adapters/pictures/picture-checker.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { madePicture } from '../../support/test-pictures.ts';

const real = checkerProcesses(new URL('../../../src/picture-checker.js', import.meta.url));

function program(text: string): () => ReturnType<typeof fork> {
  const file = join(temporaryFolder(), 'checker.mjs');
  writeFileSync(file, text);
  return checkerProcesses(pathToFileURL(file));
}

function checkerOf(
  t: Test,
  start: ConstructorParameters<typeof PictureChecker>[0]['start'],
  within = 20_000,
) {
  const checker = new PictureChecker({ start, checkWithinMs: within });
  t.teardown(() => checker.stop());
  return checker;
}

t.test('pictures are checked in a process of its own, one after another', async (t) => {
  let started = 0;
  const checker = checkerOf(t, () => {
    started += 1;
    return real();
  });
  const file = join(temporaryFolder(), 'picture.jpg');
  const { bytes } = await madePicture(1);
  writeFileSync(file, bytes);
  const request = { id: 1, file, mediaType: 'image/jpeg' };
  t.match(await checker.check(request), { verdict: 'whole', thumbnailBytes: 0 });
  writeFileSync(file, bytes.slice(0, bytes.length / 2));
  t.match(await checker.check({ ...request, id: 2 }), { verdict: 'truncated' });
  t.equal(started, 1);
  t.match(await checker.check({ ...request, id: 3, file: '/nowhere' }), { verdict: 'damaged' });
});

t.test('a picture that breaks the decoder ends that process and nothing else', async (t) => {
  // What a segmentation fault of a native library looks like from outside.
  const crashing = program(`
    process.on('message', () => process.kill(process.pid, 'SIGSEGV'));
    process.send({ kind: 'ready' });`);
  let start = crashing;
  const checker = checkerOf(t, () => start());
  const request = { id: 1, file: '/x', mediaType: 'image/jpeg' };
  t.match(await checker.check(request), { verdict: 'crashed', detail: /SIGSEGV/ });
  t.match(
    await checker.check({ ...request, id: 2 }),
    { verdict: 'crashed' },
    'a new one each time',
  );
  start = real;
  const file = join(temporaryFolder(), 'picture.jpg');
  writeFileSync(file, (await madePicture(2)).bytes);
  t.match(await checker.check({ ...request, id: 3, file }), { verdict: 'whole' });
});

t.test('a picture that keeps the decoder busy without end is given up', async (t) => {
  const hanging = program(`
    process.on('message', () => { for (;;); });
    process.send({ kind: 'ready' });`);
  const checker = checkerOf(t, hanging, 300);
  const request = { id: 1, file: '/x', mediaType: 'image/jpeg' };
  const first = checker.check(request);
  t.match(await checker.check({ ...request, id: 2 }), { verdict: 'crashed' }, 'one at a time');
  t.match(await first, { verdict: 'crashed', detail: /300 ms/ });
});

t.test('a process that cannot start is told apart from one that a picture broke', async (t) => {
  const request = { id: 1, file: '/x', mediaType: 'image/jpeg' };
  const without = checkerOf(t, program(`import 'no-such-package';`));
  t.match(await without.check(request), { verdict: 'unavailable', detail: /1/ });
  const refused = checkerOf(t, () => {
    throw new Error('EAGAIN');
  });
  t.match(await refused.check(request), { verdict: 'unavailable', detail: /EAGAIN/ });
});
