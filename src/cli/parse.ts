import { Command } from 'commander';
import { parseContainerNumber } from '../core/identifiers/container-number.ts';
import { proposeContainerNumbers } from '../core/identifiers/container-repair.ts';
import { parseSeal } from '../core/identifiers/seal.ts';
import { parseSizeType } from '../core/identifiers/size-type.ts';
import { parsePlate } from '../core/identifiers/vehicle-plate.ts';
import { describeFrame } from '../driver-kit/profile/describe.ts';
import { readStreamProfile } from './profile-file.ts';

export function parseCommand(): Command {
  const parse = new Command('parse').description(
    'say what a text or a frame means, as JSON (解析)',
  );
  parse
    .command('container')
    .description('container number by ISO 6346 (箱号)')
    .argument('<number>')
    .action((text: string) => {
      const mayBe = proposeContainerNumbers(text);
      const parsed = { ...parseContainerNumber(text), ...(mayBe.length > 0 && { mayBe }) };
      answer(parsed, (p) => p.kind === 'valid');
    });
  parse
    .command('size-type')
    .description('size and type code of a container (尺寸类型代码)')
    .argument('<code>')
    .action((text: string) => answer(parseSizeType(text), (p) => p.kind === 'sizeType'));
  parse
    .command('seal')
    .description("a seal's number (铅封号)")
    .argument('<number>')
    .action((text: string) => answer(parseSeal(text), (p) => p.kind === 'seal'));
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
  const profile = readStreamProfile(name);
  if (typeof profile === 'string') return refuse(profile);
  const description = describeFrame(profile, Buffer.from(digits, 'hex'));
  process.stdout.write(`${JSON.stringify(description)}\n`);
  const faults = [...description.faults, ...description.frames.flatMap((frame) => frame.faults)];
  if (description.frames.length > 0 && faults.length === 0) return;
  const codes = [...new Set(faults.map(({ code }) => code))].join(', ');
  refuse(faults.length > 0 ? `not all bytes are frames of ${name}: ${codes}` : 'no whole frame');
}
