/**
 * The still picture behind GetSnapshotUri: fetched from the configured host and port whatever host the camera
 * names, signed in by digest, bounded in size and time, redirects not followed, and only if it is a picture.
 */
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Picture } from '../../driver-kit/contract.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CameraAddress } from '../camera-http/connection.ts';
import { authorization, isStale } from '../camera-http/digest.ts';
import type { Refusals } from '../camera-http/refusals.ts';
import { cameraAgent } from './camera-agent.ts';
import { CameraFailure, failureOf } from './camera-failure.ts';

export interface SnapshotOptions extends CameraAddress {
  readonly username?: string;
  readonly password?: string;
  readonly connectTimeoutMs: number;
  readonly refusals: Refusals;
  readonly clock: Clock;
  /** Path and query of the picture. */
  readonly path: string;
  readonly bytesMax: number;
  readonly timeoutMs: number;
  readonly basic: 'never' | 'overTls' | 'anywhere';
}

interface Answer {
  readonly status: number;
  readonly challenges: readonly string[];
  readonly bytes: Uint8Array;
}

const signatures = [
  { mediaType: 'image/jpeg', bytes: [0xff, 0xd8, 0xff] },
  { mediaType: 'image/png', bytes: [0x89, 0x50, 0x4e, 0x47] },
] as const;

/** Throws a `CameraFailure` with the reason where there is no picture. */
export async function fetchSnapshot(options: SnapshotOptions): Promise<Picture> {
  let answer = await get(options, undefined);
  // A nonce that has grown old is told by `stale`: that refuses nothing, and is tried once more.
  for (let tries = 0; answer.status === 401 && tries < 2; tries += 1) {
    if (tries > 0 && !isStale(answer.challenges)) break;
    answer = await get(options, signIn(options, answer.challenges));
    if (answer.status !== 401) options.refusals.accepted();
  }
  if (answer.status === 401) {
    options.refusals.refused(options.clock.now().monotonicMs);
    throw new CameraFailure('onvif-auth-refused', 'the camera refuses the sign-in for its picture');
  }
  const { bytes, status } = answer;
  const signature = signatures.find((each) => each.bytes.every((byte, i) => bytes[i] === byte));
  if (status === 200 && signature) return { role: 'scene', bytes, mediaType: signature.mediaType };
  const what = status === 200 ? 'what came is neither JPEG nor PNG' : `HTTP ${status}`;
  throw new CameraFailure('onvif-snapshot-failed', what);
}

function signIn(options: SnapshotOptions, challenges: readonly string[]): string {
  const { username = '', password = '', basic, tls, path, refusals, clock } = options;
  if (refusals.waitMs(clock.now().monotonicMs) > 0) {
    throw new CameraFailure(
      'onvif-auth-refused',
      'not tried: the camera refused the sign-in before',
    );
  }
  const isBasicAllowed = basic === 'anywhere' || (basic === 'overTls' && tls);
  const header = authorization(challenges, {
    method: 'GET',
    uri: path,
    username,
    password,
    isBasicAllowed,
  });
  if (header !== undefined) return header;
  throw new CameraFailure('onvif-snapshot-failed', 'the camera offers no sign-in that is allowed');
}

function get(options: SnapshotOptions, header: string | undefined): Promise<Answer> {
  const { host, port, tls, path, timeoutMs, bytesMax } = options;
  return new Promise((resolve, reject) => {
    let response: IncomingMessage | undefined;
    const fail = (failure: CameraFailure) => {
      clearTimeout(deadline);
      line.cut();
      reject(failure);
    };
    const ended = (reason?: CameraFailure) => {
      // A whole answer may still be on its way to its reader when its connection ends.
      if (response?.complete) return;
      fail(reason ?? new CameraFailure('onvif-answer-cut', 'the picture stopped half-way'));
    };
    const line = cameraAgent({ ...options, answerBytesMax: bytesMax, opened: () => ended });
    const late = new CameraFailure('onvif-timeout', `no whole picture in ${timeoutMs} ms`);
    const deadline = setTimeout(() => fail(late), timeoutMs);
    const request = (tls ? httpsRequest : httpRequest)({
      host,
      port,
      path,
      agent: line.agent,
      headers: { accept: 'image/jpeg, image/png', ...(header && { authorization: header }) },
    });
    request.on('error', (error) => fail(failureOf(error)));
    request.on('response', (begun) => {
      response = begun;
      whole(begun).then(
        (answer) => {
          clearTimeout(deadline);
          resolve(answer);
        },
        (error) => fail(failureOf(error)),
      );
    });
    request.end();
  });
}

async function whole(response: IncomingMessage): Promise<Answer> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return {
    status: response.statusCode ?? 0,
    challenges: response.headersDistinct['www-authenticate'] ?? [],
    // A copy of its own, because it is handed to another thread.
    bytes: new Uint8Array(Buffer.concat(pieces)),
  };
}
