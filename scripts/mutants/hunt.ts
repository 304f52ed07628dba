/** Looks for the first seed by which a mutant is found. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { LoadedGate } from '../../src/config/load-gate.ts';
import { packageFile } from '../../src/package-file.ts';
import type { Finding } from '../../src/simulation/audit/auditor.ts';
import {
  type Simulation,
  type SimulationOptions,
  simulate,
} from '../../src/simulation/site/simulate.ts';
import { loadSite } from '../../src/simulation/site/site-config.ts';
import type { Mutant, Patch } from './catalogue.ts';

export interface Hunt {
  readonly mutant: Mutant;
  /** The first seed that found it. */
  readonly seed?: number;
  readonly finding?: Finding;
  readonly seedsTried: number;
}

interface Simulator {
  simulate(options: SimulationOptions): Promise<Simulation>;
  close(): void;
}

export async function hunt(
  mutant: Mutant,
  { seedsMax, passages = 5 }: { readonly seedsMax: number; readonly passages?: number },
): Promise<Hunt> {
  const simulator = mutant.patches ? await patched(mutant.patches) : await plain();
  try {
    for (let seed = 1; seed <= seedsMax; seed += 1) {
      const { findings } = await simulator.simulate({
        seed,
        passages,
        faults: mutant.faults,
        ...(mutant.tampering && { tampering: mutant.tampering() }),
      });
      const finding = findings.find(({ invariant }) => mutant.foundBy.includes(invariant));
      if (finding) return { mutant, seed, finding, seedsTried: seed };
    }
    return { mutant, seedsTried: seedsMax };
  } finally {
    simulator.close();
  }
}

let site: Promise<LoadedGate> | undefined;

async function plain(): Promise<Simulator> {
  site ??= loadSite();
  const loaded = await site;
  return { simulate: (options) => simulate(loaded, options), close: () => undefined };
}

/** A copy of the build with lines changed, as a package of its own. */
export function patchedPackage(patches: readonly Patch[]): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'kakou-mutant-'));
  mkdirSync(join(path, 'dist'));
  const filter = (file: string) => !file.endsWith('.map') && !file.endsWith('.d.ts');
  for (const folder of ['src', 'devices'])
    cpSync(packageFile(`dist/${folder}`), join(path, 'dist', folder), { recursive: true, filter });
  cpSync(packageFile('package.json'), join(path, 'package.json'));
  for (const shared of ['node_modules', 'config', 'firmware-profiles'])
    symlinkSync(packageFile(shared), join(path, shared));
  for (const patch of patches) apply(join(path, 'dist', patch.file), patch);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function apply(path: string, { from, to, file }: Patch): void {
  const [before, after, ...more] = readFileSync(path, 'utf8').split(from);
  if (before === undefined || after === undefined || more.length > 0)
    throw new Error(`${file} does not have this once: ${from}`);
  writeFileSync(path, before + to + after);
}

async function patched(patches: readonly Patch[]): Promise<Simulator> {
  const { path, remove } = patchedPackage(patches);
  const load = async (file: string): Promise<unknown> =>
    import(pathToFileURL(join(path, 'dist', file)).href);
  const own = (await load('src/simulation/site/simulate.js')) as { simulate: typeof simulate };
  const config = (await load('src/simulation/site/site-config.js')) as {
    loadSite: typeof loadSite;
  };
  const loaded = await config.loadSite();
  return { simulate: (options) => own.simulate(loaded, options), close: remove };
}
