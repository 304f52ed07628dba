/**
 * The profile with one safeguard taken away, for each safeguard it has. If its own tests still pass, they would
 * pass as well with that safeguard written down wrongly.
 */

import type { ContainersSchema } from './container-schema.ts';
import type { ProfileFinding } from './finding.ts';
import { checksOf, type FrameSchema } from './frame-schema.ts';
import type { StreamProfile } from './stream.ts';
import type { WeightSchema } from './weight-schema.ts';

export interface Blindness extends ProfileFinding {
  readonly blinded: StreamProfile;
}

export function blindnesses(profile: StreamProfile): readonly Blindness[] {
  return profile.frames.flatMap((frame, i) => {
    const path = `/stream/frames/${i}`;
    const changed = (other: FrameSchema): StreamProfile => ({
      ...profile,
      frames: profile.frames.map((each, n) => (n === i ? other : each)),
    });
    return [
      ...withoutChecks(frame, path, changed),
      ...unconfirmed(frame, path, changed),
      ...ofTags(frame, path, changed),
      ...(frame.containers ? ofContainers(frame, frame.containers, { path, changed }) : []),
      ...(frame.weight ? ofWeight(frame, frame.weight, { path, changed }) : []),
    ];
  });
}

type Changed = (frame: FrameSchema) => StreamProfile;

function withoutChecks(frame: FrameSchema, path: string, changed: Changed): Blindness[] {
  const checks = checksOf(frame);
  return checks.map((check, i) => {
    const { check: _, ...unchecked } = frame;
    const others = checks.filter((_, n) => n !== i);
    return {
      path,
      message: `no test has a wrong check: ${check.algo} of rule "${frame.id}"`,
      hint: 'add one with "reject": "frame-checksum"',
      blinded: changed(others.length > 0 ? { ...frame, check: others } : unchecked),
    };
  });
}

function unconfirmed(frame: FrameSchema, path: string, changed: Changed): Blindness[] {
  if (!frame.confirmedByNextStart) return [];
  const { confirmedByNextStart: _, ...other } = frame;
  return [
    {
      path,
      message: `no test of rule "${frame.id}" is followed by something else than the next start`,
      hint: 'add a rejected frame with a byte behind it',
      blinded: changed(other),
    },
  ];
}

function ofTags(frame: FrameSchema, path: string, changed: Changed): Blindness[] {
  const { tag, tags } = frame;
  const blind = (what: string, hint: string, other: Partial<FrameSchema>): Blindness => ({
    path,
    message: `no test of rule "${frame.id}" tells ${what}`,
    hint,
    blinded: changed({ ...frame, ...other }),
  });
  const found: Blindness[] = [];
  if (tag?.antenna) {
    const { antenna: _, ...other } = tag;
    found.push(blind('the antenna', 'add "antennas" to a test', { tag: other }));
  }
  if (tag?.rssiDbmAt !== undefined) {
    const { rssiDbmAt: _, ...other } = tag;
    found.push(blind('the signal', 'add "rssiDbm" to a test', { tag: other }));
  }
  if (tag?.pcAt !== undefined) {
    const { pcAt: _, ...other } = tag;
    found.push(
      blind('an EPC that is not as long as its control word says', 'add a rejected one', {
        tag: other,
      }),
    );
  }
  if (tags?.antenna) {
    const { antenna: _, ...other } = tags;
    found.push(blind('the antenna', 'add "antennas" to a test', { tags: other }));
  }
  for (const part of ['antenna', 'rssiDbm'] as const) {
    if (!tags?.item.includes(part)) continue;
    const item = tags.item.map((each) => (each === part ? ('other' as const) : each));
    const [what, member] = part === 'antenna' ? ['antenna', 'antennas'] : ['signal', 'rssiDbm'];
    found.push(blind(`the ${what}`, `add "${member}" to a test`, { tags: { ...tags, item } }));
  }
  return found;
}

/** A column that is not looked at, the second container forgotten, front told as rear. */
function ofContainers(
  frame: FrameSchema,
  containers: ContainersSchema,
  { path, changed }: { path: string; changed: Changed },
): Blindness[] {
  const blind = (what: string, other: Partial<ContainersSchema>): Blindness => ({
    path: `${path}/containers`,
    message: `no test of rule "${frame.id}" tells ${what}`,
    hint: 'add one that does: a column never seen is never proven',
    blinded: changed({ ...frame, containers: { ...containers, ...other } }),
  });
  const { items, positions, id, live } = containers;
  const without = (key: 'isoType' | 'confidence') =>
    items.map(({ [key]: _, ...item }) => item) as ContainersSchema['items'];
  const swap = { front: 'rear', rear: 'front', single: 'unknown', unknown: 'single' } as const;
  const turned = Object.entries(positions).map(([word, each]) => [word, swap[each]] as const);
  return [
    ...(items.length > 1 ? [blind('two containers', { items: items.slice(0, 1) })] : []),
    ...(['isoType', 'confidence'] as const)
      .filter((key) => items.some((item) => item[key] !== undefined))
      .map((key) => blind(`a column ${key}`, { items: without(key) })),
    ...(turned.length > 0 ? [blind('a position', { positions: Object.fromEntries(turned) })] : []),
    ...(id === undefined ? [] : [blind('an id', { id: (id + 1) % containers.columns[1] })]),
    ...(live ? [blind('a capture that is sent again', { live: { ...live, column: 31 } })] : []),
  ];
}

function ofWeight(
  frame: FrameSchema,
  weight: WeightSchema,
  { path, changed }: { path: string; changed: Changed },
): Blindness[] {
  const blind = (message: string, hint: string, other: WeightSchema): Blindness => ({
    path: `${path}/weight`,
    message: `no test of rule "${frame.id}" ${message}`,
    hint,
    blinded: changed({ ...frame, weight: other }),
  });
  const { sign, ...unsigned } = weight;
  const { stableAfterEqualFrames: repeats, ...unrepeated } = weight;
  return [
    ...(sign
      ? [blind('has a negative weight', 'add one: a sign never seen is never proven', unsigned)]
      : []),
    ...polarities(weight).map(([state, other]) =>
      blind(
        `notices that ${state === 'stable' ? 'a moving' : 'a stable'} frame is told as ${state}`,
        `add a ${state === 'stable' ? 'moving' : 'stable'} frame with "states"${
          repeats === undefined ? '' : `, sent ${repeats} times`
        }: clones turn this bit round`,
        other,
      ),
    ),
    ...bases(weight).map(([basis, other]) =>
      blind(
        `notices that gross and net are both told as ${basis}`,
        'add gross and net frames with "bases"',
        other,
      ),
    ),
    ...(weight.noWeightWhen ?? []).map((when, i) =>
      blind(`has the condition ${when.condition} of noWeightWhen/${i}`, 'add one', {
        ...weight,
        noWeightWhen: weight.noWeightWhen?.filter((_, n) => n !== i) ?? [],
      }),
    ),
    ...(repeats === undefined || 'infer' in weight.stable
      ? []
      : [
          blind(
            'has a lone frame that is not yet stable',
            'add one stable frame sent once, with "states": ["moving"]',
            unrepeated,
          ),
        ]),
  ];
}

/** Everything is stable; everything is moving. */
function polarities(weight: WeightSchema): (readonly ['stable' | 'moving', WeightSchema])[] {
  const { stable } = weight;
  if ('infer' in stable) return [];
  const place =
    'bit' in stable
      ? { at: stable.bit.at, mask: hexOfByte(stable.bit.mask) }
      : { ...(stable.at !== undefined && { at: stable.at }), ...rest(stable) };
  const all =
    'bit' in stable ? ['00', hexOfByte(stable.bit.mask)] : [...stable.stable, ...stable.moving];
  const always = (['stable', 'moving'] as const).filter(
    (state) => 'bit' in stable || stable[state === 'stable' ? 'moving' : 'stable'].length > 0,
  );
  return always.map((state) => [
    state,
    { ...weight, stable: { ...place, stable: [], moving: [], [state]: all } },
  ]);
}

const rest = ({ mask, field }: { readonly mask?: string; readonly field?: string }) => ({
  ...(mask !== undefined && { mask }),
  ...(field !== undefined && { field }),
});

const hexOfByte = (byte: number): string => byte.toString(16).padStart(2, '0').toUpperCase();

/** Net is told as gross, and gross as net. */
function bases(weight: WeightSchema): (readonly ['gross' | 'net', WeightSchema])[] {
  const { basis } = weight;
  if (typeof basis === 'string' || !basis.gross || !basis.net) return [];
  const both = [...basis.gross, ...basis.net];
  return [
    ['gross', { ...weight, basis: { ...basis, gross: both, net: [] } }],
    ['net', { ...weight, basis: { ...basis, gross: [], net: both } }],
  ];
}
