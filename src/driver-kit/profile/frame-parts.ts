/** Names what stands where in a frame, for people who compare it with a manual. */

import { encodedCheck, isWide } from './checksums.ts';
import { columnsOf } from './containers.ts';
import { framePattern, hexBytes } from './frame-rules.ts';
import { checksOf, type FrameSchema } from './frame-schema.ts';
import { hexOf, spacedHex } from './hex.ts';
import { absolute } from './places.ts';
import type { Place } from './schema-parts.ts';
import type { WeightSchema } from './weight-schema.ts';

export interface FramePart {
  readonly name: string;
  /** As it stands there: text, a number, or hexadecimal. */
  readonly value: string | number;
  /** Where it stands; absent for what stands nowhere, as a unit that the profile fixes. */
  readonly at?: number;
  readonly length?: number;
}

export function framePartsOf(schema: FrameSchema, bytes: Uint8Array): readonly FramePart[] {
  const reader = new PartReader(bytes);
  const { weight, tags, tag, noWeight, containers, addressAt } = schema;
  if (weight) weightParts(weight, reader);
  if (tags) {
    reader.hex('status', tags.statusAt);
    if (bytes.length > tags.firstAt + 1) {
      reader.number('count', tags.countAt);
      if (tags.antenna) reader.hex('antenna', tags.antenna.at);
    }
  }
  if (tag) {
    reader.hex('epc', tag.epcAt, bytes.length + tag.epcEnd - absolute(tag.epcAt, bytes));
    if (tag.rssiDbmAt !== undefined) reader.hex('rssi', tag.rssiDbmAt);
    if (tag.antenna) reader.hex('antenna', tag.antenna.at);
  }
  if (containers) {
    columnsOf(containers, schema, bytes).forEach((text, i) => {
      reader.fixed(`column ${i}`, text);
    });
  }
  if (noWeight) reader.fixed('condition', noWeight.condition);
  if (addressAt !== undefined) reader.hex('address', addressAt);
  const matched = framePattern(schema)?.match(bytes);
  if (matched?.kind === 'match')
    for (const [name, text] of matched.fields) reader.fixed(name, text);
  checksOf(schema).forEach((check, i) => {
    const { length } = encodedCheck(check.enc, 0, isWide(check));
    reader.hex(i === 0 ? 'check' : `check${i + 1}`, check.at, length);
  });
  return reader.parts;
}

class PartReader {
  readonly parts: FramePart[] = [];
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  hex(name: string, at: number, length = 1): void {
    const from = absolute(at, this.#bytes);
    const part = this.#bytes.subarray(from, from + length);
    const value = length === 1 ? hexOf(part) : spacedHex(part);
    this.parts.push({ name, value, at: from, length });
  }

  text(name: string, at: number, length: number): void {
    const from = absolute(at, this.#bytes);
    const value = String.fromCharCode(...this.#bytes.subarray(from, from + length));
    this.parts.push({ name, value, at: from, length });
  }

  number(name: string, at: number, offset = 0): void {
    const value = (this.#bytes.at(at) ?? 0) - offset;
    this.parts.push({ name, value, at: absolute(at, this.#bytes), length: 1 });
  }

  fixed(name: string, value: string | number): void {
    this.parts.push({ name, value });
  }

  place(name: string, { at }: Place, values: readonly string[] = []): void {
    const [first = '00'] = values;
    if (at !== undefined) this.hex(name, at, hexBytes(first).length);
  }
}

function weightParts(weight: WeightSchema, reader: PartReader): void {
  const { sign, digits, text, decimals, unit, basis, stable } = weight;
  if (sign) reader.place('sign', sign, [sign.negative]);
  if (digits) reader.text('digits', digits.at, digits.length);
  if (text?.at !== undefined) reader.text('value', text.at, text.length ?? 1);
  if (decimals) {
    if ('fixed' in decimals) reader.fixed('decimals', decimals.fixed);
    else if ('places' in decimals) reader.hex('decimals', decimals.at);
    else reader.number('decimals', decimals.at, 0x30);
  }
  if (typeof unit === 'string') reader.fixed('unit', unit);
  else reader.place('unit', unit, unit.kg ?? unit.t ?? unit.g);
  if (typeof basis === 'object') reader.place('basis', basis, basis.gross ?? basis.net);
  if ('bit' in stable) reader.hex('status', stable.bit.at);
  else if (!('infer' in stable)) reader.place('status', stable, stable.stable);
}
