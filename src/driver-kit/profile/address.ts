/** What a site may set as the address of a device, by its profile. */
import type { ProfileFinding } from './finding.ts';
import type { StreamProfile } from './stream.ts';

/** Findings of the device setting `address`; nothing where none is set. */
export function lintAddress(
  { poll }: StreamProfile,
  address: number | undefined,
): readonly ProfileFinding[] {
  if (address === undefined) return [];
  const find = (message: string, hint: string) => [{ path: 'settings.address', message, hint }];
  if (poll?.addressAt === undefined)
    return find('devices of this profile have no address', 'remove it');
  const isLetter = address >= 1 && address <= 26;
  if (poll.addressAs === 'letter' && !isLetter)
    return find(`${address} is no address of this profile`, 'it is 1 to 26, written as A to Z');
  return [];
}
