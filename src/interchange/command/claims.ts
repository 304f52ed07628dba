/** The payload of a signed command: JSON of one form, or why it is none. */
import { type Static, Type } from '@sinclair/typebox';
import { Ajv, type ErrorObject } from 'ajv';
import type { RemoteCommand } from '../../core/remote/command.ts';

const closed = { additionalProperties: false };
const text = (maxLength = 128) => Type.String({ minLength: 1, maxLength });
const words = <const W extends readonly string[]>(all: W) =>
  Type.Unsafe<W[number]>({ type: 'string', enum: [...all] });
/** Seconds since 1970, as in RFC 7519. */
const seconds = Type.Integer({ minimum: 0, maximum: 99_999_999_999 });

const subject = Type.Object({ kind: words(['vehicle', 'container']), name: text(16) }, closed);

const action = Type.Union([
  Type.Object({ kind: Type.Literal('approve'), actId: text() }, closed),
  Type.Object(
    {
      kind: Type.Literal('placeHold'),
      subject,
      instruction: words(['stop', 'inspect', 'escort']),
      reason: text(),
    },
    closed,
  ),
  Type.Object({ kind: Type.Literal('liftHold'), hold: text(), reason: text() }, closed),
  Type.Object({ kind: Type.Literal('recall'), subject, reason: text() }, closed),
  Type.Object(
    {
      kind: Type.Literal('policyNotice'),
      policyDigest: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      reason: text(),
    },
    closed,
  ),
]);

/** Claims of RFC 7519 by their names there. */
const Claims = Type.Object(
  {
    iss: text(64),
    aud: text(),
    jti: text(64),
    iat: seconds,
    exp: seconds,
    cmd_seq: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }),
    person: Type.Object(
      {
        name: text(64),
        role: words(['supervisor', 'customs-officer', 'remote-approver', 'service']),
      },
      closed,
    ),
    action,
  },
  closed,
);

const isClaims = new Ajv({ discriminator: false }).compile<Static<typeof Claims>>(Claims);

export type ParsedClaims =
  | { readonly kind: 'command'; readonly command: RemoteCommand }
  | { readonly kind: 'malformed'; readonly reason: string };

export function parseClaims(payload: string): ParsedClaims {
  let claims: unknown;
  try {
    claims = JSON.parse(payload);
  } catch {
    return { kind: 'malformed', reason: 'the payload is no JSON' };
  }
  if (!isClaims(claims)) return { kind: 'malformed', reason: reasonOf(isClaims.errors) };
  const { iss, aud, jti, iat, exp, cmd_seq, person } = claims;
  return {
    kind: 'command',
    command: {
      issuer: iss,
      audience: aud,
      commandId: jti,
      number: cmd_seq,
      issuedAtMs: iat * 1_000,
      expiresAtMs: exp * 1_000,
      person,
      action: claims.action as RemoteCommand['action'],
    },
  };
}

/** The same claims again, for whoever signs a command. */
export function claimsOf(command: RemoteCommand): Static<typeof Claims> {
  const { issuer, audience, commandId, number, issuedAtMs, expiresAtMs, person, action } = command;
  return {
    iss: issuer,
    aud: audience,
    jti: commandId,
    iat: Math.floor(issuedAtMs / 1_000),
    exp: Math.floor(expiresAtMs / 1_000),
    cmd_seq: number,
    person: person as Static<typeof Claims>['person'],
    action: action as Static<typeof Claims>['action'],
  };
}

function reasonOf(errors: readonly ErrorObject[] | null | undefined): string {
  const [first] = errors ?? [];
  return first ? `${first.instancePath || 'the payload'} ${first.message}` : 'not of its form';
}
