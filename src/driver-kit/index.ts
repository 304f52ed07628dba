/** The door between devices and the daemon: everything a driver may use, and nothing else. */
export * from '../core/observation.ts';
export type { ClockState, Instant } from '../core/time.ts';
export * from './contract.ts';
export { hexBytes } from './profile/frame-rules.ts';
export { ProfileStreamSession, type StreamSettings } from './profile/interpreter.ts';
export type { ModbusProfile } from './profile/modbus.ts';
export type { PushProfile } from './profile/push.ts';
export {
  BodyFault,
  confidenceAt,
  numberAt,
  parseBody,
  refusedBody,
  textAt,
  valueAt,
} from './profile/push-body.ts';
export type { FirmwareProfile } from './profile/schema.ts';
export type { StreamProfile } from './profile/stream.ts';
