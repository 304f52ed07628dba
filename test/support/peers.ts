/** Programs not written here: whether they are installed, started on loopback, stopped by their own pid. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Test } from 'tap';

/** Why a test that needs `program` is skipped, or false where it is installed. */
export function missing(program: string): string | false {
  return programPath(program) === undefined ? `${program} is not installed` : false;
}

/** Where a program is installed, or undefined. */
export function programPath(program: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders
    .map((folder) => join(folder, program))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

const python = '/usr/bin/python3';

export function missingPymodbus(): string | false {
  const { status } = spawnSync(python, ['-c', 'import pymodbus.server']);
  return status === 0 ? false : 'python3-pymodbus or python3-serial-asyncio is not installed';
}

/** Why there is no server on libmodbus, or false where it can be built. */
export function missingLibmodbus(): string | false {
  const { status } = spawnSync('pkg-config', ['--exists', 'libmodbus']);
  return status === 0 && !missing('gcc')
    ? false
    : 'libmodbus-dev, pkg-config or gcc is not installed';
}

/** Builds a C program against libmodbus. */
export function buildOnLibmodbus(source: string, program: string): string {
  const flags = spawnSync('pkg-config', ['--cflags', '--libs', 'libmodbus'], { encoding: 'utf8' });
  const args = ['-Wall', '-Wextra', '-Werror', '-o', program, source];
  const { status, stderr } = spawnSync('gcc', [...args, ...flags.stdout.trim().split(/\s+/)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return program;
}

export interface Peer {
  readonly process: ChildProcess;
  /** What it has said so far, both streams. */
  output(): string;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

export function startPeer(t: Test, program: string, args: readonly string[]): Peer {
  const child = spawn(program === 'python3' ? python : (programPath(program) ?? program), args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_V8_COVERAGE: '' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  t.teardown(() => kill());
  return { process: child, output: () => output, kill };
}

export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  withinMs = 15_000,
) {
  const deadlineMs = performance.now() + withinMs;
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`not in ${withinMs} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

export function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

export const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
