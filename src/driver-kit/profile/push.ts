import { type Static, Type } from '@sinclair/typebox';

export const PushProfile = Type.Object({}, { additionalProperties: true });
export type PushProfile = Static<typeof PushProfile>;
