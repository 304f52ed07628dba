import { askControl, type ControlAnswer } from '../adapters/system/control-socket.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

export interface ClearOptions {
  readonly config: string;
  readonly device: string;
  readonly person: string;
}

/** Exit code 1 where it was not done, 2 where the configuration cannot be used. */
export async function clearDevice({ config, device, person }: ClearOptions): Promise<void> {
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { directory } = loaded.config.data;
  const answer = await askControl(directory, { act: 'clearSafeState', device, person }).catch(
    (error: NodeJS.ErrnoException) => unanswered(error, directory),
  );
  if (answer.ok) {
    process.stdout.write(`${device}: ${answer.result}\n`);
    return;
  }
  const { message, hint } = answer;
  process.stderr.write(`${message}\n${hint === undefined ? '' : `    hint: ${hint}\n`}`);
  process.exitCode = 1;
}

function unanswered(error: NodeJS.ErrnoException, directory: string): ControlAnswer {
  const { code } = error;
  const message = `no gate answers in ${directory}: ${error.message}`;
  if (code === 'EACCES') return { ok: false, message, hint: "run it as the daemon's user" };
  const hint = 'the gate must run on this machine, with this configuration';
  return { ok: false, message, hint };
}
