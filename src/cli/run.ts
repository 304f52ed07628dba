import { Command } from 'commander';
import { StoreError } from '../adapters/store/open-database.ts';
import { DeviceAbsent } from '../runtime/gate.ts';
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
    log.info({ panel: panelAddress, devicePushPort }, 'the gate runs');
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
  if (error instanceof DeviceAbsent) {
    const hint = 'connect the device, or set its onStartFailure to retry or disable-lane';
    return { code: 'device-absent', detail: error.message, hint };
  }
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    const hint = 'another program listens there: stop it, or set panel.port and devicePush.port';
    return { code: 'port-in-use', detail: message, hint };
  }
  if (['EACCES', 'EEXIST', 'ENOTDIR', 'EPERM', 'EROFS', 'ENOSPC'].includes(code)) {
    const hint = "make data.directory and feed.directory folders that the daemon's user may write";
    return { code: 'data-directory-unusable', detail: message, hint };
  }
  return { err: error };
}
