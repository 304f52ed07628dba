/** What a frame of a profile says, read from that frame alone. */
import { type ContainersTold, compileContainers } from './containers.ts';
import { framePattern } from './frame-rules.ts';
import type { FrameSchema } from './frame-schema.ts';
import { compileTag, compileTags, type TagsTold } from './tags.ts';
import { compileWeight, type WeightTold } from './weights.ts';

export type FrameTold =
  | WeightTold
  | TagsTold
  | ContainersTold
  /** A good message that tells nothing. */
  | { readonly kind: 'nothing' };

export type FrameReader = (bytes: Uint8Array) => FrameTold;

const noFields: ReadonlyMap<string, string> = new Map();

export function compileMeaning(frame: FrameSchema): FrameReader {
  const { weight, noWeight, tags, tag, containers, deviceError } = frame;
  if (weight) {
    const read = compileWeight(weight);
    const pattern = framePattern(frame);
    return (bytes) => {
      const matched = pattern?.match(bytes);
      return read({ bytes, fields: matched?.kind === 'match' ? matched.fields : noFields });
    };
  }
  if (noWeight) return () => ({ kind: 'noWeight', ...noWeight });
  if (tags) return compileTags(tags, frame);
  if (tag) return compileTag(tag);
  if (containers) return compileContainers(containers, frame);
  if (deviceError !== undefined) return () => ({ kind: 'deviceError', detail: deviceError });
  return () => ({ kind: 'nothing' });
}
