import { type Static, Type } from '@sinclair/typebox';

export const StreamProfile = Type.Object({}, { additionalProperties: true });
export type StreamProfile = Static<typeof StreamProfile>;
