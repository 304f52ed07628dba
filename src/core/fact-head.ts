/** What every fact of the feed has, and the words that several kinds share. */

export type Direction = 'in' | 'out';

/** What a truck comes to do with a box or cargo, by its customs regime. */
export type TransactionType =
  | 'importLocal'
  | 'exportLocal'
  | 'importTransfer'
  | 'exportTransfer'
  | 'emptyContainer'
  | 'bobtail'
  | 'bonded'
  | 'distribution'
  | 'bondedEmptyTruck';

/** Pieces and weight of cargo; what is not stated is absent. */
export interface Quantity {
  readonly packages?: number;
  readonly grossWeightKg?: number;
}

/** Common to all facts: who says it, and which version it is. */
export interface FactHead {
  /** Stable id within source and kind. */
  readonly id: string;
  readonly source: string;
  readonly version: number;
  /** When the source says it held, ms since 1970. */
  readonly asOfMs: number;
}

/** Whether a registration is in force. */
export type RegistryStatus = 'valid' | 'expired' | 'blocked';
