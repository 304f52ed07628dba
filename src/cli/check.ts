import { Command } from 'commander';
import { configurationMistake, loadOrExplain } from './load.ts';

export function checkCommand(): Command {
  return new Command('check')
    .description('check a configuration with everything it refers to (检查配置)')
    .requiredOption('--config <file>', 'configuration file')
    .action(async ({ config }: { config: string }) => {
      const gate = await loadOrExplain(config);
      if (!gate) {
        process.exitCode = configurationMistake;
        return;
      }
      for (const warning of gate.warnings) process.stderr.write(`warning: ${warning}\n`);
      const { lanes, devices } = gate.config;
      process.stdout.write(
        `${config}: ${lanes.length} lanes, ${devices.length} devices, no mistakes\n`,
      );
    });
}
