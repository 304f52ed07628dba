/** The reference of the checks: what each says, and what it leads to in the policies that come with kakou. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parsePolicy } from '../src/config/policy.ts';
import { catalogue } from '../src/core/decision/catalogue.ts';
import type { Check } from '../src/core/decision/check.ts';
import type { Policy } from '../src/core/decision/policy.ts';

const folder = fileURLToPath(
  new URL('config/policies/', import.meta.resolve('kakou/package.json')),
);

const head = `# Checks

Generated from \`src/core/decision\` and \`config/policies\`. A check is code; which of them run for which work, and what a
failure or an unknown leads to, is the policy of the lane. All of a policy run on every truck, and the worst consequence
wins: \`refuse\`, \`hold\`, \`refer\`, \`divert\`, \`admit\`. \`warn\` is told and changes nothing.

A check answers \`pass\`, \`fail\`, \`unknown\` or \`notApplicable\`. What is not known is never taken for "no": it has its own
consequence. One on the *readings* is worked out while the weight is awaited, one on the *moment* when the last evidence has
come.

Rules that have no check of their own: a blocked vehicle (\`vehicle-valid\`); plates of front and rear that contradict each other
(\`plate-read\`); evidence that a lane requires and that did not come (\`plate-read\`, \`containers-complete\`, \`weight-stable\`,
\`driver-registered\`; of a tag \`identity-two-witnesses\`, which asks for two witnesses and not for a tag); a lane without the
devices that it requires, or work without a rule (\`kakou check\` and the start refuse it, \`policy-rule-none\` refers).
\`customs-verdict\` is judged in lanes that are linked to the customs gate platform, also where a rule does not name it; beside
it \`platform\` tells a disagreement with the local checks and a text that contradicts its code
([policies](policies.md#the-customs-gate-platform)).
`;

export function checksDocument(): string {
  const policies = shippedPolicies();
  return [head, consequences(policies), ...catalogue.map(section)].join('\n');
}

function shippedPolicies(): readonly Policy[] {
  const names = readdirSync(folder).filter((name) => /(?<!\.schema)\.json$/.test(name));
  return names.sort().map((name) => {
    const parsed = parsePolicy(JSON.parse(readFileSync(`${folder}${name}`, 'utf8')));
    if (parsed.kind === 'policy') return parsed.policy;
    throw new Error(`${name}: ${JSON.stringify(parsed.findings)}`);
  });
}

/** `fail / unknown` of each check in each policy and direction; one word where both are the same. */
function consequences(policies: readonly Policy[]): string {
  const columns = columnsOf(policies);
  const titles = columns.map(({ title }) => title);
  const rows = catalogue.map(
    ({ id }, row) =>
      `| [\`${id}\`](#${id}) | ${columns.map(({ cells }) => cells[row]).join(' | ')} |`,
  );
  return [
    '## In the shipped policies\n',
    'Fail / unknown; a dash where the check is not asked.\n',
    `| Check | ${titles.join(' | ')} |`,
    `|---${'|---'.repeat(columns.length)}|`,
    ...rows,
    '',
  ].join('\n');
}

interface Column {
  readonly title: string;
  /** In the order of the catalogue. */
  readonly cells: readonly string[];
}

/** The rule for unplanned trucks, which is the strictest of its policy; policies that agree in all share a column. */
function columnsOf(policies: readonly Policy[]): readonly Column[] {
  const byCells = new Map<string, Column>();
  for (const { name, rules } of policies) {
    for (const direction of ['in', 'out'] as const) {
      const rule = rules.find(
        (each) => each.direction === direction && each.transactionTypes.includes('unplanned'),
      );
      const cells = catalogue.map(({ id }) => {
        const own = rule?.checks.find(({ check }) => check === id);
        if (!own) return '–';
        return own.onFail === own.onUnknown ? own.onFail : `${own.onFail} / ${own.onUnknown}`;
      });
      const key = `${direction} ${cells.join()}`;
      const before = byCells.get(key)?.title;
      const title = before === undefined ? `${name}, ${direction}` : `${name}; ${before}`;
      byCells.set(key, { title, cells });
    }
  }
  return [...byCells.values()];
}

function section({ id, on, reasons }: Check): string {
  const rows = Object.entries(reasons).map(
    ([code, { zh, en }]) => `| \`${code}\` | ${en} | ${zh} |`,
  );
  return [
    `## ${id}\n`,
    `On the ${on}.\n`,
    '| Reason | Text | 说明 |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}
