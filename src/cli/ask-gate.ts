/** Asks the running gate of a configuration for an act of a person, and tells what it answered. */
import { askControl, type ControlAnswer } from '../adapters/system/control-socket.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

/** Exit code 1 where it was not done, 2 where the configuration cannot be used. `subject` is what it is done to. */
export async function askGate(
  config: string,
  subject: string,
  request: Readonly<Record<string, unknown>>,
): Promise<void> {
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { directory } = loaded.config.data;
  const answer = await askControl(directory, request).catch((error: NodeJS.ErrnoException) =>
    unanswered(error, directory),
  );
  if (answer.ok) {
    process.stdout.write(`${subject}: ${answer.result}\n`);
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
