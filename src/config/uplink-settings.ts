/** How the gate reaches the supervision centre, and who of it may command the gate. */
import { Type } from '@sinclair/typebox';
import { closed, words } from './schema-parts.ts';

export const UplinkSettings = Type.Object(
  {
    url: Type.String({
      pattern: '^(mqtt|mqtts|ws|wss)://[^@]+$',
      description: "The centre's broker as mqtt://host:port, without user and password in it",
    }),
    protocol: words(['auto', '5', '3.1.1'], { default: 'auto', description: 'MQTT version' }),
    username: Type.Optional(Type.String({ minLength: 1 })),
    passwordFile: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'File that holds the password and nothing else',
      }),
    ),
    commandKeys: Type.Optional(
      Type.Array(
        Type.Object(
          {
            keyId: Type.String({
              minLength: 1,
              maxLength: 64,
              description: 'Name of the key, as `kid` of a command has it',
            }),
            publicKeyFile: Type.String({
              minLength: 1,
              description: 'File with the Ed25519 public key in PEM (SubjectPublicKeyInfo)',
            }),
          },
          closed,
        ),
        {
          minItems: 1,
          maxItems: 8,
          description:
            'Keys of the centre that may command this gate; without them commands are not heard',
        },
      ),
    ),
  },
  closed,
);
