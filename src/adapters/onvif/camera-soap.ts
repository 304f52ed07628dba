/**
 * The `Cam` of the onvif package, version 0.8.3, made fit for a gate. The package builds the messages, signs
 * and sends them; what it fixes in its code is set by the profile here, and what it may do without end is
 * bounded. Its private methods are used by name, so its version is pinned and a test talks to them.
 *
 * Where the package is not followed: its fixed times (pull of one minute, subscription of two, no filter); a
 * password taken as ASCII; addresses with `&` or beyond ASCII, which it cannot send; a call whose answer stops
 * half-way, which it never ends; a second sign-in with the same refused password.
 */
import { createHash, randomBytes } from 'node:crypto';
import onvif from 'onvif';
import type { OnvifProfile } from '../../driver-kit/profile/onvif.ts';
import { escapeXml } from '../../driver-kit/xml.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CameraAddress } from '../camera-http/connection.ts';
import type { Refusals } from '../camera-http/refusals.ts';
import { cameraAgent } from './camera-agent.ts';
import { type CameraAnswer, isRefusal } from './camera-answers.ts';
import { CameraFailure, failureOf } from './camera-failure.ts';

export interface CameraSoapOptions extends CameraAddress {
  readonly username?: string;
  readonly password?: string;
  readonly connectTimeoutMs: number;
  /** Longest wait for an answer that is not a fetch, ms. */
  readonly replyTimeoutMs: number;
  readonly profile: Pick<OnvifProfile, 'service' | 'topics' | 'namespaces'>;
  readonly refusals: Refusals;
  readonly clock: Clock;
}

/** What the package passes around and does not declare. */
interface PackageRequest {
  body: string;
  url?: object;
  headers?: Record<string, unknown>;
  replyTimeout?: number;
}
type PackageCallback = (error?: unknown, data?: unknown, xml?: string, status?: number) => void;
interface PackageInternals {
  _request(request: PackageRequest, callback: PackageCallback): void;
  _requestPart2(request: PackageRequest, callback: PackageCallback): void;
}

const inherited = onvif.Cam.prototype as unknown as PackageInternals;
/** An answer whose connection is over is given this long to reach the package, ms. */
const lastWordMs = 100;

/** One call in progress. */
interface Call {
  raw: CameraAnswer | undefined;
  begun: number;
  ended: number;
  isSigned: boolean;
  over(reason?: CameraFailure): void;
}

export class CameraSoap extends onvif.Cam {
  readonly #options: CameraSoapOptions;
  readonly #cut: () => void;
  /** Headers that go with each request to the subscription, as XML. */
  #referenceParameters = '';
  #call: Call | undefined;

  constructor(options: CameraSoapOptions) {
    const { host, port, tls, username, password, profile } = options;
    const agent = cameraAgent({
      ...options,
      answerBytesMax: profile.service.answerBytesMax,
      opened: () => {
        const call = this.#call;
        return (reason) => this.#connectionEnded(call, reason);
      },
    });
    super({
      hostname: host,
      port,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      agent: agent.agent,
      useSecure: tls,
      useWSSecurity: profile.service.auth === 'usernameToken',
      timeout: options.replyTimeoutMs,
      autoconnect: false,
    });
    this.#options = options;
    this.#cut = agent.cut;
    this.on('rawResponse', (text: string, status: number) => {
      if (this.#call) this.#call.raw = { text, status, at: options.clock.now() };
    });
  }

  /** Where the next fetches and renewals go. The camera's own host and port are not followed. */
  subscribedAt(address: string, referenceParameters: string): void {
    const { host, port } = this.#options;
    this.#referenceParameters = referenceParameters;
    // `href` is written into the message as it stands; the rest is where it is sent.
    const target = { hostname: host, port, path: pathOf(address), href: escapeXml(address) };
    this.events['subscription'] = {
      subscriptionReference: { address: { ...target, agent: this.agent } },
    };
  }

  /** The camera's services keep their paths and get the configured host. */
  settleServices(): void {
    for (const [name, address] of Object.entries(this.uri ?? {})) {
      if (this.uri && address?.href) this.uri[name] = { ...address, path: pathOf(address.href) };
    }
  }

  /**
   * One call of the package, ended by its answer, by the end of its connection or by time, whichever is first.
   * Calls must follow one another. The answer's own text is what counts: the package reports an error for
   * answers that are good, and answers more than once.
   */
  async ask(
    name: string,
    call: (done: PackageCallback) => void,
    withinMs = this.#options.replyTimeoutMs,
  ): Promise<CameraAnswer> {
    try {
      return await this.#answer(name, call, withinMs);
    } finally {
      this.#call = undefined;
    }
  }

  close(): void {
    this.#cut();
  }

  #nowMs(): number {
    return this.#options.clock.now().monotonicMs;
  }

  #answer(
    name: string,
    call: (done: PackageCallback) => void,
    withinMs: number,
  ): Promise<CameraAnswer> {
    return new Promise((resolve, reject) => {
      let isOver = false;
      const end = (failure: () => CameraFailure) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(deadline);
        const { raw, isSigned } = mine;
        if (!raw) return reject(this.#judged(failure(), isSigned));
        if (isSigned && isRefusal(raw)) return reject(this.#refused(name));
        if (isSigned) this.#options.refusals.accepted();
        resolve(raw);
      };
      const deadline = setTimeout(() => {
        end(() => new CameraFailure('onvif-timeout', `${name}: no whole answer in ${withinMs} ms`));
        this.#cut();
      }, withinMs);
      const cutOff = () => new CameraFailure('onvif-answer-cut', `${name}: the connection ended`);
      const over = (reason?: CameraFailure) => end(() => reason ?? cutOff());
      const mine: Call = { raw: undefined, begun: 0, ended: 0, isSigned: false, over };
      this.#call = mine;
      try {
        call((error) => end(() => (error ? failureOf(error) : cutOff())));
      } catch (error) {
        end(() => failureOf(error));
      }
    });
  }

  /** An answer of 401 is not read by the package; its words are all there is. */
  #judged(failure: CameraFailure, isSigned: boolean): CameraFailure {
    if (!/^Digest authentication\b/.test(failure.message)) return failure;
    if (isSigned) return this.#refused(failure.message);
    return new CameraFailure('onvif-auth-refused', 'the camera offers no sign-in that is known');
  }

  #refused(name: string): CameraFailure {
    this.#options.refusals.refused(this.#nowMs());
    return new CameraFailure('onvif-auth-refused', `${name}: the camera refuses the sign-in`);
  }

  #connectionEnded(call: Call | undefined, reason: CameraFailure | undefined): void {
    if (!call || this.#call !== call) return;
    call.ended += 1;
    // The package ends the connection itself when it signs in by HTTP, and begins another.
    if (call.ended < call.begun) return;
    setTimeout(() => {
      if (this.#call === call && call.ended === call.begun) call.over(reason);
    }, lastWordMs);
  }

  _request(request: PackageRequest, callback: PackageCallback): void {
    request.body = this.#adapted(request);
    const { profile, replyTimeoutMs } = this.#options;
    // The package's own limit is one of silence; that of `ask` comes before it.
    request.replyTimeout = profile.service.pull.timeoutS * 2_000 + replyTimeoutMs;
    inherited._request.call(this, request, callback);
  }

  _requestPart2(request: PackageRequest, callback: PackageCallback): void {
    const { refusals } = this.#options;
    const hasToken = request.body.includes('<UsernameToken>');
    const hasDigest = request.headers?.['Authorization'] !== undefined;
    // The package answers a challenge by itself: a token that met one was refused.
    if (hasToken && hasDigest) refusals.refused(this.#nowMs());
    const waitMs = hasToken || hasDigest ? refusals.waitMs(this.#nowMs()) : 0;
    if (waitMs > 0) {
      const detail = `not tried for ${Math.ceil(waitMs / 1_000)} s, or the camera locks the account`;
      callback(new CameraFailure('onvif-auth-refused', detail));
      return;
    }
    if (this.#call) {
      this.#call.begun += 1;
      this.#call.isSigned ||= hasToken || hasDigest;
    }
    inherited._requestPart2.call(this, request, callback);
  }

  /** The package's own takes the password as ASCII, so that one with a letter beyond it never fits. */
  _passwordDigest() {
    const timestamp = new Date(process.uptime() * 1_000 + (this.timeShift ?? 0)).toISOString();
    const nonce = randomBytes(16);
    const passdigest = createHash('sha1')
      .update(nonce)
      .update(`${timestamp}${this.#options.password ?? ''}`, 'utf8')
      .digest('base64');
    return { passdigest, nonce: nonce.toString('base64'), timestamp };
  }

  #adapted({ body, url }: PackageRequest): string {
    const { pull } = this.#options.profile.service;
    const timed = body
      .replace('<Timeout>PT1M</Timeout>', `<Timeout>PT${pull.timeoutS}S</Timeout>`)
      .replace('<TerminationTime>PT2M<', `<TerminationTime>PT${pull.lifetimeS}S<`)
      .replace(
        '<InitialTerminationTime>PT2M<',
        () => `${this.#filter()}<InitialTerminationTime>PT${pull.lifetimeS}S<`,
      );
    return url
      ? timed.replace('</s:Header>', () => `${this.#referenceParameters}</s:Header>`)
      : timed;
  }

  #filter(): string {
    const { service, topics, namespaces } = this.#options.profile;
    if (!service.pull.filter) return '';
    const declared = Object.entries(namespaces).map(
      ([prefix, uri]) => ` xmlns:${prefix}="${escapeXml(uri)}"`,
    );
    return (
      '<Filter><TopicExpression xmlns="http://docs.oasis-open.org/wsn/b-2"' +
      `${declared.join('')} Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">` +
      `${topics.join('|')}</TopicExpression></Filter>`
    );
  }
}

/** Path and query of an address, fit for a request line; the root where it is no address. */
export function pathOf(address: string): string {
  try {
    const { pathname, search } = new URL(address, 'http://camera');
    return pathname.startsWith('/') ? `${pathname}${search}` : '/';
  } catch {
    return '/';
  }
}
