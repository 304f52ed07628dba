/**
 * Sign-in of the emulated camera: UsernameToken (OASIS profile 1.0) inside the message, HTTP Digest (RFC 7616)
 * or Basic outside of it, and an account that locks after five refusals, as many makers have it.
 */
import { fault } from './emulator-messages.ts';

export interface EmulatedCameraOptions {
  readonly username: string;
  readonly password: string;
  /** Digest of bytes; the machine itself knows no cryptography. */
  hash(algorithm: 'sha1' | 'md5' | 'sha256', bytes: Uint8Array): Uint8Array;
  /** A nonce, unlike any before. */
  nonce(): string;
  readonly hasMedia2?: boolean;
  /** Everybody is let in, with a sign-in or without. */
  readonly isOpen?: boolean;
}

export interface EmulatedRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface EmulatedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string | Uint8Array;
  readonly challenges?: readonly string[];
}

export type SignIn = 'accepted' | 'refused' | 'none';

export const soapType = 'application/soap+xml; charset=utf-8';

const noncesMax = 100;
const lockAfter = 5;
const lockMs = 1_800_000;

export class EmulatedAccount {
  password: string;
  /** How far the time of a token may be from the camera's clock, ms. */
  tokenWindowMs = 5_000;
  /** What a request without a token is challenged with. */
  schemes: readonly ('MD5' | 'SHA-256' | 'Basic')[] = ['MD5', 'SHA-256'];
  /** False: only HTTP sign-in is taken. */
  takesTokens = true;
  /** A refused token is answered by a challenge instead of a fault. */
  challengesTokens = false;
  readonly #options: EmulatedCameraOptions;
  readonly #clock: (nowMs: number) => number;
  readonly #usedNonces = new Set<string>();
  /** Nonces it gave away and has not seen again. */
  readonly #givenNonces = new Set<string>();
  #failures = 0;
  #lockedUntilMs = 0;

  constructor(options: EmulatedCameraOptions, clock: (nowMs: number) => number) {
    this.#options = options;
    this.#clock = clock;
    this.password = options.password;
  }

  isLocked(nowMs: number): boolean {
    return nowMs < this.#lockedUntilMs;
  }

  reset(): void {
    this.#usedNonces.clear();
    this.#failures = 0;
    this.#lockedUntilMs = 0;
  }

  signIn(request: EmulatedRequest, nowMs: number): SignIn {
    if (this.#options.isOpen) return 'accepted';
    const header = request.authorization;
    // A header is what a challenge was answered with; the token beside it is the one refused before.
    const token = this.takesTokens && header === undefined && tokenOf(request.body);
    if (!token && header === undefined) return 'none';
    const isRight = token ? this.#isRightToken(token, nowMs) : this.#isRightHeader(header, request);
    if (isRight && !this.isLocked(nowMs)) {
      this.#failures = 0;
      return 'accepted';
    }
    this.#failures += 1;
    if (this.#failures >= lockAfter) this.#lockedUntilMs = nowMs + lockMs;
    return 'refused';
  }

  /** UsernameToken Profile 1.0: Base64(SHA-1(nonce + created + password)), each nonce once, a recent time. */
  #isRightToken({ username, digest, nonce, created }: Token, nowMs: number): boolean {
    const text = new TextEncoder().encode(`${created}${this.password}`);
    const bytes = Uint8Array.of(...Buffer.from(nonce, 'base64'), ...text);
    const expected = Buffer.from(this.#options.hash('sha1', bytes)).toString('base64');
    const isRecent = Math.abs(Date.parse(created) - this.#clock(nowMs)) <= this.tokenWindowMs;
    const isNew = !this.#usedNonces.has(nonce);
    this.#usedNonces.add(nonce);
    return username === this.#options.username && digest === expected && isRecent && isNew;
  }

  #isRightHeader(header: string | undefined, { method, path }: EmulatedRequest): boolean {
    const { username } = this.#options;
    if (header?.startsWith('Basic ')) {
      const text = Buffer.from(header.slice(6), 'base64').toString('utf8');
      return this.schemes.includes('Basic') && text === `${username}:${this.password}`;
    }
    const field = (name: string) =>
      new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(header ?? '')?.[1] ?? '';
    const algorithm = field('algorithm') === 'SHA-256' ? 'SHA-256' : 'MD5';
    const hash = (text: string) =>
      Buffer.from(
        this.#options.hash(algorithm === 'MD5' ? 'md5' : 'sha256', new TextEncoder().encode(text)),
      ).toString('hex');
    const secret = hash(`${username}:camera:${this.password}`);
    const middle = `${field('nonce')}:${field('nc')}:${field('cnonce')}:${field('qop')}`;
    const isRight =
      field('response') === hash(`${secret}:${middle}:${hash(`${method}:${path}`)}`) &&
      this.#givenNonces.delete(field('nonce')) &&
      field('username') === username;
    return isRight && this.schemes.includes(algorithm);
  }

  /** A refused token is a fault; without one a challenge (ONVIF Core, 5.9.1). */
  refusal(request: EmulatedRequest): EmulatedAnswer {
    if (this.takesTokens && !this.challengesTokens && tokenOf(request.body)) {
      const body = fault('Sender', 'NotAuthorized', 'Sender not authorized');
      return { status: 400, contentType: soapType, body };
    }
    const nonce = this.#options.nonce();
    this.#givenNonces.add(nonce);
    if (this.#givenNonces.size > noncesMax) this.#givenNonces.clear();
    const challenges = this.schemes.map((scheme) =>
      scheme === 'Basic'
        ? 'Basic realm="camera"'
        : `Digest realm="camera", qop="auth", nonce="${nonce}", algorithm=${scheme}`,
    );
    const body = '<!DOCTYPE html><html><body>401 Unauthorized</body></html>';
    return { status: 401, contentType: 'text/html', body, challenges };
  }
}

interface Token {
  readonly username: string;
  readonly digest: string;
  readonly nonce: string;
  readonly created: string;
}

function tokenOf(body: string): Token | undefined {
  const field = (name: string) =>
    new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)<`).exec(body)?.[1] ?? '';
  if (!/<(?:\w+:)?UsernameToken/.test(body)) return undefined;
  return {
    username: field('Username'),
    digest: field('Password'),
    nonce: field('Nonce'),
    created: field('Created'),
  };
}
