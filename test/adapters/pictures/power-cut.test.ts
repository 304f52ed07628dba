/** The machine loses power while pictures are written: a file system is copied as its disk is at that moment. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import t, { type Test } from 'tap';
import { originalPath } from '../../../src/adapters/pictures/picture-paths.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** The same keeping, without what makes it last: then the test must find what is lost. */
const withoutSync = `data:text/javascript,${encodeURIComponent(`
  import fs from 'node:fs'; import { syncBuiltinESMExports } from 'node:module';
  fs.fsyncSync = () => undefined; syncBuiltinESMExports();`)}`;

function mounted(t: Test, image: string): string {
  const folder = join(temporaryFolder(), 'disk');
  mkdirSync(folder);
  execFileSync('mount', ['-o', 'loop', image, folder]);
  t.teardown(() => execFileSync('umount', ['-l', folder]));
  return folder;
}

function canMount(): string | false {
  const image = join(temporaryFolder(), 'disk.img');
  const isMade =
    spawnSync('truncate', ['-s', '8M', image]).status === 0 &&
    spawnSync('mkfs.ext4', ['-q', '-F', image]).status === 0;
  const folder = temporaryFolder();
  if (!isMade || spawnSync('mount', ['-o', 'loop', image, folder]).status !== 0) {
    return 'a disk can only be made and mounted by root, with mkfs.ext4';
  }
  spawnSync('umount', [folder]);
  return false;
}

/** What had been said to be stored when the power went, and what of it is on the disk afterwards. */
async function powerCut(t: Test, afterStored: number, flags: readonly string[] = []) {
  const image = join(temporaryFolder(), 'disk.img');
  execFileSync('truncate', ['-s', '48M', image]);
  execFileSync('mkfs.ext4', ['-q', '-F', image]);
  const program = fileURLToPath(new URL('./keeping.js', import.meta.url));
  const writer = spawn(process.execPath, [...flags, program, mounted(t, image)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.teardown(() => writer.kill('SIGKILL'));
  let said = '';
  await new Promise<void>((resolve) => {
    writer.stdout.on('data', (text: Buffer) => {
      said += text.toString();
      if (said.split('\n').length > afterStored) resolve();
    });
    writer.once('exit', () => resolve());
  });
  const acknowledged = said.split('\n').slice(0, -1);
  writer.kill('SIGSTOP');
  const copy = join(temporaryFolder(), 'copy.img');
  copyFileSync(image, copy);
  writer.kill('SIGKILL');

  const disk = mounted(t, copy);
  const db = new Database(join(disk, 'pictures.db'));
  t.teardown(() => db.close());
  const stored = db.prepare("SELECT sha256 FROM picture WHERE state = 'stored'").pluck().all();
  const isWhole = (sha256: string) => {
    try {
      const path = originalPath(join(disk, 'pictures'), { sha256, mediaType: 'image/jpeg' });
      return createHash('sha256').update(readFileSync(path)).digest('hex') === sha256;
    } catch {
      return false;
    }
  };
  return {
    acknowledged,
    lostRows: acknowledged.filter((sha256) => !stored.includes(sha256)),
    brokenFiles: (stored as string[]).filter((sha256) => !isWhole(sha256)),
  };
}

t.test(
  'after a power cut every stored picture is there and whole',
  { skip: canMount() },
  async (t) => {
    for (const afterStored of [5, 40, 120]) {
      const cut = await powerCut(t, afterStored);
      t.ok(cut.acknowledged.length >= afterStored);
      t.strictSame(cut.lostRows, []);
      t.strictSame(cut.brokenFiles, []);
    }
    const careless = await powerCut(t, 120, ['--import', withoutSync]);
    t.ok(careless.brokenFiles.length > 0, 'without fsync the same cut loses pictures');
  },
);
