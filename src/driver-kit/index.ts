/** The door between devices and the daemon: everything a driver may use, and nothing else. */
export * from '../core/observation.ts';
export type { ClockState, Instant } from '../core/time.ts';
export * from './contract.ts';
export type { FirmwareProfile } from './profile/schema.ts';
