/** The gate's own Ed25519 key: made at the first start, readable by the daemon's user alone. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { CheckpointSigner } from '../../core/journal/checkpoint.ts';

const ed25519Note = 0x01;

export function loadOrCreateSigningKey(file: string): KeyObject {
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync('ed25519');
    writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }), {
      mode: 0o600,
      flag: 'wx',
    });
  }
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is no Ed25519 private key`);
  return key;
}

/** Signs as C2SP signed-note prescribes for Ed25519. */
export function checkpointSigner(privateKey: KeyObject): CheckpointSigner {
  // The raw 32 bytes are the tail of the SPKI form (RFC 8410).
  const publicKey = createPublicKey(privateKey)
    .export({ type: 'spki', format: 'der' })
    .subarray(-32);
  const typedKey = Buffer.concat([Buffer.of(ed25519Note), publicKey]);
  const keyId = (name: string) =>
    createHash('sha256').update(`${name}\n`).update(typedKey).digest().subarray(0, 4);
  return {
    keyId,
    sign: (text) => sign(null, Buffer.from(text, 'utf8'), privateKey),
    verifierKey: (name) => `${name}+${keyId(name).toString('hex')}+${typedKey.toString('base64')}`,
  };
}
