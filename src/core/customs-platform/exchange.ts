/** What a gate and the customs gate platform (海关卡口平台) tell each other about one vehicle, in the gate's own words. */
import type { Direction } from '../facts.ts';
import type { PassageId } from '../identity.ts';

/** One consignment of what is on the truck. */
export interface ToldConsignment {
  readonly formId: string;
  readonly billId?: string;
  readonly packages?: number;
  readonly grossWeightKg?: number;
}

/** What was read of a vehicle and is known of it: all that the platform is told. */
export interface PlatformCapture {
  readonly plate?: string;
  readonly tags: readonly string[];
  readonly vehicleCustomsNumber?: string;
  readonly vehicleTareKg?: number;
  readonly driverId?: string;
  readonly carrierId?: string;
  /** Kind of trade by the platform's own list, `G_TYPE`; absent where no plan tells it. */
  readonly trade?: string;
  /** Kind of load by the platform's own list, `TRAF_TYPE`. */
  readonly load?: string;
  /** Numbers with a right check digit: of a single box, or of the front one. */
  readonly frontContainer?: string;
  readonly rearContainer?: string;
  readonly containerCount: number;
  /** Not every box was read with a right number, or nobody looked. */
  readonly isContainerReadingAbnormal: boolean;
  readonly grossWeightKg?: number;
  readonly seals: readonly string[];
  readonly consignments: readonly ToldConsignment[];
}

/** Numbers that an answer has to bear to be one to this question. */
export interface PlatformAddress {
  /** Of the premises, 10 characters. */
  readonly premises: string;
  /** Of the lane, 10 characters. */
  readonly lane: string;
  readonly direction: Direction;
}

/** The link that a lane has to its platform. */
export interface PlatformLink extends Omit<PlatformAddress, 'direction'> {
  /** Wait for the answer, ms. */
  readonly answerWithinMs: number;
}

export interface PlatformQuestion extends PlatformAddress {
  readonly passageId: PassageId;
  readonly capture: PlatformCapture;
}

/** An answer as it came, whatever it belongs to. */
export interface PlatformAnswer extends PlatformAddress {
  readonly seqNo: string;
  /** As it was written; what it means is `readStatusWord`. */
  readonly word: string;
  /** What the platform wants shown. It decides nothing. */
  readonly hint?: string;
  /** Kind and number of the document that the platform judged by. */
  readonly formType?: string;
  readonly formId?: string;
}

/** How a question of a passage ended, as it stands in the inputs of the decision. */
export type PlatformPart =
  /** Nobody has asked: a dry run, or a vehicle that a person acts on before it was judged. */
  | { readonly kind: 'notAsked' }
  /** It could not be asked, or what it answered could not be read. */
  | { readonly kind: 'failed'; readonly seqNo?: string; readonly code: string }
  | { readonly kind: 'silent'; readonly seqNo: string; readonly waitedMs: number }
  | {
      readonly kind: 'answered';
      readonly seqNo: string;
      readonly word: string;
      readonly hint?: string;
      readonly formType?: string;
      readonly formId?: string;
      /** From the answer to the decision, ms. */
      readonly ageMs: number;
    };

/** What became of a question, at once: its number, or why it was not asked. */
export type PlatformAsked =
  | { readonly kind: 'asked'; readonly seqNo: string }
  | { readonly kind: 'failed'; readonly code: string };

/** What comes of a question later. */
export type PlatformTold =
  | { readonly kind: 'answered'; readonly answer: PlatformAnswer }
  /** It did not reach the platform, or what came back could not be read. */
  | {
      readonly kind: 'failed';
      /** Of the lane, as customs numbers it. */
      readonly lane: string;
      readonly seqNo: string;
      readonly code: string;
    };
