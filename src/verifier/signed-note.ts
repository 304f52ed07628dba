/** C2SP signed notes and their Ed25519 keys, written from the specification and not from the writer's code. */
import { createHash, createPublicKey, verify } from 'node:crypto';

/** `name+keyid+base64(0x01 ‖ key)`. */
export interface VerifierKey {
  readonly text: string;
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ "\n" ‖ 0x01 ‖ key), hexadecimal. */
  readonly id: string;
  readonly key: Buffer;
}

/** Undefined where the text is no key, or its id is not that of its bytes. */
export function parseVerifierKey(text: unknown): VerifierKey | undefined {
  const match =
    typeof text === 'string' ? /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) : null;
  if (!match) return undefined;
  const [whole, name = '', id = '', encoded = ''] = match;
  const typed = Buffer.from(encoded, 'base64');
  if (typed.length !== 33 || typed[0] !== 1 || typed.toString('base64') !== encoded)
    return undefined;
  const own = createHash('sha256').update(`${name}\n`).update(typed).digest('hex').slice(0, 8);
  return own === id ? { text: whole, name, id, key: typed.subarray(1) } : undefined;
}

export interface SignedNote {
  /** With its last line feed: what was signed. */
  readonly text: string;
  readonly lines: readonly string[];
  readonly name: string;
  readonly keyId: string;
  readonly signature: Buffer;
}

/** A note with one signature, which is all that a gate writes; undefined of anything else. */
export function parseNote(note: unknown): SignedNote | undefined {
  const match = typeof note === 'string' ? /^([\s\S]*\n)\n— (\S+) (\S+)\n$/.exec(note) : null;
  if (!match) return undefined;
  const [, text = '', name = '', encoded = ''] = match;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 68 || bytes.toString('base64') !== encoded) return undefined;
  const keyId = bytes.toString('hex', 0, 4);
  return { text, lines: text.slice(0, -1).split('\n'), name, keyId, signature: bytes.subarray(4) };
}

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

function isSignedBy(text: string, signature: Buffer, { key }: VerifierKey): boolean {
  const publicKey = createPublicKey({
    key: Buffer.concat([spkiPrefix, key]),
    format: 'der',
    type: 'spki',
  });
  return verify(null, Buffer.from(text, 'utf8'), publicKey, signature);
}

/** A note by this very key, under its name. */
export function isNoteOf(note: SignedNote, key: VerifierKey): boolean {
  return (
    note.name === key.name && note.keyId === key.id && isSignedBy(note.text, note.signature, key)
  );
}

export interface CheckpointLines {
  readonly origin: string;
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** The three lines of a checkpoint; undefined where the note is of another kind. */
export function checkpointOf({ lines }: SignedNote): CheckpointLines | undefined {
  const [origin = '', size = '', root = '', ...more] = lines;
  if (more.length > 0 || !/^(0|[1-9]\d{0,15})$/.test(size)) return undefined;
  return Buffer.from(root, 'base64').toString('base64') === root
    ? { origin, size: Number(size), root }
    : undefined;
}

/** What a key rotation states, checked as far as the two keys go: the old one's signature and the new one's. */
export function rotatedKey(
  data: Readonly<Record<string, unknown>>,
  at: { readonly key: VerifierKey; readonly sequence: number },
): VerifierKey | string {
  const next = parseVerifierKey(data['verifierKey']);
  if (!next) return 'the entry names no key';
  if (next.name !== at.key.name) return `the new key is named ${next.name}, the log ${at.key.name}`;
  const note = parseNote(data['note']);
  if (!note) return 'the entry has no signed note';
  if (!isNoteOf(note, at.key)) return `the note is not signed by ${at.key.text}`;
  const [origin, kind, sequence, key, possession = '', ...more] = note.lines;
  const isWhole = origin === at.key.name && kind === 'key-rotation' && more.length === 0;
  if (!isWhole || key !== next.text) return 'the note says something else than the entry';
  if (sequence !== String(at.sequence)) return `the note belongs to entry ${sequence}`;
  const proven = `${next.name}\nkey-possession\n${sequence}\n${at.key.text}\n${next.text}\n`;
  return isSignedBy(proven, Buffer.from(possession, 'base64'), next)
    ? next
    : 'the new key does not prove that whoever announced it has it';
}
