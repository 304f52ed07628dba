/** The customs gate platform (海关卡口平台), as the gate needs it. */
import type {
  PlatformAsked,
  PlatformQuestion,
  PlatformTold,
} from '../core/customs-platform/exchange.ts';

/** What comes from it, or claims to. */
export type PlatformHeard =
  | PlatformTold
  /** It could not be read, or came from somebody else: it is of no question. */
  | { readonly kind: 'refused'; readonly code: string; readonly detail: string };

export interface GatePlatform {
  /**
   * Gives the question a number that no question of these premises ever had, and has it on the disk before this returns;
   * what comes of it is heard later. It never throws and waits for no network.
   */
  ask(question: PlatformQuestion): PlatformAsked;
  /** Called once, before anything is asked. */
  start(hear: (heard: PlatformHeard) => void): void;
  /** Resolves when nothing of it is open any more. */
  stop(): Promise<void>;
}
