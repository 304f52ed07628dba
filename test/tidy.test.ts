import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import t from 'tap';
import { drivers } from '../devices/index.ts';
import { transitions as llrpTransitions } from '../devices/rfid-llrp/connection.ts';
import { generatedFiles } from '../scripts/generate-files.ts';
import { catalogue } from '../src/core/decision/catalogue.ts';
import { reasonTexts } from '../src/core/decision/decide.ts';
import { platformAuthorities } from '../src/core/decision/policy.ts';
import { faultGroups, faultTexts } from '../src/core/fault-codes.ts';
import { transitions as deliveryTransitions } from '../src/core/journal/delivery.ts';
import { transitions as armTransitions } from '../src/core/lane/arm.ts';
import { transitions as passageTransitions } from '../src/core/lane/passage.ts';
import { transitions as serviceTransitions } from '../src/core/lane/service-mode.ts';
import { roles } from '../src/core/persons/roles.ts';
import { repositoryFile } from './support/repository.ts';

const root = repositoryFile('.');

/** Files that are, or are about to be, in the repository. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const sources = files.filter((file) => /^(src|devices)\/.*\.(ts|vue)$/.test(file));

const linesMax = 400;
/** Tables of texts and facts are as long as what they list. */
const tables = ['src/core/fault-codes.ts'];

t.test('no source file is longer than a few screens', async (t) => {
  for (const file of sources) {
    if (tables.includes(file)) continue;
    const lines = read(file).split('\n').length;
    t.ok(lines <= linesMax, `${file}: ${lines} lines`);
  }
});

t.test('files are named in kebab-case and say what they are', async (t) => {
  const banned = /(^|-)(utils?|helpers?|managers?|impl|misc|common)(-|\.)/;
  for (const file of sources) {
    const name = basename(file);
    t.match(name, /^[a-z0-9]+(-[a-z0-9]+)*(\.config|\.d)?\.(ts|vue)$/, file);
    t.notMatch(name, banned, file);
  }
});

t.test('names in the code are the field’s words', async (t) => {
  const banned =
    /\b(class|interface|function|type|const) \w*(Manager|Helper|Impl|Utils?)\b|\binterface I[A-Z]/;
  for (const file of sources) t.notMatch(read(file), banned, file);
});

t.test('nothing prints but the command line', async (t) => {
  for (const file of sources) {
    if (file.startsWith('src/cli/')) continue;
    t.notMatch(read(file), /\bconsole\.|process\.std(out|err)\b/, file);
  }
});

t.test('the core asks for no time and no chance', async (t) => {
  for (const file of sources.filter((each) => each.startsWith('src/core/'))) {
    t.notMatch(
      read(file),
      /\bDate\.(now|parse)|new Date\(\)|Math\.random|setTimeout|process\./,
      file,
    );
  }
});

interface Transition {
  readonly from: string;
  readonly to: string;
}

function drawn(file: string): string[] {
  const diagram = /```mermaid\n([\s\S]*?)```/.exec(read(file))?.[1] ?? '';
  return [...diagram.matchAll(/(\w+) --> (\w+)/g)].map(([, from, to]) => `${from} → ${to}`).sort();
}

t.test('each state machine’s diagram is its code', async (t) => {
  const machines: readonly (readonly [string, readonly Transition[]])[] = [
    ['src/core/lane/arm.ts', armTransitions],
    ['src/core/lane/service-mode.ts', serviceTransitions],
    ['src/core/lane/passage.ts', passageTransitions],
    ['src/core/journal/delivery.ts', deliveryTransitions],
    ['devices/rfid-llrp/connection.ts', llrpTransitions],
  ];
  for (const [file, transitions] of machines) {
    const coded = [...new Set(transitions.map(({ from, to }) => `${from} → ${to}`))].sort();
    t.ok(coded.length >= 2, file);
    t.strictSame(drawn(file), coded, file);
  }
});

t.test('every device folder is whole and in the table', async (t) => {
  const folders = readdirSync(join(root, 'devices'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  t.strictSame([...Object.keys(drivers)].sort(), folders.sort());
  for (const folder of folders) {
    for (const file of ['manifest.ts', 'emulator.ts', 'README.md']) {
      t.ok(files.includes(`devices/${folder}/${file}`), `devices/${folder}/${file}`);
    }
    const manifest = await drivers[folder]?.();
    t.equal(manifest?.name, folder);
  }
});

t.test(
  'every fault that the code names is in the table, and every one in the table is named',
  async (t) => {
    const text = sources
      .filter((file) => !tables.includes(file) && !file.startsWith('src/panel/web/text/'))
      .map(read)
      .join('\n');
    const prefixes = [...new Set(Object.keys(faultTexts).map((code) => code.split('-')[0]))].join(
      '|',
    );
    const named = new Set(
      [...text.matchAll(new RegExp(`'((?:${prefixes})-[a-z]+(?:-[a-z]+)*)'`, 'g'))].map(
        ([, code = '']) => code,
      ),
    );
    // Words with the same beginning that name a check, a reason, a role, a package or a file.
    const others = new Set([
      ...Object.keys(reasonTexts),
      ...catalogue.map(({ id }) => id),
      ...roles,
      ...platformAuthorities,
      'modbus-serial',
      'exit-registration',
    ]);
    // A code of a new family is known by where it stands.
    const placed =
      /\b(?:code|cause|fault): '([a-z]+(?:-[a-z]+)+)'|Error\(\s*'([a-z]+(?:-[a-z]+)+)'/g;
    for (const [, member = '', thrown = ''] of text.matchAll(placed)) named.add(member || thrown);
    t.strictSame(
      [...named].filter((code) => !(code in faultTexts) && !others.has(code)),
      [],
    );
    // Codes that are put together from a word and a failure.
    const composed = /^(modbus|order|command)-/;
    const unused = Object.keys(faultTexts).filter(
      (code) => !text.includes(`'${code}'`) && !composed.test(code),
    );
    t.strictSame(unused, []);
  },
);

t.test('what the verifier finds is in the table', async (t) => {
  const union =
    /type JournalFault =([^;]+);/.exec(read('src/verifier/journal-fault.ts'))?.[1] ?? '';
  const found = [...union.matchAll(/'([a-z-]+)'/g)].map(([, code = '']) => code);
  t.ok(found.length > 5);
  t.strictSame(found.sort(), Object.keys(faultGroups['Verification of a log'] ?? {}).sort());
});

t.test('generated files are what the code generates', async (t) => {
  for (const { file, text } of generatedFiles()) t.equal(read(file), text, file);
});

t.test('nothing of a machine, of a registry or of a secret is in the repository', async (t) => {
  const texts = files.filter(
    (file) => !/\.(png|jpg|db|ico)$/.test(file) && file !== 'package-lock.json',
  );
  const leaks = [
    /\/(root|home\/[a-z]+|work\/[a-z]+)\//,
    /registry\.npmjs|npm\.pkg\.github|verdaccio|artifactory/i,
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
    /\b(ghp|gho|glpat|AKIA)[A-Za-z0-9_-]{16,}/,
  ];
  for (const file of texts) {
    if (file === 'test/tidy.test.ts') continue;
    const text = read(file);
    for (const leak of leaks) if (leak.test(text)) t.fail(`${file}: ${leak}`);
  }
  t.notMatch(read('package-lock.json'), /"resolved": "http:/, 'packages come over a safe line');
  t.pass();
});
