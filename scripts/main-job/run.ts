/**
 * Runs the main job on one machine: broker, supervision centre, virtual gate and daemon, each in a process of
 * its own, and prints what the centre has received and acknowledged, a line a passage. With `--passages` it
 * ends by itself, and its exit code says whether everything came out as it had to.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { virtualConfig } from '../../src/simulation/virtual-config.ts';
import type { VirtualGateNote } from '../../src/simulation/virtual-gate.ts';
import { heading, Passages } from './passages.ts';
import { freePort, type Program, packagePath, startProgram } from './programs.ts';
import { accountOf } from './summary.ts';

interface RunOptions {
  readonly passages?: number;
  readonly seed: number;
  readonly panelPort?: number;
  readonly directory: string;
}

const kakou = packagePath('dist/src/cli/kakou.js');
const drainWithinMs = 30_000;

async function main(options: RunOptions): Promise<number> {
  const directory = resolve(options.directory, new Date().toISOString().replace(/[:.]/g, '-'));
  const feedDirectory = join(directory, 'feed');
  const ledgerFile = join(directory, 'data', 'ledger.db');
  const centreFile = join(directory, 'centre.db');
  mkdirSync(feedDirectory, { recursive: true });
  const programs: Program[] = [];
  const start = (name: string, args: readonly string[], onLine?: (line: string) => void) => {
    const program = startProgram({ name, args, directory, onLine: onLine ?? (() => undefined) });
    programs.unshift(program);
    return program;
  };
  const passages = new Passages((line) => console.log(line));
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt);
  process.once('SIGTERM', interrupt);
  try {
    const brokerPort = await freePort();
    const brokerUrl = `mqtt://127.0.0.1:${brokerPort}`;
    const devicePushPort = await freePort();
    const panelPort = options.panelPort ?? (await freePort(8_080));
    const broker = start('broker', [
      packagePath('dist/scripts/main-job/broker.js'),
      String(brokerPort),
    ]);
    await broker.said(/listening/, 20_000);
    start('centre', [kakou, 'centre', '--broker', brokerUrl, '--store', centreFile], (line) =>
      passages.received(line),
    );
    const virtual = start(
      'virtual-gate',
      [
        packagePath('dist/scripts/main-job/virtual-gate.js'),
        JSON.stringify({
          pushUrl: `http://127.0.0.1:${devicePushPort}`,
          feedDirectory,
          ledgerFile,
          seed: options.seed,
          ...(options.passages !== undefined && { passages: options.passages }),
        }),
      ],
      (line) => passages.noted(JSON.parse(line) as VirtualGateNote),
    );
    const ready = await virtual.said(/"note":"ready"/, 20_000);
    const configFile = join(directory, 'gate.yaml');
    const { lanes } = JSON.parse(ready) as Pick<Parameters<typeof virtualConfig>[0], 'lanes'>;
    writeFileSync(
      configFile,
      virtualConfig({
        directory: join(directory, 'data'),
        panelPort,
        devicePushPort,
        brokerUrl,
        feedDirectory,
        policyFile: packagePath('config/policies/strict-import-export.json'),
        lanes,
      }),
    );
    const daemon = start('daemon', [kakou, 'run', '--config', configFile]);
    await daemon.said(/the gate runs/, 30_000);
    console.log(`panel   http://127.0.0.1:${panelPort}/`);
    console.log(`files   ${directory}`);
    console.log(heading);
    virtual.write('go\n');
    const broken = () => programs.find((program) => program.exited !== undefined);
    await until(() => interrupted || broken() !== undefined || passages.isFinished);
    const failed = broken();
    if (failed) {
      console.error(
        `${failed.name} ended by itself (${failed.exited}); its output is in ${directory}/${failed.name}.log`,
      );
      return 1;
    }
    await drained(panelPort);
    await daemon.stop();
    await until(() => passages.hasHeard('gate.stopped'), 3_000);
    await stopAll(programs);
    const account = accountOf({ passages, ledgerFile, centreFile });
    console.log(account.text);
    return interrupted || account.isGood ? 0 : 1;
  } finally {
    await stopAll(programs);
  }
}

/** Waits until the centre has acknowledged everything, or has had its time. */
async function drained(panelPort: number): Promise<void> {
  const deadlineMs = performance.now() + drainWithinMs;
  while (performance.now() < deadlineMs) {
    const answer = await fetch(`http://127.0.0.1:${panelPort}/api/gate`);
    const { uplink } = (await answer.json()) as { uplink: { unacknowledged: number } };
    if (uplink.unacknowledged === 0) return;
    await new Promise((done) => setTimeout(done, 100));
  }
}

async function stopAll(programs: readonly Program[]): Promise<void> {
  for (const program of programs) await program.stop();
}

async function until(holds: () => boolean, withinMs = Number.POSITIVE_INFINITY): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  while (!holds() && performance.now() < deadlineMs) {
    await new Promise((done) => setTimeout(done, 50));
  }
}

function count(maximum: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < 1 || value > maximum) {
      throw new InvalidArgumentError(`it must be a whole number from 1 to ${maximum}`);
    }
    return value;
  };
}

const program = new Command('run')
  .description('run a virtual gate with everything around it')
  .option('--passages <n>', 'end after so many passages', count(100_000))
  .option('--seed <n>', 'seed of the traffic', count(4_294_967_295), 7)
  .option('--panel-port <n>', 'port of the panel (8080, or any free one)', count(65_535))
  .option('--directory <path>', 'where the run keeps its files', '.run')
  .parse();
process.exitCode = await main(program.opts<RunOptions>());
