/** The first entry of an epoch: what key it is signed by, why it began, and what it follows. */
import type { CheckpointSigner } from '../../core/journal/checkpoint.ts';
import { checkpointOrigin } from '../../core/journal/checkpoint.ts';
import type { EventDraft } from '../../core/journal/events.ts';
import { epochNote, type KnownHead } from '../../core/journal/statements.ts';
import { base64 } from './journal-bytes.ts';
import { StoreError } from './open-database.ts';

/** How a ledger that was put back from a copy goes on. */
export interface Restored {
  /** Who has done it; stands in the journal. */
  readonly person: string;
  /** Newest entry that is known of elsewhere, at the centre perhaps, where it reaches beyond the copy. */
  readonly lastKnown?: KnownHead;
}

export interface EpochBeginning {
  readonly siteId: string;
  readonly gateId: string;
  readonly epoch: string;
  readonly atMs: number;
  readonly signer: CheckpointSigner;
  readonly restored?: Restored;
  /** What the file ends with, and the key that was announced there; absent of an empty file. */
  readonly previous?: KnownHead;
  readonly announced?: string;
}

export function epochStarted(beginning: EpochBeginning): EventDraft {
  const { siteId, gateId, epoch, atMs, signer, restored } = beginning;
  const verifierKey = signer.verifierKey(checkpointOrigin(siteId, gateId, epoch));
  return {
    type: 'epoch.started.v1',
    subject: gateId,
    timeMs: atMs,
    data: {
      reason: restored ? 'restored' : 'created',
      siteId,
      gateId,
      verifierKey,
      ...(restored && followed(beginning, restored)),
    },
  };
}

function followed(
  { siteId, gateId, epoch, signer, previous, announced }: EpochBeginning,
  { person, lastKnown }: Restored,
): EventDraft['data'] {
  if (!previous) return { person, ...(lastKnown && { lastKnown }) };
  const name = checkpointOrigin(siteId, gateId, previous.epoch);
  const origin = checkpointOrigin(siteId, gateId, epoch);
  const told = { previous, ...(lastKnown && { lastKnown }) };
  const verifierKey = signer.verifierKey(origin);
  // Another key cannot sign for what that one has signed: a verifier then has to be given it.
  const isSame = signer.verifierKey(name) === announced;
  const note = isSame && epochNote({ origin, verifierKey, ...told }, { name, signer }, base64);
  return { person, ...told, ...(note && { note }) };
}

/** Why a ledger is not opened with this key; undefined where it is the one that the log announces. */
export function foreignKey(own: string, announced: string | undefined): StoreError | undefined {
  if (announced === undefined || announced === own) return undefined;
  const [ownName, announcedName] = [own, announced].map((key) => key.split('+')[0]);
  const mismatch =
    ownName === announcedName
      ? `the log announces the key ${announced}, the key file holds ${own}`
      : `the log belongs to ${announcedName}, the configuration names ${ownName}`;
  return new StoreError(
    'store-key-foreign',
    mismatch,
    'put the signing-key.pem of this gate back; if it is lost, go on in a new epoch with `kakou journal begin-epoch`',
  );
}
