/** UHF readers that speak LLRP 1.0.1 or 1.1 over TCP: we connect, they report the tags they see. */
import {
  type DriverManifest,
  hexBytes,
  hexOf,
  type LlrpProfile,
  type ProfileFinding,
} from 'kakou/driver-kit';
import { decodeMessage } from './codec.ts';
import { LlrpSession, planOf } from './driver.ts';
import { LlrpSettings } from './settings.ts';

export const manifest: DriverManifest = {
  name: 'rfid-llrp',
  kind: 'rfidReader',
  block: 'llrp',
  shape: 'stream',
  capabilities: ['TagSource'],
  transports: ['tcp'],
  settings: LlrpSettings,
  faults: [
    'frame-garbage',
    'frame-too-long',
    'frame-undecodable',
    'reply-unexpected',
    'device-error',
    'reader-occupied',
    'reader-contended',
    'reader-refused',
    'reader-unanswering',
    'reader-closing',
    'inventory-ended',
    'antenna-disconnected',
  ],
  // As long as the connection itself waits for a word of the reader.
  staleAfterMs: (options) => 3 * planOf(options).keepaliveMs,
  prove: (profile) => profile.llrp?.tests.flatMap(judge) ?? [],
  session: (options) => new LlrpSession(options),
};

/** A test of a profile is one whole message, read as the driver would. */
function judge(test: LlrpProfile['tests'][number], index: number): ProfileFinding[] {
  const decoded = decodeMessage(hexBytes(test.hex));
  const isReport = decoded.kind === 'message' && decoded.message.kind === 'report';
  const told = isReport ? decoded.message.tags.map(({ epc }) => hexOf(epc)).join(', ') : '';
  const isRejected = decoded.kind === 'damaged';
  const expected = (test.tags ?? []).join(', ');
  if (told === expected && isRejected === (test.reject !== undefined)) return [];
  const found = isRejected ? `is damaged: ${decoded.detail}` : `tells [${told}]`;
  const message = `${test.name} ${found}, expected ${test.reject ?? `[${expected}]`}`;
  const hint = 'compare the message with the standard; a test is one whole message';
  return [{ path: `llrp.tests.${index}`, message, hint }];
}
