/**
 * Evidence pictures by their hash, as they came or as a thumbnail. A hash is looked up before anything becomes a
 * path, and the path comes from the records, never from the address.
 */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import type { FastifyPluginCallback, FastifyReply } from 'fastify';
import type { PictureShelf, PictureStanding } from '../ports/pictures.ts';
import { sendProblem } from './problem.ts';

export interface PictureRoutes {
  readonly shelf: Pick<PictureShelf, 'look'>;
  readonly failed: (error: unknown) => void;
}

const hashForm = /^[0-9a-f]{64}$/;
/** The bytes behind a hash never change; they may be given up, and other people may use the screen next. */
const keptByBrowser = 'private, max-age=3600, immutable';

export const picturesPlugin: FastifyPluginCallback<PictureRoutes> = (app, routes, done) => {
  app.get<{ Params: { sha256: string } }>('/api/pictures/:sha256', (request, reply) =>
    answer(routes, request.params.sha256, reply, 'original'),
  );
  app.get<{ Params: { sha256: string } }>('/api/pictures/:sha256/thumbnail', (request, reply) =>
    answer(routes, request.params.sha256, reply, 'thumbnail'),
  );
  done();
};

async function answer(
  { shelf, failed }: PictureRoutes,
  sha256: string,
  reply: FastifyReply,
  what: 'original' | 'thumbnail',
): Promise<FastifyReply> {
  if (!hashForm.test(sha256)) {
    const detail = 'The address names no picture: 64 digits of 0-9 a-f are expected.';
    return sendProblem(reply, { status: 404, title: 'No such picture', detail });
  }
  let picture: PictureStanding | undefined;
  try {
    picture = shelf.look(sha256);
  } catch (error) {
    failed(error);
    const detail = 'The records of pictures cannot be read; the log of the daemon has the cause.';
    return sendProblem(reply, { status: 503, title: 'Pictures cannot be read', detail });
  }
  const absent = absence(picture);
  if (!picture || absent) return sendProblem(reply, absent ?? unknown);
  const thumbnail = what === 'thumbnail' ? await opened(picture.thumbnail) : undefined;
  const file = thumbnail ?? (await opened(picture.file));
  if (!file) {
    const detail = 'The records have it, its file is not there: somebody may have removed it.';
    return sendProblem(reply, { status: 404, title: 'The file is missing', detail });
  }
  // Until there is a thumbnail the original stands in for it, and must be asked for anew.
  const isFinal = what === 'original' || thumbnail !== undefined;
  const { size } = await file.stat();
  return reply
    .header('content-type', thumbnail ? 'image/jpeg' : picture.mediaType)
    .header('content-length', size)
    .header('cache-control', isFinal ? keptByBrowser : 'no-store')
    .header('content-disposition', 'inline')
    .send(file.createReadStream());
}

const unknown = {
  status: 404,
  title: 'No such picture',
  detail: 'No picture with this hash has come to this gate.',
};

function absence(picture: PictureStanding | undefined) {
  switch (picture?.state) {
    case undefined:
      return unknown;
    case 'storing':
      return { status: 404, title: 'Not stored yet', detail: 'Ask again in a second.' };
    case 'refused': {
      const detail = `It came and was not kept: ${picture.reason ?? 'no reason is on record'}.`;
      return { status: 404, title: 'The picture was not kept', detail };
    }
    case 'purged': {
      const at = picture.purgedAtMs === undefined ? '' : ` at ${isoOf(picture.purgedAtMs)}`;
      const detail = `Its time was over, or space was short; it was removed${at}.`;
      return { status: 410, title: 'The picture is no longer kept', detail };
    }
    default:
      return undefined;
  }
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

async function opened(path: string | undefined): Promise<FileHandle | undefined> {
  if (path === undefined) return undefined;
  try {
    return await open(path, 'r');
  } catch {
    return undefined;
  }
}
