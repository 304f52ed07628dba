/**
 * Schema of a firmware profile: the data half of a driver. Its head is common; exactly one of `stream`,
 * `modbus`, `push`, `onvif` says how the wire is read. A profile holds no expressions and no scripts, and carries the
 * test frames that prove it. The JSON schema for editors is generated from here.
 */
import { type Static, Type } from '@sinclair/typebox';
import { ModbusProfile } from './modbus.ts';
import { OnvifProfile } from './onvif.ts';
import { PushProfile } from './push.ts';
import { StreamProfile } from './stream.ts';

const Provenance = Type.Object(
  {
    /** Where the fact stands: document with page or section, or capture. */
    source: Type.String({ minLength: 1 }),
    level: Type.Union([Type.Literal('manual'), Type.Literal('capture'), Type.Literal('belief')]),
    covers: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

export const FirmwareProfile = Type.Object(
  {
    $schema: Type.Optional(Type.String()),
    schema: Type.Literal('kakou.profile/1'),
    kind: Type.Union([
      Type.Literal('weighbridge'),
      Type.Literal('rfidReader'),
      Type.Literal('plateCamera'),
      Type.Literal('containerCamera'),
      Type.Literal('ioModule'),
    ]),
    make: Type.String({ minLength: 1 }),
    model: Type.String({ minLength: 1 }),
    variant: Type.Optional(Type.String()),
    /** Name of the driver that reads it. */
    driver: Type.String({ minLength: 1 }),
    provenance: Type.Array(Provenance, { minItems: 1 }),
    /** True where any fact it rests on is not sourced: the daemon says so at start. */
    experimental: Type.Boolean(),
    notes: Type.Optional(Type.Array(Type.String())),
    stream: Type.Optional(StreamProfile),
    modbus: Type.Optional(ModbusProfile),
    push: Type.Optional(PushProfile),
    onvif: Type.Optional(OnvifProfile),
  },
  { additionalProperties: false },
);
export type FirmwareProfile = Static<typeof FirmwareProfile>;
