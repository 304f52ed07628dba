/**
 * Schema of a firmware profile: the data half of a driver. Its head is common; exactly one of `profileBlocks` says how
 * the wire is read. A profile holds no expressions and no scripts, and carries the test frames that prove it. The JSON schema for editors is generated from here.
 */
import { type Static, Type } from '@sinclair/typebox';
import { DisplayProfile } from './display.ts';
import { IsapiProfile } from './isapi.ts';
import { LlrpProfile } from './llrp.ts';
import { ModbusProfile } from './modbus.ts';
import { OnvifProfile } from './onvif.ts';
import { PlcProfile } from './plc.ts';
import { PushProfile } from './push.ts';
import { StreamProfile } from './stream.ts';

const Provenance = Type.Object(
  {
    source: Type.String({
      minLength: 1,
      description: 'Where the fact stands: document with page or section, or capture.',
    }),
    level: Type.Union([Type.Literal('manual'), Type.Literal('capture'), Type.Literal('belief')], {
      description: '`belief`: nobody has seen it; the profile is experimental.',
    }),
    covers: Type.Optional(Type.String({ description: 'Which facts of the profile.' })),
  },
  { additionalProperties: false },
);

export const FirmwareProfile = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'For editors: `../profile.schema.json`.' })),
    schema: Type.Literal('kakou.profile/1', { description: 'Version of this format.' }),
    kind: Type.Union(
      [
        Type.Literal('weighbridge'),
        Type.Literal('rfidReader'),
        Type.Literal('plateCamera'),
        Type.Literal('containerCamera'),
        Type.Literal('ioModule'),
        Type.Literal('display'),
      ],
      { description: 'What the device is.' },
    ),
    make: Type.String({ minLength: 1, description: 'Maker, or `several`.' }),
    model: Type.String({ minLength: 1, description: 'Model or family.' }),
    variant: Type.Optional(
      Type.String({ description: 'Setting or firmware that this profile is for.' }),
    ),
    driver: Type.String({ minLength: 1, description: 'Name of the driver that reads it.' }),
    provenance: Type.Array(Provenance, {
      minItems: 1,
      description: 'Where the facts of the profile come from.',
    }),
    experimental: Type.Boolean({
      description: 'True where any fact it rests on is not sourced: the daemon says so at start.',
    }),
    notes: Type.Optional(
      Type.Array(Type.String(), { description: 'What an operator must know about it.' }),
    ),
    stream: Type.Optional(StreamProfile),
    modbus: Type.Optional(ModbusProfile),
    push: Type.Optional(PushProfile),
    llrp: Type.Optional(LlrpProfile),
    plc: Type.Optional(PlcProfile),
    onvif: Type.Optional(OnvifProfile),
    isapi: Type.Optional(IsapiProfile),
    display: Type.Optional(DisplayProfile),
  },
  { additionalProperties: false },
);
export type FirmwareProfile = Static<typeof FirmwareProfile>;

/** Members that say how the wire is read; a profile has exactly one. */
export const profileBlocks = [
  'stream',
  'modbus',
  'push',
  'llrp',
  'plc',
  'onvif',
  'isapi',
  'display',
] as const satisfies readonly (keyof FirmwareProfile)[];
export type ProfileBlock = (typeof profileBlocks)[number];
