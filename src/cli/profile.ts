import { Command } from 'commander';
import { drivers } from '../../devices/index.ts';
import { findingText } from '../config/finding.ts';
import { lintProfile } from '../config/lint-profile.ts';
import { profileBlocks } from '../driver-kit/profile/schema.ts';
import { configurationMistake } from './load.ts';
import { profilePath, shippedProfiles } from './profile-file.ts';

export function profileCommand(): Command {
  const profile = new Command('profile').description('firmware profiles (设备配置文件)');
  profile
    .command('lint')
    .description('judge profiles by their schema, their rules and their own test frames (检查)')
    .argument('[name...]', 'kind/name of a shipped profile or a path that ends in .json; none: all')
    .action(lint);
  return profile;
}

async function lint(names: readonly string[]): Promise<void> {
  const chosen = names.length > 0 ? names : shippedProfiles();
  let mistakes = 0;
  for (const name of chosen) {
    const judged = await lintProfile(profilePath(name), drivers);
    if (judged.kind === 'invalid') {
      mistakes += judged.findings.length;
      process.stderr.write(`${judged.findings.map(findingText).join('\n')}\n`);
      continue;
    }
    const { profile } = judged;
    const tests = profileBlocks.flatMap<unknown>((block) => profile[block]?.tests ?? []);
    const note = profile.experimental ? ', experimental' : '';
    process.stdout.write(`${name}: holds, ${tests.length} tests${note}\n`);
  }
  if (mistakes === 0) return;
  process.stderr.write(`${mistakes === 1 ? '1 mistake' : `${mistakes} mistakes`}\n`);
  process.exitCode = configurationMistake;
}
