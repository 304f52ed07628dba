/** The stored decisions of a passage, made once more from their stored inputs. */
import type { Decision } from '../core/decision/decide.ts';
import type { Rerun } from '../dry-run.ts';
import { configurationMistake, loadOrExplain } from './load.ts';
import { differs } from './replay-report.ts';

export async function decideAgain(passageId: string, config: string): Promise<void> {
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { rerun, refusalOf } = await import('../dry-run.ts');
  try {
    const decisions = rerun(loaded, passageId);
    if (decisions.length === 0) {
      const hint = 'give the configuration of the gate that it drove through';
      return refuse(`no decision of passage ${passageId} is in the ledger`, hint);
    }
    process.stdout.write(decisions.map((each) => `${rerunLines(each).join('\n')}\n`).join(''));
    if (decisions.some(({ kind }) => kind !== 'same')) process.exitCode = differs;
  } catch (error) {
    const refusal = refusalOf(error);
    if (!refusal) throw error;
    refuse(refusal.message, refusal.hint);
  }
}

function refuse(message: string, hint: string): void {
  process.stderr.write(`${message}\n    hint: ${hint}\n`);
  process.exitCode = configurationMistake;
}

export function rerunLines(again: Rerun): readonly string[] {
  const { decisionId } = again;
  switch (again.kind) {
    case 'same':
      return [`${decisionId}: the same, byte by byte`];
    case 'differs':
      return [
        `${decisionId}: DIFFERS`,
        ...differencesOf(JSON.parse(again.stored), JSON.parse(again.again)),
      ];
    case 'pruned':
      return [
        `${decisionId}: cannot be made again: what it looked at was pruned under entry ${again.under}`,
      ];
    case 'otherPolicy':
      return [
        `${decisionId}: cannot be made again: its policy ${again.digest} is not in this configuration`,
      ];
  }
}

/** What of two decisions is not alike: each check by itself, and the other members whole. */
function differencesOf(stored: Decision, again: Decision): readonly string[] {
  const before = membersOf(stored);
  const after = membersOf(again);
  return [...new Set([...before.keys(), ...after.keys()])]
    .filter((name) => before.get(name) !== after.get(name))
    .map((name) => `  ${name}: stored ${before.get(name) ?? '-'}, again ${after.get(name) ?? '-'}`);
}

function membersOf({ checks, ...members }: Decision): ReadonlyMap<string, string> {
  return new Map([
    ...Object.entries(members).map(([name, value]) => [name, JSON.stringify(value)] as const),
    ...checks.map(({ check, ...result }) => [check, JSON.stringify(result)] as const),
  ]);
}
