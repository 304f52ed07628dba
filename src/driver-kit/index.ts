/** The door between devices and the daemon: everything a driver may use, and nothing else. */
export { type Static, type TSchema, Type } from '@sinclair/typebox';
export { parseTag } from '../core/identifiers/tag.ts';
export type { PlateColour } from '../core/identifiers/vehicle-plate.ts';
export * from '../core/observation.ts';
export type { ClockState, Instant } from '../core/time.ts';
export * from './contract.ts';
export * from './multipart.ts';
export * from './onvif-message.ts';
export { lintAddress } from './profile/address.ts';
export { writeCheck } from './profile/checksums.ts';
export { DisplayProfile, RowContents } from './profile/display.ts';
export type { ProfileFinding } from './profile/finding.ts';
export { hexBytes } from './profile/frame-rules.ts';
export { hexOf } from './profile/hex.ts';
export { ProfileStreamSession, type StreamSettings } from './profile/interpreter.ts';
export { IsapiProfile } from './profile/isapi.ts';
export {
  cameraTimeMs,
  lintIsapiProfile,
  proveIsapiPush,
  proveIsapiStream,
} from './profile/isapi-lint.ts';
export { LlrpAntennas, LlrpProfile, LlrpTransmit } from './profile/llrp.ts';
export { ModbusProfile } from './profile/modbus.ts';
export { lintModbusProfile } from './profile/modbus-lint.ts';
export { proveModbusProfile } from './profile/modbus-proof.ts';
export {
  type InputWire,
  type LanePoint,
  lanePoints,
  type WiredInput,
  type WiredOutput,
  Wiring,
} from './profile/modbus-wiring.ts';
export { lintWiring } from './profile/modbus-wiring-lint.ts';
export { OnvifProfile } from './profile/onvif.ts';
export { lintOnvifProfile, proveOnvifProfile } from './profile/onvif-lint.ts';
export { PlcProfile } from './profile/plc.ts';
export { provePlcProfile } from './profile/plc-proof.ts';
export { type ContainerMap, type PlateMap, PushProfile } from './profile/push.ts';
export { answerOrders, lintPushProfile, provePushProfile } from './profile/push-lint.ts';
export type { FirmwareProfile } from './profile/schema.ts';
export type { StreamProfile } from './profile/stream.ts';
export * from './push-body.ts';
export { type DisplayEncoding, encodedRow } from './text-encoding.ts';
export * from './xml.ts';
