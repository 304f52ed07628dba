/**
 * Commands as JWS in compact form (RFC 7515) with Ed25519 (RFC 8037). Keys are pinned by the configuration: nothing
 * in a message names where a key could be found, and no other algorithm is taken.
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject } from 'node:crypto';
import { CompactSign, compactVerify, errors } from 'jose';
import type { CommandVerifier } from '../../ports/remote.ts';

const algorithm = 'EdDSA';
/** `typ` of the header: a token that was signed for something else is no command. */
export const commandType = 'kakou-command+jws';

/** Throws where the text holds no Ed25519 public key in PEM. */
export function publicKeyOf(pem: string): KeyObject {
  const key = createPublicKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key');
  return key;
}

export function commandVerifier(keys: ReadonlyMap<string, KeyObject>): CommandVerifier {
  return {
    async verify(token) {
      let keyId = '';
      try {
        const { payload, protectedHeader } = await compactVerify(
          token,
          ({ kid = '' }) => {
            const key = keys.get(kid);
            if (!key) throw new UnknownKey(kid);
            keyId = kid;
            return key;
          },
          { algorithms: [algorithm] },
        );
        if (protectedHeader.typ !== commandType) {
          const detail = `its type is ${protectedHeader.typ ?? 'not given'}, not ${commandType}`;
          return { kind: 'refused', code: 'remote-unsigned', detail };
        }
        const digest = hash('sha256', token, 'hex');
        return { kind: 'signed', keyId, payload: new TextDecoder().decode(payload), digest };
      } catch (error) {
        if (error instanceof UnknownKey)
          return { kind: 'refused', code: 'remote-key-unknown', detail: error.message };
        const isForged = error instanceof errors.JWSSignatureVerificationFailed;
        const { message } = error as Error;
        return {
          kind: 'refused',
          code: isForged ? 'remote-unsigned' : 'remote-malformed',
          detail: message.slice(0, 200),
        };
      }
    },
  };
}

class UnknownKey extends Error {
  constructor(keyId: string) {
    super(`the key ${JSON.stringify(keyId.slice(0, 64))} is not pinned`);
  }
}

/** A command as the centre sends it. Throws where `pem` holds no Ed25519 private key. */
export async function signCommand(
  claims: object,
  { keyId, pem }: { readonly keyId: string; readonly pem: string },
): Promise<string> {
  const key = createPrivateKey(pem);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('it is no Ed25519 key');
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: algorithm, kid: keyId, typ: commandType })
    .sign(key);
}
