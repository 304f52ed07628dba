/**
 * The door for acts of a person at the command line of this machine: a Unix socket in the data directory, open to
 * the daemon's own user alone. One line of JSON is asked, one answered. It is also how a second daemon finds out
 * that the data directory has one.
 */
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';

/** Longest request or answer, bytes. */
const lineBytesMax = 4_096;
const connectionsMax = 8;
/** A connection on which nothing comes is closed, ms. */
const silentMs = 10_000;
/** The system takes no longer path, bytes. */
const pathBytesMax = 107;

export type ControlAnswer =
  | { readonly ok: true; readonly result: string }
  | { readonly ok: false; readonly message: string; readonly hint?: string };

export type ControlHandler = (request: Readonly<Record<string, unknown>>) => Promise<ControlAnswer>;

/** Another daemon runs on this data directory. */
export class DirectoryInUse extends Error {}

export interface ControlSocket {
  /** From now on requests are answered; before, they are told to come again. */
  serve(handler: ControlHandler): void;
  close(): Promise<void>;
}

export function controlPath(directory: string): string {
  return join(directory, 'control.sock');
}

/** Undefined where the path is too long for a socket. Throws `DirectoryInUse`, or what the system says. */
export async function listenForControl(directory: string): Promise<ControlSocket | undefined> {
  const path = controlPath(directory);
  if (Buffer.byteLength(path) > pathBytesMax) return undefined;
  mkdirSync(directory, { recursive: true });
  let handler: ControlHandler | undefined;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    if (sockets.size >= connectionsMax) return socket.destroy();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    return answerOn(socket, async (request) =>
      handler
        ? handler(request)
        : { ok: false, message: 'the gate is starting', hint: 'try again in a moment' },
    );
  });
  await listen(server, path);
  chmodSync(path, 0o600);
  return {
    serve(given) {
      handler = given;
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** What a daemon that was killed left behind is put away; what answers is another daemon. */
async function listen(server: Server, path: string): Promise<void> {
  try {
    await tryToListen(server, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    if (await isAnswered(path)) throw new DirectoryInUse(`a daemon answers at ${path}`);
    rmSync(path, { force: true });
    await tryToListen(server, path);
  }
}

function tryToListen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve();
    });
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    const say = (answered: boolean) => {
      socket.destroy();
      resolve(answered);
    };
    socket.once('connect', () => say(true));
    socket.once('error', () => say(false));
  });
}

function answerOn(socket: Socket, handle: ControlHandler): void {
  let text = '';
  let isAsked = false;
  const answer = (given: ControlAnswer) => {
    if (!socket.destroyed) socket.end(`${JSON.stringify(given)}\n`);
  };
  socket.setEncoding('utf8');
  socket.setTimeout(silentMs, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (part: string) => {
    if (isAsked) return;
    text += part;
    const end = text.indexOf('\n');
    if (end < 0 && text.length <= lineBytesMax) return;
    isAsked = true;
    const request = end < 0 || end > lineBytesMax ? undefined : objectIn(text.slice(0, end));
    if (!request) return answer({ ok: false, message: 'the request is no line of JSON' });
    // An act may take longer than a silent connection is kept.
    socket.setTimeout(0);
    handle(request).then(answer, (error) => answer({ ok: false, message: String(error) }));
  });
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Asks the daemon of a data directory. Rejects with what the system says where none answers. */
export function askControl(
  directory: string,
  request: Readonly<Record<string, unknown>>,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(controlPath(directory));
    let text = '';
    socket.setEncoding('utf8');
    socket.setTimeout(3 * silentMs, () => socket.destroy(new Error('the gate does not answer')));
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (part: string) => {
      text = (text + part).slice(0, lineBytesMax);
    });
    socket.once('error', reject);
    socket.once('end', () => {
      const answer = objectIn(text);
      if (answer) resolve(answer as unknown as ControlAnswer);
      else reject(new Error('the gate hung up without an answer'));
    });
  });
}
