/**
 * HTTP sign-in as RFC 7616 (Digest) and RFC 7617 (Basic) have it, for one request. Of several challenges the
 * strongest that is known is answered; Basic, which tells the password itself, only where it is allowed.
 */
import { createHash, randomBytes } from 'node:crypto';

export interface SignIn {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly uri: string;
  readonly username: string;
  readonly password: string;
  readonly isBasicAllowed: boolean;
  /** Client nonce; random if left out. */
  readonly cnonce?: string;
}

interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Names of RFC 7616 to those of OpenSSL, the strongest first. */
const algorithms: readonly (readonly [name: string, hash: string])[] = [
  ['SHA-512-256', 'sha512-256'],
  ['SHA-256', 'sha256'],
  ['MD5', 'md5'],
];

/** Header that answers these `WWW-Authenticate` values; undefined where none of them can be answered. */
export function authorization(challenges: readonly string[], signIn: SignIn): string | undefined {
  const parsed = challenges.flatMap(parseChallenges);
  for (const [name, hash] of algorithms) {
    const challenge = parsed.find(
      ({ scheme, parameters }) =>
        scheme === 'digest' && algorithmOf(parameters).name === name && isAnswerable(parameters),
    );
    if (challenge) return digest(challenge.parameters, hash, signIn);
  }
  if (!signIn.isBasicAllowed || !parsed.some(({ scheme }) => scheme === 'basic')) return undefined;
  const { username, password } = signIn;
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

/** The nonce was good and is too old: the same sign-in with the new one is no refusal. */
export function isStale(challenges: readonly string[]): boolean {
  return challenges
    .flatMap(parseChallenges)
    .some(({ parameters }) => parameters['stale']?.toLowerCase() === 'true');
}

/** What a header may hold (RFC 9110): anything else cannot be sent back in one. */
const headerText = /^[\t\x20-\x7e\x80-\xff]*$/;

/** One header may hold several challenges: a word without a value begins the next. */
function parseChallenges(header: string): readonly Challenge[] {
  if (!headerText.test(header)) return [];
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  const part = /[\s,]*([\w!#$%&'*+.^`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/y;
  for (let match = part.exec(header); match; match = part.exec(header)) {
    const [, name = '', quoted, plain] = match;
    const value = quoted === undefined ? plain : quoted.replace(/\\(.)/g, '$1');
    const current = found.at(-1);
    if (value === undefined) found.push({ scheme: name.toLowerCase(), parameters: {} });
    else if (current) current.parameters[name.toLowerCase()] ??= value;
  }
  return found;
}

/** Without a name it is MD5. */
function algorithmOf({ algorithm = 'MD5' }: Challenge['parameters']) {
  const name = algorithm.toUpperCase();
  return { name: name.replace(/-SESS$/, ''), isSession: name.endsWith('-SESS') };
}

/** `auth-int` alone would need a digest of the body, which no camera asks for. */
function isAnswerable({ realm, nonce, qop }: Challenge['parameters']): boolean {
  const isAuth = qop === undefined || qop.split(',').some((each) => each.trim() === 'auth');
  return realm !== undefined && nonce !== undefined && isAuth;
}

function digest(parameters: Challenge['parameters'], hash: string, signIn: SignIn): string {
  const { realm = '', nonce = '', qop, opaque, algorithm, userhash } = parameters;
  const { method, uri, username, password } = signIn;
  const h = (text: string) => createHash(hash).update(text, 'utf8').digest('hex');
  const cnonce = signIn.cnonce ?? randomBytes(16).toString('base64');
  const nc = '00000001';
  const secret = h(`${username}:${realm}:${password}`);
  const a1 = algorithmOf(parameters).isSession ? h(`${secret}:${nonce}:${cnonce}`) : secret;
  const a2 = h(`${method}:${uri}`);
  const isHashed = userhash?.toLowerCase() === 'true';
  const response =
    qop === undefined ? h(`${a1}:${nonce}:${a2}`) : h(`${a1}:${nonce}:${nc}:${cnonce}:auth:${a2}`);
  const fields = [
    `username=${quote(isHashed ? h(`${username}:${realm}`) : username)}`,
    `realm=${quote(realm)}`,
    `nonce=${quote(nonce)}`,
    `uri=${quote(uri)}`,
    `response="${response}"`,
    ...(algorithm === undefined ? [] : [`algorithm=${algorithm}`]),
    ...(opaque === undefined ? [] : [`opaque=${quote(opaque)}`]),
    ...(qop === undefined ? [] : ['qop=auth', `nc=${nc}`, `cnonce=${quote(cnonce)}`]),
    ...(isHashed ? ['userhash=true'] : []),
  ];
  return `Digest ${fields.join(', ')}`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
