import { drivers } from '../../devices/index.ts';
import { findingText } from '../config/finding.ts';
import { type LoadedGate, loadGate } from '../config/load-gate.ts';
import { packageFile } from '../package-file.ts';

/** The gate of a configuration file; or the list of all mistakes on stderr, and undefined. */
export async function loadOrExplain(file: string): Promise<LoadedGate | undefined> {
  const loaded = await loadGate({
    file,
    profilesDirectory: packageFile('firmware-profiles'),
    drivers,
  });
  if (loaded.kind === 'gate') return loaded.gate;
  const { findings } = loaded;
  const count = findings.length === 1 ? '1 mistake' : `${findings.length} mistakes`;
  process.stderr.write(`${findings.map(findingText).join('\n')}\n${count} in ${file}\n`);
  return undefined;
}

/** Exit code of a configuration that cannot be used. */
export const configurationMistake = 2;
