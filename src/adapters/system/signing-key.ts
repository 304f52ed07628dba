/**
 * The gate's own Ed25519 key: made at the first start, readable by the daemon's user alone. While another key takes its
 * place both are on the disk, and which of them holds is what the log says: whatever moment the power fails at, the gate
 * starts with the key that its log announces.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import type { CheckpointSigner } from '../../core/journal/checkpoint.ts';

const ed25519Note = 0x01;

export class SigningKeys {
  readonly #file: string;
  readonly #nextFile: string;

  constructor(directory: string) {
    this.#file = join(directory, 'signing-key.pem');
    this.#nextFile = join(directory, 'signing-key.next.pem');
  }

  /**
   * The key to sign with, given the verifier key that the log announces; of a new log none. A change of keys that was
   * cut off is carried out where the log has it already, and forgotten where not. Throws what the disk says.
   */
  settled(announced: string | undefined): CheckpointSigner {
    const next = existsSync(this.#nextFile) ? keyIfWhole(this.#nextFile) : undefined;
    if (next && announced !== undefined && isKeyOf(checkpointSigner(next), announced)) this.adopt();
    else rmSync(this.#nextFile, { force: true });
    return checkpointSigner(loadOrCreateSigningKey(this.#file));
  }

  /** Makes the key that is to come and puts it beside the one that holds; one that is there already is taken. */
  prepare(): CheckpointSigner {
    return checkpointSigner(keyIfWhole(this.#nextFile) ?? createKey(this.#nextFile));
  }

  /** The next key is announced: it takes the place of the old one, which is gone with that. */
  adopt(): void {
    renameSync(this.#nextFile, this.#file);
    syncFolderOf(this.#file);
  }
}

export function loadOrCreateSigningKey(file: string): KeyObject {
  return existsSync(file) ? readKey(file) : createKey(file);
}

function readKey(file: string): KeyObject {
  const key = createPrivateKey(readFileSync(file));
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${file} is no Ed25519 private key`);
  return key;
}

function keyIfWhole(file: string): KeyObject | undefined {
  try {
    return readKey(file);
  } catch {
    return undefined;
  }
}

/** Under its name only when it is whole and on the disk: half a key would keep the gate from starting. */
function createKey(file: string): KeyObject {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ed25519');
  const unfinished = `${file}.part`;
  rmSync(unfinished, { force: true });
  const handle = openSync(unfinished, 'wx', 0o600);
  try {
    writeSync(handle, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  renameSync(unfinished, file);
  syncFolderOf(file);
  return privateKey;
}

function syncFolderOf(file: string): void {
  const handle = openSync(dirname(file), 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

const probeName = 'kakou';

/** Whether a verifier key, whatever its name, is of this key. */
function isKeyOf(signer: CheckpointSigner, verifierKey: string): boolean {
  const typedKey = (text: string) => text.slice(-typedKeyLength);
  return typedKey(signer.verifierKey(probeName)) === typedKey(verifierKey);
}

/** Base64 of 33 bytes. */
const typedKeyLength = 44;

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
