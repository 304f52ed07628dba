/**
 * The checking process, seen from the picture worker: started when there is a picture to check, ended when there
 * has been none for a while, killed when it takes too long, and started again after it crashed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import type { CheckAnswer, CheckRequest } from './worker-messages.ts';

export type CheckOutcome =
  | Omit<Extract<CheckAnswer, { kind: 'checked' }>, 'kind' | 'id'>
  /** The picture ended the process, or kept it too long. */
  | { readonly verdict: 'crashed'; readonly detail: string }
  /** The process cannot work on this machine. */
  | { readonly verdict: 'unavailable'; readonly detail: string };

const checkWithinMs = 20_000;
const readyWithinMs = 20_000;
const idleMs = 60_000;

export interface CheckerOptions {
  readonly start: () => ChildProcess;
  readonly checkWithinMs?: number;
}

/** Starts the process from a file, with little memory of its own and nothing to say on the daemon's outputs. */
export function checkerProcesses(file: URL): () => ChildProcess {
  return () =>
    fork(file, {
      execArgv: ['--max-old-space-size=64'],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'json',
    });
}

export class PictureChecker {
  readonly #options: CheckerOptions;
  #child: ChildProcess | undefined;
  #isReady = false;
  #asked: { request: CheckRequest; settle: (outcome: CheckOutcome) => void } | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: CheckerOptions) {
    this.#options = options;
  }

  /** One at a time. Never rejects. */
  check(request: CheckRequest): Promise<CheckOutcome> {
    clearTimeout(this.#idle);
    return new Promise((settle) => {
      if (this.#asked) return settle({ verdict: 'crashed', detail: 'another is being checked' });
      this.#asked = { request, settle };
      if (this.#child && this.#isReady) this.#ask(this.#child);
      else this.#begin();
    });
  }

  #begin(): void {
    if (this.#child) return;
    let child: ChildProcess;
    try {
      child = this.#options.start();
    } catch (error) {
      return this.#settle({ verdict: 'unavailable', detail: String(error) });
    }
    this.#child = child;
    this.#isReady = false;
    child.on('message', (answer: CheckAnswer) => {
      if (this.#child === child) this.#heard(child, answer);
    });
    child.on('error', (error) => this.#ended(child, error.message));
    child.on('exit', (code, signal) => this.#ended(child, `it ended with ${signal ?? code}`));
    this.#expect(child, readyWithinMs);
  }

  #heard(child: ChildProcess, answer: CheckAnswer): void {
    if (answer.kind === 'ready') {
      this.#isReady = true;
      if (this.#asked) this.#ask(child);
      else clearTimeout(this.#deadline);
      return;
    }
    if (answer.id !== this.#asked?.request.id) return;
    const { kind: _kind, id: _id, ...outcome } = answer;
    this.#settle(outcome);
  }

  #ask(child: ChildProcess): void {
    if (!this.#asked) return;
    this.#expect(child, this.#options.checkWithinMs ?? checkWithinMs);
    child.send(this.#asked.request, (error) => {
      if (error) this.#ended(child, error.message);
    });
  }

  #expect(child: ChildProcess, withinMs: number): void {
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(
      () => this.#ended(child, `no answer within ${withinMs} ms`),
      withinMs,
    );
  }

  #ended(child: ChildProcess, detail: string): void {
    if (this.#child !== child) return;
    const verdict = this.#isReady ? 'crashed' : 'unavailable';
    this.#drop();
    this.#settle({ verdict, detail });
  }

  #settle(outcome: CheckOutcome): void {
    clearTimeout(this.#deadline);
    const asked = this.#asked;
    this.#asked = undefined;
    this.#idle = setTimeout(() => this.#drop(), idleMs);
    this.#idle.unref();
    asked?.settle(outcome);
  }

  #drop(): void {
    const child = this.#child;
    this.#child = undefined;
    this.#isReady = false;
    child?.kill('SIGKILL');
  }

  stop(): void {
    clearTimeout(this.#deadline);
    clearTimeout(this.#idle);
    this.#drop();
    this.#settle({ verdict: 'unavailable', detail: 'stopped' });
    clearTimeout(this.#idle);
  }
}
