import { randomUUID } from 'node:crypto';
import { askControl, type ControlAnswer } from '../adapters/system/control-socket.ts';
import type { PersonAct } from '../core/yard/yard-change.ts';
import { configurationMistake, loadOrExplain } from './load.ts';

/** Exit code 1 where it was not done, 2 where the configuration cannot be used. */
export async function doInYard({
  config,
  person,
  actId = randomUUID(),
  wish,
}: {
  readonly config: string;
  readonly person: string;
  /** Of an act that is asked for again; a new one where left out. */
  readonly actId: string | undefined;
  readonly wish: PersonAct;
}): Promise<void> {
  const loaded = await loadOrExplain(config);
  if (!loaded) {
    process.exitCode = configurationMistake;
    return;
  }
  const { directory } = loaded.config.data;
  const answer = await askControl(directory, { act: 'yard', person, actId, wish }).catch(
    (error: Error): ControlAnswer => ({
      ok: false,
      message: `no gate answers in ${directory}: ${error.message}`,
      hint: `the gate must run on this machine, with this configuration, and this is the daemon's user; asked again with --act-id ${actId} it is not done twice`,
    }),
  );
  if (answer.ok) {
    process.stdout.write(`${answer.result}\n`);
    return;
  }
  const { message, hint } = answer;
  process.stderr.write(`${message}\n${hint === undefined ? '' : `    hint: ${hint}\n`}`);
  process.exitCode = 1;
}
