/**
 * A checkpoint says how long the log is and what its root is (C2SP tlog-checkpoint), signed as a note (C2SP
 * signed-note, Ed25519). Text only: base64 and signature are handed in.
 */

/** Name of the log: it also names the signing key. */
export function checkpointOrigin(siteId: string, gateId: string, epoch: string): string {
  return `kakou/${siteId}/${gateId}/${epoch}`;
}

export interface CheckpointSigner {
  /** First four bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ public key). */
  keyId(name: string): Uint8Array;
  /** Ed25519 over the UTF-8 bytes of the text. */
  sign(text: string): Uint8Array;
  /** `name+keyid+base64(0x01 ‖ public key)`. */
  verifierKey(name: string): string;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export function checkpointText(
  checkpoint: Checkpoint,
  base64: (bytes: Uint8Array) => string,
): string {
  return `${checkpoint.origin}\n${checkpoint.size}\n${base64(checkpoint.root)}\n`;
}

export function signedNote(
  text: string,
  name: string,
  signer: CheckpointSigner,
  base64: (bytes: Uint8Array) => string,
): string {
  const signature = Uint8Array.of(...signer.keyId(name), ...signer.sign(text));
  return `${text}\n— ${name} ${base64(signature)}\n`;
}
