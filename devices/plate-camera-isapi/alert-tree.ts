/**
 * An alert as a tree of names, whether the camera wrote XML or the same as JSON. Bounded and total: a text over a
 * limit is refused whole. Nothing is made into a number or a date here.
 */
import { type IsapiProfile, readXml } from 'kakou/driver-kit';

export interface AlertNode {
  readonly local: string;
  readonly text: string;
  /** False where the camera wrote a number: a plate among those has lost what it was. */
  readonly isText?: boolean;
  readonly children: readonly AlertNode[];
}

export type AlertTree =
  | { readonly kind: 'read'; readonly root: AlertNode }
  | {
      readonly kind: 'refused';
      readonly code: 'xml-refused' | 'notification-malformed';
      readonly reason: string;
    };

const depthMax = 24;
const nodesMax = 4_000;
const utf8 = new TextDecoder('utf-8', { fatal: true });

export function readTree(block: IsapiProfile, bytes: Uint8Array): AlertTree {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { kind: 'refused', code: 'xml-refused', reason: 'is not UTF-8' };
  }
  if (/^\s*\{/.test(text)) return readJson(block, text);
  const limits = { lengthMax: block.alertLengthMax, depthMax, nodesMax, attributesMax: 32 };
  const reading = readXml(text, limits);
  return reading.kind === 'read' ? reading : { ...reading, code: 'xml-refused' };
}

function readJson({ alertLengthMax, events }: IsapiProfile, text: string): AlertTree {
  const refused = (reason: string): AlertTree => ({
    kind: 'refused',
    code: 'notification-malformed',
    reason,
  });
  if (text.length > alertLengthMax) {
    return refused(`has ${text.length} characters, and at most ${alertLengthMax} are read`);
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refused('is no JSON');
  }
  const count = { nodes: 0 };
  const whole = nodeOf(events.root, value, { depth: 1, count });
  if (!whole) return refused(`is deeper than ${depthMax} or has more than ${nodesMax} nodes`);
  // Some firmware names the outermost element, some leaves it out.
  return { kind: 'read', root: whole.children.find(({ local }) => local === events.root) ?? whole };
}

interface Place {
  readonly depth: number;
  readonly count: { nodes: number };
}

/** Undefined beyond a limit. A list is as many elements of one name. */
function nodeOf(local: string, value: unknown, { depth, count }: Place): AlertNode | undefined {
  count.nodes += 1;
  if (depth > depthMax || count.nodes > nodesMax) return undefined;
  if (typeof value !== 'object' || value === null) {
    return { local, text: String(value), isText: typeof value === 'string', children: [] };
  }
  const children: AlertNode[] = [];
  for (const [name, member] of Object.entries(value)) {
    for (const each of Array.isArray(member) ? member : [member]) {
      // JSON null is an absent value.
      if (each === null) continue;
      const child = nodeOf(name, each, { depth: depth + 1, count });
      if (!child) return undefined;
      children.push(child);
    }
  }
  return { local, text: '', children };
}
