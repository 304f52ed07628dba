/** Who may import whom: each rule is broken once in a small tree of its own, and must be caught by its name. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import t from 'tap';
import { repositoryFile } from './support/repository.ts';

/** What is imported in the small tree; every file offers a value and a type. */
const offered = [
  'src/core/observation.ts',
  'src/core/lane/step.ts',
  'src/core/identifiers/tag.ts',
  'src/core/journal/entry.ts',
  'src/driver-kit/index.ts',
  'src/driver-kit/profile/lint.ts',
  'src/ports/clock.ts',
  'src/adapters/store/ledger.ts',
  'src/adapters/system/system.ts',
  'src/adapters/pictures/check-picture.ts',
  'src/runtime/gate.ts',
  'src/runtime/read-model.ts',
  'src/panel/server.ts',
  'src/panel/web/format.ts',
  'src/simulation/traffic.ts',
  'src/main.ts',
  'src/replay-serve.ts',
  'src/cli/kakou.ts',
  'src/some-worker.ts',
  'scripts/offered.ts',
  'devices/one/codec.ts',
  'devices/one/manifest.ts',
];

interface Breach {
  readonly rule: string;
  /** File of the small tree that imports what it may not. */
  readonly from: string;
  readonly imports: string;
  /** `import type`, where the rule is broken even by that. */
  readonly asType?: true;
}

const breaches: readonly Breach[] = [
  { rule: 'core', from: 'src/core/a.ts', imports: 'node:fs' },
  { rule: 'core', from: 'src/core/b.ts', imports: 'ajv' },
  { rule: 'core', from: 'src/core/c.ts', imports: 'src/ports/clock.ts', asType: true },
  { rule: 'interchange', from: 'src/interchange/feed/a.ts', imports: 'node:fs' },
  { rule: 'interchange', from: 'src/interchange/feed/b.ts', imports: 'fastify' },
  { rule: 'interchange', from: 'src/interchange/feed/c.ts', imports: 'src/runtime/gate.ts' },
  {
    rule: 'interchange-core',
    from: 'src/interchange/feed/d.ts',
    imports: 'src/core/lane/step.ts',
  },
  { rule: 'driver-kit', from: 'src/driver-kit/a.ts', imports: 'node:net' },
  { rule: 'driver-kit', from: 'src/driver-kit/b.ts', imports: 'src/adapters/store/ledger.ts' },
  { rule: 'driver-kit', from: 'src/driver-kit/c.ts', imports: 'src/core/lane/step.ts' },
  { rule: 'driver-kit-ajv', from: 'src/driver-kit/d.ts', imports: 'ajv' },
  { rule: 'ports', from: 'src/ports/a.ts', imports: 'src/runtime/gate.ts', asType: true },
  { rule: 'ports', from: 'src/ports/b.ts', imports: 'node:fs', asType: true },
  { rule: 'ports-types', from: 'src/ports/c.ts', imports: 'src/core/observation.ts' },
  { rule: 'adapter', from: 'src/adapters/customs/a.ts', imports: 'src/adapters/store/ledger.ts' },
  { rule: 'adapter', from: 'src/adapters/uplink/a.ts', imports: 'src/runtime/gate.ts' },
  { rule: 'adapter', from: 'src/adapters/store/a.ts', imports: 'src/panel/server.ts' },
  { rule: 'adapter-camera-http-packages', from: 'src/adapters/camera-http/b.ts', imports: 'mqtt' },
  { rule: 'adapter-isapi-packages', from: 'src/adapters/isapi/b.ts', imports: 'mqtt' },
  {
    rule: 'adapter-gate-platform-packages',
    from: 'src/adapters/gate-platform/b.ts',
    imports: 'mqtt',
  },
  { rule: 'adapter-customs-packages', from: 'src/adapters/customs/b.ts', imports: 'mqtt' },
  { rule: 'adapter-onvif-packages', from: 'src/adapters/onvif/b.ts', imports: 'mqtt' },
  { rule: 'adapter-passwords-packages', from: 'src/adapters/passwords/b.ts', imports: 'mqtt' },
  { rule: 'adapter-pictures-packages', from: 'src/adapters/pictures/b.ts', imports: 'mqtt' },
  { rule: 'adapter-recording-packages', from: 'src/adapters/recording/b.ts', imports: 'mqtt' },
  { rule: 'adapter-store-packages', from: 'src/adapters/store/b.ts', imports: 'mqtt' },
  { rule: 'adapter-system-packages', from: 'src/adapters/system/b.ts', imports: 'mqtt' },
  { rule: 'adapter-transport-packages', from: 'src/adapters/transport/b.ts', imports: 'mqtt' },
  {
    rule: 'adapter-signed-commands-packages',
    from: 'src/adapters/signed-commands/b.ts',
    imports: 'mqtt',
  },
  { rule: 'adapter-uplink-packages', from: 'src/adapters/uplink/b.ts', imports: 'fastify' },
  {
    rule: 'adapter-without-a-row',
    from: 'src/adapters/printer/a.ts',
    imports: 'src/ports/clock.ts',
    asType: true,
  },
  { rule: 'driver', from: 'devices/two/a.ts', imports: 'devices/one/codec.ts' },
  { rule: 'driver', from: 'devices/two/b.ts', imports: 'node:net' },
  { rule: 'driver', from: 'devices/two/c.ts', imports: 'ajv' },
  { rule: 'driver-by-package-name', from: 'devices/two/d.ts', imports: 'src/driver-kit/index.ts' },
  { rule: 'driver-table', from: 'devices/index.ts', imports: 'devices/one/codec.ts' },
  { rule: 'runtime', from: 'src/runtime/a.ts', imports: 'src/adapters/store/ledger.ts' },
  { rule: 'runtime', from: 'src/runtime/b.ts', imports: 'devices/one/manifest.ts' },
  { rule: 'runtime', from: 'src/runtime/c.ts', imports: 'src/panel/server.ts' },
  { rule: 'runtime', from: 'src/runtime/d.ts', imports: 'node:fs' },
  { rule: 'replay', from: 'src/replay/a.ts', imports: 'src/adapters/store/ledger.ts' },
  { rule: 'replay', from: 'src/replay/b.ts', imports: 'node:net' },
  { rule: 'panel', from: 'src/panel/a.ts', imports: 'src/adapters/store/ledger.ts' },
  { rule: 'panel', from: 'src/panel/b.ts', imports: 'devices/one/manifest.ts' },
  { rule: 'panel', from: 'src/panel/c.ts', imports: 'src/runtime/gate.ts', asType: true },
  { rule: 'panel-core', from: 'src/panel/d.ts', imports: 'src/core/lane/step.ts' },
  { rule: 'web', from: 'src/panel/web/a.ts', imports: 'src/panel/server.ts', asType: true },
  { rule: 'web', from: 'src/panel/web/b.ts', imports: 'node:fs' },
  { rule: 'web-types', from: 'src/panel/web/c.ts', imports: 'src/core/lane/step.ts' },
  { rule: 'read-model', from: 'src/runtime/read-model.ts', imports: 'src/core/lane/step.ts' },
  { rule: 'web-is-built-apart', from: 'src/panel/e.ts', imports: 'src/panel/web/format.ts' },
  { rule: 'centre', from: 'src/centre/a.ts', imports: 'src/runtime/gate.ts' },
  { rule: 'centre', from: 'src/centre/b.ts', imports: 'src/core/lane/step.ts' },
  { rule: 'centre', from: 'src/centre/c.ts', imports: 'src/adapters/store/ledger.ts' },
  { rule: 'config', from: 'src/config/a.ts', imports: 'src/runtime/gate.ts' },
  { rule: 'config', from: 'src/config/b.ts', imports: 'mqtt' },
  { rule: 'verifier', from: 'src/verifier/a.ts', imports: 'src/core/journal/entry.ts' },
  { rule: 'verifier', from: 'src/verifier/b.ts', imports: 'node:path' },
  { rule: 'audit', from: 'src/simulation/audit/a.ts', imports: 'src/core/lane/step.ts' },
  { rule: 'audit', from: 'src/simulation/audit/b.ts', imports: 'src/simulation/traffic.ts' },
  {
    rule: 'simulation-by-its-command',
    from: 'src/cli/simulate.ts',
    imports: 'scripts/offered.ts',
  },
  { rule: 'not-by-the-daemon', from: 'src/cli/a.ts', imports: 'src/simulation/traffic.ts' },
  {
    rule: 'served-by-the-command-line',
    from: 'src/root-four.ts',
    imports: 'src/replay-serve.ts',
  },
  { rule: 'composition-roots', from: 'src/panel/f.ts', imports: 'src/main.ts' },
  { rule: 'command-line', from: 'src/root.ts', imports: 'src/cli/kakou.ts' },
  { rule: 'worker', from: 'src/root-two.ts', imports: 'src/some-worker.ts' },
  { rule: 'decoder', from: 'src/root-three.ts', imports: 'src/adapters/pictures/check-picture.ts' },
  { rule: 'folder-without-a-row', from: 'src/extras/a.ts', imports: 'src/core/observation.ts' },
  { rule: 'no-circular', from: 'src/core/journal/entry.ts', imports: 'src/core/lane/step.ts' },
  { rule: 'not-unresolvable', from: 'src/cli/b.ts', imports: './not-there.ts' },
  { rule: 'no-dev-dependency', from: 'src/cli/c.ts', imports: 'aedes' },
  { rule: 'no-dev-dependency', from: 'src/simulation/c.ts', imports: 'aedes' },
  { rule: 'declared-dependency', from: 'scripts/a.ts', imports: 'picocolors' },
];

const orphan = 'src/core/left-over.ts';

function importIn({ from, imports, asType }: Breach): string {
  const isPath = imports.includes('.ts') && !imports.startsWith('.');
  const depth = from.split('/').length - 1;
  const target = isPath ? `${depth === 0 ? './' : '../'.repeat(depth)}${imports}` : imports;
  return `import ${asType ? 'type ' : ''}{ v } from '${target}';`;
}

/** A tree with all breaches at once, each in a file of its own. */
function writeBreaches(root: string): void {
  for (const file of ['.dependency-cruiser.cjs', 'tsconfig.base.json', 'package.json']) {
    copyFileSync(repositoryFile(file), join(root, file));
  }
  symlinkSync(repositoryFile('node_modules'), join(root, 'node_modules'));
  const write = (file: string, lines: readonly string[]) => {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    writeFileSync(join(root, file), [...lines, ''].join('\n'));
  };
  for (const file of offered) write(file, ['export const v = 1;']);
  for (const breach of breaches) write(breach.from, [importIn(breach), 'export { v };']);
  write(orphan, []);
  // The other half of the circle.
  write('src/core/lane/step.ts', ["export { v } from '../journal/entry.ts';"]);
}

t.test('each rule of who may import whom catches its breach', async (t) => {
  const root = t.testdir();
  writeBreaches(root);
  const found = cruise(root);
  for (const { rule, from, imports } of breaches) {
    t.ok(found.has(`${rule}: ${from}`), `${rule}: ${from} may not import ${imports}`);
  }
  t.ok(found.has(`no-orphans: ${orphan}`), 'no-orphans: a module nobody knows');
  const { forbidden } = createRequire(import.meta.url)(
    repositoryFile('.dependency-cruiser.cjs'),
  ) as { forbidden: readonly { name: string; comment?: string }[] };
  const tried = new Set([...breaches.map(({ rule }) => rule), 'no-orphans']);
  t.same(
    forbidden.map(({ name }) => name).filter((name) => !tried.has(name)),
    [],
    'no rule is left untried',
  );
  t.same(
    forbidden.filter(({ comment }) => !comment),
    [],
    'every rule says why',
  );
});

/** What the dependency rules find in a tree, as `rule: file`. */
function cruise(root: string): ReadonlySet<string> {
  const program = repositoryFile('node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const options = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
  const output = execFileSync(
    process.execPath,
    [program, ...options, 'src', 'devices', 'scripts'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 },
  );
  const { summary } = JSON.parse(output) as {
    summary: { violations: readonly { rule: { name: string }; from: string }[] };
  };
  return new Set(summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`));
}
