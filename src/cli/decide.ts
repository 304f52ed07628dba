import { readFileSync } from 'node:fs';
import { Command, InvalidArgumentError } from 'commander';
import { parsePolicy } from '../config/policy.ts';
import { type Decision, reasonText } from '../core/decision/decide.ts';
import type { Policy } from '../core/decision/policy.ts';
import type { DescribedTruck } from '../dry-run.ts';
import { decideAgain } from './decide-again.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

const manyTexts = (text: string, before: readonly string[] = []) => [...before, text];

export function decideCommand(): Command {
  return new Command('decide')
    .description('what would be decided about a truck now, and what is missing (试判)')
    .requiredOption('--config <file>', 'configuration file of the gate')
    .option(
      '--json <file>',
      'the truck as JSON: lane, plates, tags, containers, weightKg, card; - for standard input',
    )
    .option('--lane <id>', 'lane that it would come to')
    .option('--plate <plate>', 'each plate on it, that of the trailer too', manyTexts)
    .option('--tag <tag>', 'each tag', manyTexts)
    .option('--container <number>', 'each container', manyTexts)
    .option('--no-container', 'the cameras saw that there is none')
    .option('--card <number>', "number of the driver's card")
    .option('--weight <kg>', 'gross in kg', kilograms)
    .option('--passage <id>', 'instead: make the stored decisions of this passage again')
    .action(decideNow);
}

function kilograms(text: string): number {
  const weightKg = Number(text);
  if (isKilograms(weightKg)) return weightKg;
  throw new InvalidArgumentError('a weight is 1 to 200000 kg');
}

const isKilograms = (value: number) => value >= 1 && value <= 200_000;

interface DecideOptions {
  readonly config: string;
  readonly json?: string;
  readonly lane?: string;
  readonly plate?: readonly string[];
  readonly tag?: readonly string[];
  readonly container?: readonly string[] | boolean;
  readonly weight?: number;
  readonly card?: string;
  readonly passage?: string;
}

/** The truck would not be let through. */
const stays = 1;

async function decideNow(options: DecideOptions): Promise<void> {
  if (options.passage !== undefined) return decideAgain(options.passage, options.config);
  const truck = options.json === undefined ? truckOf(options) : readTruck(options.json);
  if (typeof truck === 'string') return refuse(truck);
  const loaded = await loadOrExplain(options.config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { dryRun, refusalOf } = await import('../dry-run.ts');
  try {
    const decision = dryRun(loaded, truck, Date.now());
    process.stdout.write(
      options.json === undefined ? textOf(decision) : `${JSON.stringify(decision)}\n`,
    );
    if (decision.disposition !== 'admit') process.exitCode = stays;
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    refuse(`${refusal.message}\n    hint: ${refusal.hint}`);
  }
}

function refuse(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = configurationMistake;
}

function truckOf({
  lane,
  plate,
  tag,
  container,
  weight,
  card,
}: DecideOptions): DescribedTruck | string {
  if (lane === undefined) return 'give the lane with --lane, or the truck with --json';
  return {
    lane,
    plates: plate ?? [],
    ...(tag && { tags: tag }),
    ...(container === false && { containers: [] }),
    ...(Array.isArray(container) && { containers: container }),
    ...(weight !== undefined && { weightKg: weight }),
    ...(card !== undefined && { card }),
  };
}

const members = ['lane', 'plates', 'tags', 'containers', 'weightKg', 'card'] as const;

function readTruck(file: string): DescribedTruck | string {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    return `${file} cannot be read: ${error instanceof Error ? error.message : error}`;
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    return `${file}: a truck is a JSON object with ${members.join(', ')}`;
  }
  const truck = json as Record<string, unknown>;
  const strange = Object.keys(truck).find((key) => !members.some((member) => member === key));
  if (strange !== undefined) return `${file}: "${strange}" is not one of ${members.join(', ')}`;
  const { lane, plates = [], tags, containers, weightKg, card } = truck;
  if (typeof lane !== 'string') return `${file}: "lane" must be the id of a lane`;
  for (const [name, value] of Object.entries({ plates, tags, containers })) {
    if (value !== undefined && !isTexts(value)) return `${file}: "${name}" must be a list of texts`;
  }
  if (card !== undefined && typeof card !== 'string') return `${file}: "card" must be a text`;
  if (weightKg !== undefined && !(typeof weightKg === 'number' && isKilograms(weightKg))) {
    return `${file}: "weightKg" must be 1 to 200000`;
  }
  return { ...truck, lane, plates } as DescribedTruck;
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function textOf({ disposition, policy, checks, releases }: Decision): string {
  const told = checks.filter(({ code }) => code !== undefined);
  const lines = [
    `${disposition} by policy ${policy.name}, version ${policy.version}`,
    ...told.map(({ check, code = '', evidence, consequence }) => {
      const { zh, en } = reasonText(code, evidence);
      return `${consequence}: ${check}: ${en} (${zh})`;
    }),
    ...releases.map(usedText),
  ];
  return `${lines.join('\n')}\n`;
}

function usedText({ lineage, container, part }: Decision['releases'][number]): string {
  const { packages, grossWeightKg } = part?.takes ?? {};
  const amounts = [
    ...(packages === undefined ? [] : [`${packages} pieces`]),
    ...(grossWeightKg === undefined ? [] : [`${grossWeightKg} kg`]),
  ];
  return [`would use ${lineage} for ${container}`, ...amounts].join(', ');
}

export function backtestCommand(): Command {
  return new Command('backtest')
    .description('which stored passages another policy would judge otherwise (规则回测)')
    .requiredOption('--config <file>', 'configuration file of the gate')
    .requiredOption('--policy <file>', 'policy to try')
    .option('--days <n>', 'how far back', days, 30)
    .option('--json', 'print the result as one JSON object')
    .action(backtestNow);
}

function days(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= 3_650) return count;
  throw new InvalidArgumentError('1 to 3650 days');
}

async function backtestNow(options: {
  config: string;
  policy: string;
  days: number;
  json?: true;
}): Promise<void> {
  const policy = readPolicy(options.policy);
  if (typeof policy === 'string') return refuse(policy);
  const loaded = await loadOrExplain(options.config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { backtest, refusalOf } = await import('../dry-run.ts');
  try {
    const result = backtest(loaded, policy, Date.now() - options.days * 86_400_000);
    if (options.json) return void process.stdout.write(`${JSON.stringify(result)}\n`);
    const { decisions, pruned, changed, clerkCases } = result;
    const lines = [
      ...changed.map(
        ({ decisionId, laneId, plate, before, after, reasons }) =>
          `${laneId} ${plate ?? '-'}: ${before} → ${after} ${reasons.join(', ')} (${decisionId})`,
      ),
      `${changed.length} of ${decisions} decisions change; cases for a clerk: ${clerkCases.before} before, ${clerkCases.after} after`,
      ...(pruned > 0 ? [`${pruned} decisions were pruned and are not in it`] : []),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    refuse(`${refusal.message}\n    hint: ${refusal.hint}`);
  }
}

function readPolicy(file: string): Policy | string {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    return `${file} cannot be read: ${error instanceof Error ? error.message : error}`;
  }
  const parsed = parsePolicy(json);
  if (parsed.kind === 'policy') return parsed.policy;
  return parsed.findings
    .map(({ path, message, hint }) => `${file} ${path}: ${message}\n    hint: ${hint}`)
    .join('\n');
}
