import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { parseContainerNumber } from '../core/identifiers/container-number.ts';
import { parsePlate } from '../core/identifiers/vehicle-plate.ts';
import { describeFrame } from '../driver-kit/profile/describe.ts';
import { parseProfile } from '../driver-kit/profile/lint.ts';
import { packageFile } from '../package-file.ts';

export function parseCommand(): Command {
  const parse = new Command('parse').description(
    'say what a text or a frame means, as JSON (解析)',
  );
  parse
    .command('container')
    .description('container number by ISO 6346 (箱号)')
    .argument('<number>')
    .action((text: string) => answer(parseContainerNumber(text), (p) => p.kind === 'valid'));
  parse
    .command('plate')
    .description('vehicle plate (车牌号)')
    .argument('<plate>')
    .action((text: string) => answer(parsePlate(text), (p) => p.kind === 'plate'));
  parse
    .command('frame')
    .description('bytes of a serial device by its profile (报文)')
    .requiredOption('--profile <name>', 'kind/name of a profile, or a path that ends in .json')
    .argument('<hex...>', 'the bytes in hexadecimal, white space as you like')
    .action((hex: string[], { profile }: { profile: string }) => parseFrame(hex.join(''), profile));
  return parse;
}

function answer<T>(parsed: T, isGood: (parsed: T) => boolean): void {
  process.stdout.write(`${JSON.stringify(parsed)}\n`);
  if (!isGood(parsed)) refuse(reasonOf(parsed));
}

function reasonOf(parsed: unknown): string {
  const { kind, reason, hint, checkDigitRead, checkDigitExpected } = parsed as Record<
    string,
    unknown
  >;
  if (kind === 'nonconforming') {
    return `the check digit is ${checkDigitRead}; by ISO 6346 it would be ${checkDigitExpected}`;
  }
  return [reason ?? kind, hint].filter((part) => part !== undefined).join(': ');
}

function refuse(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}

function parseFrame(hex: string, name: string): void {
  const digits = hex.replace(/\s+/g, '');
  if (!/^([0-9A-Fa-f]{2})+$/.test(digits)) {
    return refuse('the frame must be whole bytes in hexadecimal, as in 02 2B 30');
  }
  const file = name.endsWith('.json')
    ? resolve(name)
    : packageFile(`firmware-profiles/${name}.json`);
  const profile = readProfile(file);
  if (typeof profile === 'string') return refuse(profile);
  const description = describeFrame(profile, Buffer.from(digits, 'hex'));
  process.stdout.write(`${JSON.stringify(description)}\n`);
  const faults = [...description.faults, ...description.frames.flatMap((frame) => frame.faults)];
  if (description.frames.length > 0 && faults.length === 0) return;
  const codes = [...new Set(faults.map(({ code }) => code))].join(', ');
  refuse(faults.length > 0 ? `not all bytes are frames of ${name}: ${codes}` : 'no whole frame');
}

function readProfile(file: string) {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    return `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`;
  }
  try {
    const parsed = parseProfile(JSON.parse(text));
    if (parsed.kind === 'invalid') {
      return parsed.findings.map((f) => `${file} ${f.path}: ${f.message}; ${f.hint}`).join('\n');
    }
    return (
      parsed.profile.stream ?? `${file} describes no byte stream, so there are no frames to parse`
    );
  } catch (error) {
    return `${file} is no JSON: ${(error as Error).message}`;
  }
}
