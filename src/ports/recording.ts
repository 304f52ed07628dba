/** What the flight recorder keeps: raw traffic of each device, and what the lanes made of it. */
import type { PlatformAsked } from '../core/customs-platform/exchange.ts';
import type { GatheredFacts } from '../core/facts.ts';
import type { EventDraft } from '../core/journal/events.ts';
import type { PersonAct } from '../core/lane/acts/person-act.ts';
import type { ServiceAct } from '../core/lane/lane-act.ts';
import type { Instant } from '../core/time.ts';
import type { DeviceNotification, ModbusRequest, PushAnswer } from '../driver-kit/contract.ts';
import type { PlatformHeard } from './gate-platform.ts';
import type { CommitResult } from './ledger.ts';
import type { ExchangeResult } from './transport.ts';

/** Secrets have been taken out and pictures shortened before a text or a body stands here. */
export type RecordedEvent =
  /** `nonce` of a stream's opening. */
  | { readonly kind: 'opened'; readonly nonce?: number }
  | { readonly kind: 'openFailed'; readonly code: string; readonly detail: string }
  /** The line was lost. */
  | { readonly kind: 'closed'; readonly code: string; readonly detail: string }
  /** kakou gave the line up. */
  | { readonly kind: 'hungUp' }
  | { readonly kind: 'received'; readonly bytes: Uint8Array; readonly cutBytes?: number }
  | { readonly kind: 'sent'; readonly bytes: Uint8Array; readonly cutBytes?: number }
  | RecordedExchange
  | {
      readonly kind: 'posted';
      readonly contentType: string;
      readonly body: Uint8Array;
      /** Bytes of pictures, or of a body beyond the limit, that were left out. */
      readonly cutBytes?: number;
      readonly answer: Pick<PushAnswer, 'status'>;
    }
  | { readonly kind: 'fetched'; readonly notifications: readonly DeviceNotification[] }
  | { readonly kind: 'faulted'; readonly code: string; readonly detail: string }
  | { readonly kind: 'lost'; readonly code: string; readonly detail: string }
  /** A look-up of a lane, as it was answered. */
  | { readonly kind: 'facts'; readonly facts: GatheredFacts }
  | { readonly kind: 'factsFailed'; readonly detail: string }
  | {
      readonly kind: 'committed';
      readonly events: readonly EventDraft[];
      readonly isDecision: boolean;
      readonly result: CommitResult['kind'];
    }
  | RecordedAct
  | RecordedPlatform;

/** Questions to the customs gate platform, and what came of them. */
export type RecordedPlatform =
  | {
      readonly kind: 'platformAsked';
      /** Of the lane, as customs numbers it. */
      readonly lane: string;
      readonly asked: PlatformAsked;
    }
  | { readonly kind: 'platformHeard'; readonly heard: PlatformHeard };

/** What a person did, before anything came of it. A second person's consent is an act of its own. */
export type RecordedAct =
  | { readonly kind: 'acted'; readonly laneId: string; readonly act: PersonAct }
  | {
      readonly kind: 'ordered';
      readonly laneId: string;
      readonly act: ServiceAct;
      readonly person: string;
    };

/** One exchange, or several in a row that were answered alike. */
export interface RecordedExchange {
  readonly kind: 'exchange';
  readonly request: ModbusRequest;
  readonly result: ExchangeResult;
  /** Of the first of them, on the monotonic clock, ms. */
  readonly requestedMs: number;
  /** When the last of them was answered, on the monotonic clock, ms. */
  readonly lastMs: number;
  /** How many followed the first. */
  readonly repeats: number;
}

export interface RecordedEntry {
  /** Rises over all sources in the order of recording. */
  readonly sequence: number;
  /** When it happened: a chunk, when it arrived; a post, before it was judged. */
  readonly at: Instant;
  /** A device's id, or `gateSource`. */
  readonly source: string;
  /** The beginning of a connection that is older than the rest of the recording. */
  readonly isHead?: true;
  readonly event: RecordedEvent;
}

/** Look-ups, commits, acts and the customs gate platform, of all lanes. No device may bear it: an id begins with a letter or digit. */
export const gateSource = '@gate';

/** A source's part of a recording: what no longer is there. */
export interface SourceLoss {
  readonly source: string;
  /** Entries that gave way to newer ones. */
  readonly dropped: number;
}

export interface Recording {
  /** In the order of their times, beginnings of connections first. */
  readonly entries: Iterable<RecordedEntry>;
  readonly losses: readonly SourceLoss[];
}

/** Why a recording was written. */
export interface RecordingCause {
  readonly trigger: 'asked' | 'device' | 'alarm' | 'passage';
  /** Fault code, alarm code or outcome. */
  readonly code?: string;
  readonly subject?: string;
}

export interface RecordingStore {
  /** Writes a file; resolves with its path, rejects where it could not be written. */
  save(recording: Recording, cause: RecordingCause): Promise<string>;
}
