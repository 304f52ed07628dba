/** Sign-in of the emulated camera: HTTP Digest (RFC 7616), and an account that locks after five refusals. */

export interface EmulatedSignInOptions {
  readonly username: string;
  readonly password: string;
  /** Digest in hexadecimal; the machine itself knows no cryptography. */
  hash(algorithm: 'md5' | 'sha256', text: string): string;
  /** A nonce, unlike any before. */
  nonce(): string;
}

const noncesMax = 100;
const lockAfter = 5;
const lockMs = 1_800_000;

export class EmulatedSignIn {
  password: string;
  /** What it offers, each as a header of its own. */
  schemes: readonly ('MD5' | 'SHA-256')[] = ['MD5', 'SHA-256'];
  /** False: everybody is let in. */
  isRequired = true;
  refusals = 0;
  readonly #options: EmulatedSignInOptions;
  /** Nonces it gave away and has not seen again. */
  readonly #nonces = new Set<string>();
  #failures = 0;
  #lockedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: EmulatedSignInOptions) {
    this.#options = options;
    this.password = options.password;
  }

  isLocked(nowMs: number): boolean {
    return nowMs < this.#lockedUntilMs;
  }

  isAccepted(
    request: { method: string; path: string; authorization: string | undefined },
    nowMs: number,
  ): boolean {
    if (!this.isRequired) return true;
    if (request.authorization === undefined) return false;
    if (this.#isRight(request.authorization, request) && !this.isLocked(nowMs)) {
      this.#failures = 0;
      return true;
    }
    this.refusals += 1;
    this.#failures += 1;
    if (this.#failures >= lockAfter) this.#lockedUntilMs = nowMs + lockMs;
    return false;
  }

  challenges(): readonly string[] {
    const nonce = this.#options.nonce();
    this.#nonces.add(nonce);
    if (this.#nonces.size > noncesMax) this.#nonces.clear();
    return this.schemes.map(
      (scheme) =>
        `Digest qop="auth", realm="DS-2CD", nonce="${nonce}", stale="false", algorithm=${scheme}`,
    );
  }

  #isRight(header: string, { method, path }: { method: string; path: string }): boolean {
    if (!header.startsWith('Digest ')) return false;
    const field = (name: string) => new RegExp(`[ ,]${name}="?([^",]*)"?`).exec(header)?.[1] ?? '';
    const scheme = field('algorithm') === 'SHA-256' ? 'SHA-256' : 'MD5';
    const hash = (text: string) => this.#options.hash(scheme === 'MD5' ? 'md5' : 'sha256', text);
    const secret = hash(`${this.#options.username}:DS-2CD:${this.password}`);
    const middle = `${field('nonce')}:${field('nc')}:${field('cnonce')}:${field('qop')}`;
    const expected = hash(`${secret}:${middle}:${hash(`${method}:${path}`)}`);
    return (
      this.#nonces.delete(field('nonce')) &&
      field('uri') === path &&
      field('username') === this.#options.username &&
      field('response') === expected &&
      this.schemes.includes(scheme)
    );
  }
}
