/**
 * The live stream: server-sent events, a whole snapshot first, then the parts that changed. A client that
 * comes back gets a snapshot again, whatever its Last-Event-ID: a part replaces its predecessor, so there is
 * nothing to catch up. Nothing is written from inside the runtime's call, because a screen must not stand
 * between a decision and the arm.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import {
  type ChangeEvent,
  type PanelSource,
  partKey,
  type ViewChange,
  type ViewPart,
} from '../runtime/read-model.ts';
import { sendProblem } from './problem.ts';

export interface StreamLimits {
  /** Shortest time between two writes to one client, ms. */
  readonly coalesceMs: number;
  /** Time between two signs of life, ms; the page takes the gate for lost after a little more than two. */
  readonly keepAliveMs: number;
  /** A client that has more than this unread when the next message is due is dropped. */
  readonly bufferedBytesMax: number;
  readonly clientsMax: number;
}

export const streamLimits: StreamLimits = {
  coalesceMs: 200,
  keepAliveMs: 3_000,
  bufferedBytesMax: 1_048_576,
  clientsMax: 32,
};

const reconnectMs = 1_000;

export interface StreamOptions {
  readonly source: PanelSource;
  readonly limits: StreamLimits;
  readonly dropped: (reason: string) => void;
  /** Whether who asked may still look; absent where looking needs no session. */
  readonly mayLook?: (request: FastifyRequest) => () => boolean;
}

interface StreamClient {
  offer(change: ViewChange): void;
  alive(): void;
  end(): void;
}

export const streamPlugin: FastifyPluginCallback<StreamOptions> = (app, options, done) => {
  const { source, limits } = options;
  const clients = new Set<StreamClient>();
  const unsubscribe = source.subscribe((change) => {
    for (const client of clients) client.offer(change);
  });
  const keepAlive = setInterval(() => {
    for (const client of [...clients]) client.alive();
  }, limits.keepAliveMs);
  keepAlive.unref();

  app.addHook('preClose', (closed) => {
    clearInterval(keepAlive);
    unsubscribe();
    for (const client of [...clients]) client.end();
    closed();
  });

  app.get('/api/stream', { exposeHeadRoute: false }, (request, reply): FastifyReply => {
    if (clients.size >= limits.clientsMax) {
      return sendProblem(reply.header('retry-after', '10'), {
        status: 503,
        title: 'Too many screens',
        detail: `${limits.clientsMax} screens are connected; close one and try again.`,
      });
    }
    const snapshot = source.snapshot();
    const response = reply.raw;
    reply.hijack();
    response.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // A buffering proxy would hold the events back.
      'x-accel-buffering': 'no',
    });
    const client = streamTo(response, options, options.mayLook?.(request));
    clients.add(client);
    response.on('close', () => {
      clients.delete(client);
      client.end();
    });
    response.on('error', () => client.end());
    response.write(
      `retry: ${reconnectMs}\n${event('snapshot', snapshot.sequence, JSON.stringify(snapshot))}`,
    );
    return reply;
  });
  done();
};

function event(name: string, sequence: number, json: string): string {
  return `id: ${sequence}\nevent: ${name}\ndata: ${json}\n\n`;
}

function streamTo(
  response: ServerResponse,
  options: StreamOptions,
  mayLook = () => true,
): StreamClient {
  const { coalesceMs, bufferedBytesMax } = options.limits;
  const pending = new Map<string, ViewPart>();
  let sequence = 0;
  let timer: NodeJS.Timeout | undefined;
  let writtenAtMs = performance.now();

  function end(): void {
    clearTimeout(timer);
    timer = undefined;
    pending.clear();
    if (!response.writableEnded) response.end();
  }

  function write(text: string): void {
    if (response.writableEnded || response.destroyed) return;
    // Judged before the write: one large message is not yet a slow reader.
    if (response.writableLength > bufferedBytesMax) {
      options.dropped(`${response.writableLength} bytes unread`);
      clearTimeout(timer);
      response.destroy();
      return;
    }
    response.write(text);
  }

  function flush(): void {
    timer = undefined;
    writtenAtMs = performance.now();
    const change: ChangeEvent = { sequence, parts: [...pending.values()] };
    pending.clear();
    write(event('change', sequence, JSON.stringify(change)));
  }

  return {
    offer(change) {
      if (response.writableEnded || response.destroyed) return;
      pending.set(partKey(change.part), change.part);
      sequence = change.sequence;
      timer ??= setTimeout(flush, Math.max(0, writtenAtMs + coalesceMs - performance.now()));
    },
    // A comment keeps proxies from cutting the line; the page cannot see comments, hence the event.
    alive() {
      if (!mayLook()) return end();
      write(': keep-alive\nevent: alive\ndata: {}\n\n');
    },
    end,
  };
}
