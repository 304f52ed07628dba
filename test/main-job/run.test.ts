import { spawn } from 'node:child_process';
import t from 'tap';
import { repositoryFile } from '../support/repository.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

t.test('the main job: a virtual gate over real wires, every truck as it was meant', async (t) => {
  const run = spawn(
    process.execPath,
    [
      repositoryFile('dist/scripts/main-job/run.js'),
      ...['--passages', '6', '--seed', '7', '--directory', temporaryFolder()],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  t.teardown(() => run.kill());
  let output = '';
  for (const stream of [run.stdout, run.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await new Promise((done) => run.once('exit', done));
  t.equal(code, 0, output);
  t.match(output, /ok {3}6 trucks, 6 passages ended, 6 as meant/);
  t.match(output, /ok {3}(\d+) of \1 entries acknowledged by the centre/);
  t.notMatch(output, /FAIL/);
});
