/** Child processes of a run: what they say goes to a file each, and they are stopped by their own pid. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export { freePort } from '../../src/simulation/free-port.ts';

export function packagePath(path: string): string {
  return fileURLToPath(new URL(path, import.meta.resolve('kakou/package.json')));
}

export interface Program {
  readonly name: string;
  readonly pid: number;
  /** Exit code or signal once it has ended. */
  readonly exited: string | undefined;
  /** The first line that matches, of those to come and of those already said. */
  said(pattern: RegExp, withinMs: number): Promise<string>;
  write(text: string): void;
  kill(signal: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL where that is not obeyed. */
  stop(): Promise<void>;
}

export interface ProgramOptions {
  readonly name: string;
  /** Arguments of `node`, the script first. */
  readonly args: readonly string[];
  /** Where its output is kept as `<name>.log`. */
  readonly directory: string;
  readonly onLine: (line: string) => void;
}

const obeyWithinMs = 8_000;
const linesKept = 200;

/**
 * Node with its first arguments. Under the test runner every program would load the runner's hook, which takes a third
 * of a second and is needed for coverage alone.
 */
export const node: { readonly command: string; readonly args: readonly string[] } =
  process.env['_TAPJS_PROCESSINFO_COVERAGE_'] === '0'
    ? { command: '/usr/bin/env', args: ['-u', 'NODE_OPTIONS', process.execPath] }
    : { command: process.execPath, args: [] };

export function startProgram({ name, args, directory, onLine }: ProgramOptions): Program {
  const child = spawn(node.command, [...node.args, '--enable-source-maps', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const log = createWriteStream(join(directory, `${name}.log`), { flags: 'a' });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>([onLine]);
  const hear = (line: string) => {
    log.write(`${line}\n`);
    lines.push(line);
    if (lines.length > linesKept) lines.shift();
    for (const listener of listeners) listener(line);
  };
  createInterface({ input: child.stdout }).on('line', hear);
  createInterface({ input: child.stderr }).on('line', (line) => log.write(`${line}\n`));
  let exited: string | undefined;
  child.once('exit', (code, signal) => {
    exited = signal ?? `exit code ${code}`;
    log.end();
  });
  return {
    name,
    pid: child.pid ?? 0,
    get exited() {
      return exited;
    },
    said: (pattern, withinMs) =>
      new Promise((resolve, reject) => {
        const known = lines.find((line) => pattern.test(line));
        if (known !== undefined) return resolve(known);
        const end = () => {
          clearTimeout(deadline);
          listeners.delete(listen);
        };
        const listen = (line: string) => {
          if (!pattern.test(line)) return;
          end();
          resolve(line);
        };
        const deadline = setTimeout(() => {
          end();
          reject(
            new Error(
              `${name} did not say ${pattern} in ${withinMs} ms; see ${directory}/${name}.log`,
            ),
          );
        }, withinMs);
        child.once('exit', () => {
          end();
          reject(new Error(`${name} ended (${exited}); see ${directory}/${name}.log`));
        });
        listeners.add(listen);
      }),
    write: (text) => {
      child.stdin.write(text);
    },
    kill: (signal) => {
      child.kill(signal);
    },
    stop: () => stopChild(child, () => exited !== undefined),
  };
}

async function stopChild(child: ChildProcess, isOver: () => boolean): Promise<void> {
  if (isOver()) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const deadline = setTimeout(() => child.kill('SIGKILL'), obeyWithinMs);
  await ended;
  clearTimeout(deadline);
}
