import { Command } from 'commander';
import { StoreError } from '../adapters/store/open-database.ts';
import { DirectoryInUse } from '../adapters/system/control-socket.ts';
import { startFaults } from '../core/fault-codes.ts';
import { CommandKeyUnusable, DeviceAbsent } from '../runtime/gate-options.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

const couldNotStart = 1;

export function runCommand(): Command {
  return new Command('run')
    .description('run the gate until it is told to stop (运行卡口)')
    .requiredOption('--config <file>', 'configuration file')
    .action(async ({ config }: { config: string }) => run(config));
}

async function run(file: string): Promise<void> {
  const loaded = await loadOrExplain(file);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  // Loaded here: the other commands need no servers, ports and brokers.
  const { makeLog, startGate } = await import('../main.ts');
  const log = makeLog(loaded.config.log.level);
  for (const warning of loaded.warnings) log.warn(warning);
  try {
    const running = await startGate(loaded, log);
    const { panelAddress, devicePushPort } = running;
    log.info({ panel: panelAddress, devicePushPort, pid: process.pid }, 'the gate runs');
    const stop = (signal: string) => {
      log.info({ signal }, 'the gate stops');
      running.stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ err: error }, 'the gate could not stop in order');
          process.exit(1);
        },
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
  } catch (error) {
    log.fatal(startFault(error), 'the gate could not start');
    process.exitCode = couldNotStart;
  }
}

function startFault(error: unknown): object {
  if (error instanceof StoreError) {
    return { code: error.code, detail: error.message, hint: error.hint };
  }
  if (error instanceof DeviceAbsent) return named('device-absent', error.message);
  if (error instanceof DirectoryInUse) return named('data-directory-in-use', error.message);
  if (error instanceof CommandKeyUnusable) return named('command-key-unusable', error.message);
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return named('port-in-use', message);
  if (['EACCES', 'EEXIST', 'ENOTDIR', 'EPERM', 'EROFS', 'ENOSPC'].includes(code)) {
    return named('data-directory-unusable', message);
  }
  return { err: error };
}

function named(code: keyof typeof startFaults, detail: string): object {
  return { code, detail, hint: startFaults[code].hint };
}
