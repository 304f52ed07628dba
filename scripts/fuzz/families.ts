/** What is fuzzed: every profile that is shipped, with the good messages of its own tests, and what all share. */
import { displayFamilies } from './displays.ts';
import type { FuzzFamily } from './family.ts';
import { ioModuleFamilies } from './io-modules.ts';
import { isapiFamilies } from './isapi.ts';
import { llrpFamilies } from './llrp.ts';
import { modbusFamilies } from './modbus-wires.ts';
import { multipartFamily } from './multipart.ts';
import { cameraFamilies, onvifFamilies } from './onvif.ts';
import { postFamilies } from './posts.ts';
import { shippedProfiles } from './shipped-profiles.ts';
import { streamLineFamily, streamLineOf } from './stream-lines.ts';

export function families(): readonly FuzzFamily[] {
  const profiles = shippedProfiles();
  return [
    ...profiles.flatMap((each) => [
      ...streamLineOf(each).map(streamLineFamily),
      ...llrpFamilies(each),
      ...ioModuleFamilies(each),
      ...postFamilies(each),
      ...onvifFamilies(each),
      ...isapiFamilies(each),
      ...displayFamilies(each),
    ]),
    ...modbusFamilies(),
    ...cameraFamilies(profiles),
    multipartFamily(),
  ];
}
