import { type Static, Type } from '@sinclair/typebox';

export const ModbusProfile = Type.Object({}, { additionalProperties: true });
export type ModbusProfile = Static<typeof ModbusProfile>;
