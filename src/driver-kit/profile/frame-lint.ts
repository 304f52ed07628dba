/** What the schema cannot say about a frame rule: whether it can work at all. */
import { isWide } from './checksums.ts';
import type { ProfileFinding } from './finding.ts';
import { hexBytes } from './frame-rules.ts';
import { checksOf, type FrameSchema } from './frame-schema.ts';
import { compilePattern } from './pattern.ts';
import type { PollSchema, StreamProfile } from './stream.ts';
import type { TagsSchema } from './tag-schema.ts';
import { lintWeight } from './weight-lint.ts';

export function lintRules(profile: StreamProfile): ProfileFinding[] {
  const ids = profile.frames.map((frame) => frame.id);
  return [
    ...profile.frames.flatMap((frame, i) => lintFrame(frame, `/stream/frames/${i}`)),
    ...(profile.poll ? lintPoll(profile.poll) : []),
    ...(new Set(ids).size === ids.length
      ? []
      : [
          {
            path: '/stream/frames',
            message: 'two frame rules have the same id',
            hint: 'give each its own',
          },
        ]),
  ];
}

function lintFrame(frame: FrameSchema, path: string): ProfileFinding[] {
  return [
    ...lintShape(frame, path),
    ...lintPattern(frame, path),
    ...lintChecks(frame, path),
    ...lintPlaces(frame, path),
    ...lintWeight(frame, path),
    ...lintContainers(frame, path),
    ...(frame.tags ? lintItem(frame.tags.item, `${path}/tags/item`) : []),
  ];
}

function lintShape(frame: FrameSchema, path: string): ProfileFinding[] {
  const findings: ProfileFinding[] = [];
  const find = (place: string, message: string, hint: string) =>
    findings.push({ path: `${path}${place}`, message, hint });
  const { length, start, end, pattern } = frame;
  if ('min' in length && length.min > length.max) find('/length', 'min is above max', 'swap them');
  if ('until' in length && end !== undefined)
    find('/end', 'a frame with until has no end', 'remove end: until is the end');
  const { weight, noWeight, tags, tag, containers, deviceError } = frame;
  const all = [weight, noWeight, tags, tag, containers, deviceError];
  const meanings = all.filter((m) => m !== undefined);
  if (meanings.length > 1)
    find(
      '',
      'a frame has at most one of weight, noWeight, tags, tag, containers, deviceError',
      'make two frame rules',
    );
  if (start === undefined && pattern === undefined && checksOf(frame).length === 0)
    find(
      '',
      'a frame without a start byte and without a check accepts any bytes',
      'give it a start, a check or a pattern',
    );
  if (frame.confirmedByNextStart && start === undefined)
    find('/confirmedByNextStart', 'there is no start to wait for', 'give the frame a start');
  return findings;
}

function lintPattern({ pattern, length }: FrameSchema, path: string): ProfileFinding[] {
  if (pattern === undefined) return [];
  const parsed = compilePattern(pattern);
  if (parsed.kind === 'malformed')
    return [
      {
        path: `${path}/pattern`,
        message: `character ${parsed.at + 1}: ${parsed.message}`,
        hint: 'docs/reference/profiles.md lists what a pattern may hold',
      },
    ];
  if ('until' in length || 'fixed' in length) return [];
  return [
    {
      path: `${path}/pattern`,
      message: 'a frame that says its own length has no pattern',
      hint: 'use until, or a fixed length',
    },
  ];
}

function lintChecks(frame: FrameSchema, path: string): ProfileFinding[] {
  return checksOf(frame).flatMap((check, i) => {
    const place = Array.isArray(frame.check) ? `${path}/check/${i}` : `${path}/check`;
    const findings: ProfileFinding[] = [];
    const isTwoBytes = check.enc === 'le16' || check.enc === 'be16';
    const fits = isWide(check) ? isTwoBytes || check.enc === 'hex-ascii' : !isTwoBytes;
    if (!fits)
      findings.push({
        path: `${place}/enc`,
        message: `${check.enc} cannot hold a ${check.algo}`,
        hint: 'crc16 takes le16, be16 or hex-ascii; 8-bit checks take the others',
      });
    if (check.crc && check.algo !== 'crc16')
      findings.push({
        path: `${place}/crc`,
        message: `${check.algo} has no parameters`,
        hint: 'remove crc',
      });
    return findings;
  });
}

/** Places that lie behind the shortest frame of the rule. */
function lintPlaces(frame: FrameSchema, path: string): ProfileFinding[] {
  const shortest = shortestLength(frame);
  if (shortest === undefined) return [];
  return placesIn(frame, path)
    .filter(([, at]) => (at < 0 ? -at > shortest : at >= shortest))
    .map(([place, at]) => ({
      path: place,
      message: `byte ${at} is not in a frame of ${shortest} bytes`,
      hint: 'bytes count from 0, and from the end with -1 as the last',
    }));
}

function shortestLength({ length }: FrameSchema): number | undefined {
  if ('fixed' in length) return length.fixed;
  return 'min' in length ? length.min : undefined;
}

/** Every `at` of a rule with its path, wherever it stands, and both ends of the guards. */
function placesIn(value: unknown, path: string): (readonly [string, number])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => {
    const here = `${path}/${key}`;
    // What a list of tags says about its places depends on its status.
    if (key === 'tags' || key === 'tag') return [];
    if (key !== 'at' && key !== 'addressAt') return placesIn(item, here);
    if (typeof item === 'number') return [[here, item] as const];
    if (!Array.isArray(item)) return [];
    const [from, to] = item as [number, number];
    return [[here, from] as const, [here, to > 0 ? to - 1 : to] as const];
  });
}

function lintContainers({ containers }: FrameSchema, path: string): ProfileFinding[] {
  if (!containers) return [];
  const { columns, items, id, live } = containers;
  const [fewest, most] = columns;
  const place = `${path}/containers`;
  const used = items.flatMap((item) => Object.values(item).filter((at) => typeof at === 'number'));
  const all = [...used, ...(id === undefined ? [] : [id]), ...(live ? [live.column] : [])];
  const beyond = all.filter((at) => at >= most);
  const hint = 'columns count from 0, and `columns` tells how many there are';
  return [
    ...(fewest > most || fewest === 0
      ? [{ path: `${place}/columns`, message: `no line has ${fewest} to ${most} columns`, hint }]
      : []),
    ...beyond.map((at) => ({
      path: place,
      message: `column ${at} is not in a line of ${most} columns`,
      hint,
    })),
  ];
}

function lintItem(parts: TagsSchema['item'], path: string): ProfileFinding[] {
  const lengths = parts.filter((part) => part === 'epcLength' || part === 'itemLength');
  const epcs = parts.filter((part) => part === 'epc');
  const isInOrder = parts.indexOf('epc') > parts.findIndex((part) => part.endsWith('Length'));
  if (lengths.length === 1 && epcs.length === 1 && isInOrder) return lintItemLength(parts, path);
  return [
    {
      path,
      message: 'an item has one length and, behind it, one epc',
      hint: 'as in ["epcLength", "epc", "other"]',
    },
  ];
}

function lintItemLength(parts: TagsSchema['item'], path: string): ProfileFinding[] {
  const at = parts.indexOf('itemLength');
  return at <= 0
    ? []
    : [
        {
          path,
          message: 'itemLength stands first: it counts what follows it',
          hint: 'put it first, or use epcLength',
        },
      ];
}

function lintPoll({ send, addressAt, check }: PollSchema): ProfileFinding[] {
  const { length } = hexBytes(send);
  const findings: ProfileFinding[] = [];
  if (addressAt !== undefined && addressAt >= length)
    findings.push({
      path: '/stream/poll/addressAt',
      message: `byte ${addressAt} is not in a poll of ${length} bytes`,
      hint: 'bytes count from 0',
    });
  const width = check && (isWide(check) || check.enc !== 'raw' ? 2 : 1);
  if (check && width && (check.at < 0 ? length + check.at : check.at) + width > length)
    findings.push({
      path: '/stream/poll/check/at',
      message: 'the check does not lie within send',
      hint: 'write send with 00 where the check stands',
    });
  return findings;
}
