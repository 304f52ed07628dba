/** Work on the data of a gate whose daemon does not run, and cannot be started meanwhile. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Restored } from '../adapters/store/epoch-start.ts';
import { openLedger } from '../adapters/store/ledger.ts';
import { StoreError } from '../adapters/store/open-database.ts';
import {
  type ControlAnswer,
  DirectoryInUse,
  listenForControl,
} from '../adapters/system/control-socket.ts';
import { SigningKeys } from '../adapters/system/signing-key.ts';
import { systemClock, uuidIds } from '../adapters/system/system.ts';
import type { GateConfig } from '../config/config-schema.ts';
import { yardLimitsOf } from '../config/yard-settings.ts';
import type { JournalParts } from '../gate-journal-acts.ts';

/** `running` where a daemon has the data directory. */
export async function onStoppedGate(
  config: GateConfig,
  work: (parts: JournalParts) => ControlAnswer,
  restored?: Restored,
): Promise<ControlAnswer | 'running'> {
  const { directory } = config.data;
  try {
    const control = await listenForControl(directory);
    if (!control) {
      const hint = 'move data.directory to a shorter path';
      return { ok: false, message: 'nobody can tell whether a daemon runs there', hint };
    }
    try {
      return withJournal(config, work, restored);
    } finally {
      await control.close();
    }
  } catch (error) {
    if (error instanceof DirectoryInUse) return 'running';
    if (error instanceof StoreError) return { ok: false, message: error.message, hint: error.hint };
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return { ok: false, message: String(error), hint: "run it as the daemon's user" };
  }
}

function withJournal(
  config: GateConfig,
  work: (parts: JournalParts) => ControlAnswer,
  restored: Restored | undefined,
): ControlAnswer {
  const { directory } = config.data;
  const keys = new SigningKeys(directory);
  const ledger = openLedger({
    file: join(directory, 'ledger.db'),
    siteId: config.site,
    gateId: config.gate,
    clock: systemClock(config.clock.trust),
    ids: uuidIds,
    signer: (announced) => keys.settled(announced),
    readStamp: () => '',
    yardLimits: yardLimitsOf(config.yard),
    ...(restored && { restored }),
  });
  try {
    return work({ ledger, keys });
  } finally {
    ledger.close();
  }
}

/** A ledger that nobody has is not made by a command about what is in it. */
export function noLedgerIn(directory: string): ControlAnswer | undefined {
  const file = join(directory, 'ledger.db');
  if (existsSync(file)) return undefined;
  return { ok: false, message: `${file} does not exist`, hint: 'start the daemon once' };
}

export function tellAnswer(subject: string, answer: ControlAnswer): void {
  if (answer.ok) {
    process.stdout.write(`${subject}: ${answer.result}\n`);
    return;
  }
  const { message, hint } = answer;
  process.stderr.write(`${message}\n${hint === undefined ? '' : `    hint: ${hint}\n`}`);
  process.exitCode = 1;
}
