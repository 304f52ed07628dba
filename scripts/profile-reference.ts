/** The reference of the profile grammar, written from the schema that judges profiles. */
import { FirmwareProfile } from '../src/driver-kit/profile/schema.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema | readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

const otherBlocks = (name: string) => name !== 'stream' && isBlock(name);
const isBlock = (name: string) =>
  (FirmwareProfile.properties as Readonly<Record<string, Schema>>)[name]?.type === 'object';

export function profilesDocument(): string {
  const { properties, required } = FirmwareProfile as Schema;
  const head = Object.fromEntries(
    Object.entries(properties ?? {}).filter(([name]) => !otherBlocks(name)),
  );
  return [
    introduction,
    ...sections('The head', { properties: head, required: required ?? [] }),
    ending,
  ].join('\n');
}

/** The table of an object, and a section for each member that has members of its own. */
function sections(title: string, schema: Schema, path = ''): string[] {
  const members = Object.entries(schema.properties ?? {});
  const rows = members.map(([name, member]) => {
    const isRequired = schema.required?.includes(name) === true;
    return `| \`${name}\`${isRequired ? '' : ' ?'} | ${typeOf(member)} | ${cell(member.description ?? '')} |`;
  });
  const table = ['| Member | Type | Meaning |', '|---|---|---|', ...rows].join('\n');
  const inner = members.flatMap(([name, member]) => {
    const place = path === '' ? name : `${path}.${name}`;
    return shapesOf(member).flatMap(({ shape, suffix }) =>
      sections(
        `\`${place}${member.items ? '[]' : ''}\`${suffix}`,
        shape,
        place + (member.items ? '[]' : ''),
      ).map((text, i) =>
        i === 0 && shape.description && shape.description !== member.description
          ? text.replace('\n\n', `\n\n${shape.description}\n\n`)
          : text,
      ),
    );
  });
  return [`## ${title}\n\n${table}\n`, ...inner];
}

/** Objects that a member can be, with what is written behind its name for them. */
function shapesOf(member: Schema): readonly { shape: Schema; suffix: string }[] {
  if (member.properties) return [{ shape: member, suffix: '' }];
  const { items } = member;
  if (items && !Array.isArray(items)) {
    const item = items as Schema;
    return item.properties ? [{ shape: item, suffix: '' }] : [];
  }
  const objects = (member.anyOf ?? []).filter((each) => each.properties);
  return objects.map((shape) => ({
    shape,
    suffix: objects.length === 1 ? '' : ` with \`${distinctive(shape)}\``,
  }));
}

/** Members that must be there, by which the shapes of a union are told apart. */
const distinctive = ({ properties = {}, required = [] }: Schema): string =>
  Object.keys(properties)
    .filter((name) => required.includes(name))
    .slice(0, 2)
    .join('`, `');

function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return `\`${String(schema.const)}\``;
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(', ');
  if (schema.patternProperties) return 'object of integers';
  if (schema.type === 'array') {
    const { items } = schema;
    if (Array.isArray(items)) return `list of ${items.length}`;
    return `list of ${typeOf((items ?? {}) as Schema)}`;
  }
  const { minimum, maximum } = schema;
  if (minimum === undefined && maximum === undefined) return schema.type ?? 'any';
  return `${schema.type} ${minimum ?? '…'} to ${maximum ?? '…'}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

const introduction = `# Firmware profiles

Generated from the schema in \`src/driver-kit/profile\`. A profile is the data half of a driver: how one model writes on
its line, where each fact comes from, and frames that prove it. It holds no expressions and no scripts. How to write one:
[add a model](../how-to/add-a-model.md). \`kakou profile lint\` judges it.

This page describes the head and the block \`stream\` of serial devices. The other blocks are described in
\`firmware-profiles/profile.schema.json\`, which editors use for completion and help.

A question mark means that the member may be left out. Bytes are written in hexadecimal, offsets count from 0, and a
negative offset counts from the end of the frame: -1 is the last byte.
`;

const ending = `## How a line is read

1. Bytes of a 7-bit line lose bit 7. Where \`poll.echo\` says so, the echo of what was sent is dropped.
2. At each byte the frame rules are asked in order. A rule looks at its start, its length, its guards, its end, its checks, its
   pattern, and at last at the next start. The first rule that takes the bytes has them. A rule that waits for more bytes is
   waited for.
3. Where no rule takes the bytes, ONE byte is given up and counted with the reason that came furthest, and the rules are asked
   again. So a damaged frame never costs the good one behind it.
4. When the line has been silent for \`flow.idleResetMs\`, nothing waits any more.
5. A frame is read. First the conditions of \`noWeightWhen\`, then the number, the unit, the basis, the stability. A value that is in
   no list of the profile is \`frame-undecodable\` and, for a weight, told as the condition \`error\`: never as a default.

## Patterns

A pattern must match everything between the start of the frame and its terminator. It may hold:

| | |
|---|---|
| \`abc\`, \`\\.\`, \`\\x1B\` | these characters; special ones behind a backslash |
| \`.\` | any byte |
| \`[A-Z0-9]\`, \`[^,]\`, \`\\d\` | one of these, none of these, a digit |
| \`(?:…)\`, \`…\\|…\` | a group, alternatives |
| \`(?<name>…)\` | a field; at most 8 of them |
| \`? * + {n} {n,} {n,m}\` | repetition, as often as it can; n and m at most 64 |

There are no back references, no look-around, no anchors and no lazy repetition. A pattern has at most 200 characters and 512
steps. It is matched by following all ways at once, so the time grows with the length of the line alone.

## What the lint demands

- Every test holds: whole, cut at each byte, and joined with the next accepted one and cut at each byte.
- At least one accepted and one rejected test; a test for every frame rule.
- With each check left out, a test must fail. So there must be a wrong check of each kind that the frame has.
- With the sign left out, a test must fail: one negative weight.
- With everything told as stable a test must fail, and with everything told as moving another one: a stable and a moving frame.
  The moving one must be repeated like the stable one, or it would be moving anyway.
- With gross told as net, and with net told as gross, a test must fail, where the frame tells them apart.
- With a column of \`containers\` left out, front told as rear, or one container of two, a test must fail.
- The same for each entry of \`noWeightWhen\`, for \`confirmedByNextStart\`, for antenna and signal, and for \`pcAt\`.
- A weight without a check has \`stableAfterEqualFrames\`.
- A profile with a provenance of the level \`belief\` is \`experimental\`.
`;
