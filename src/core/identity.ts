import type { Brand } from './brand.ts';

/** One lane (通道) of a gate. */
export type LaneId = Brand<string, 'LaneId'>;
/** A place ahead of the lanes: a portal, a shared weighbridge. */
export type StationId = Brand<string, 'StationId'>;
/** One configured device. */
export type DeviceId = Brand<string, 'DeviceId'>;
/** One vehicle's way through one lane (过卡记录). */
export type PassageId = Brand<string, 'PassageId'>;
/** One decision of one passage; a passage may be decided again after a correction. */
export type DecisionId = Brand<string, 'DecisionId'>;
/** One command to a barrier, used at most once. */
export type CommandId = Brand<string, 'CommandId'>;
/** A tractor's stay in the premises (进出场). */
export type VisitId = Brand<string, 'VisitId'>;
/** An open case for a clerk (异常). */
export type ExceptionId = Brand<string, 'ExceptionId'>;

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;

/** Text of a configured identifier: 1 to 32 letters, digits, dot, underscore, hyphen; safe in a topic and a path. */
function isIdText(text: string): boolean {
  return idPattern.test(text);
}

function parseId<Id extends string>(what: string) {
  return (text: string): Id => {
    if (!isIdText(text)) {
      throw new RangeError(
        `${what} "${text}" must be 1 to 32 of A-Z a-z 0-9 . _ - and start with a letter or digit`,
      );
    }
    return text as Id;
  };
}

export const parseLaneId = parseId<LaneId>('lane id');
export const parseStationId = parseId<StationId>('station id');
export const parseDeviceId = parseId<DeviceId>('device id');

/** A passage takes the id of the input that began it, so a replay yields the same one. */
export function passageIdOf(inputId: string): PassageId {
  return inputId as PassageId;
}

export function decisionIdOf(passageId: PassageId, attempt: number): DecisionId {
  return `${passageId}.d${attempt}` as DecisionId;
}

/** How many decisions of its passage there were with this one. */
export function attemptOf(decisionId: DecisionId): number {
  return Number(decisionId.slice(decisionId.lastIndexOf('.d') + 2));
}

/** `cause` is the id of the decision, or of the input, that the command follows from. */
export function commandIdOf(cause: string, action: string): CommandId {
  return `${cause}.${action}` as CommandId;
}

export function visitIdOf(passageId: PassageId): VisitId {
  return `v.${passageId}` as VisitId;
}

export function exceptionIdOf(cause: string): ExceptionId {
  return `x.${cause}` as ExceptionId;
}
