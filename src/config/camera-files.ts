/** Files that a camera's transport names: they are read at start, so what is wrong with them is found before. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import type { Finding } from './finding.ts';
import type { Transport } from './transport-schema.ts';

type Mistake = Pick<Finding, 'path' | 'message' | 'hint'>;

/** Paths count from the folder of the configuration file. */
export function withAbsoluteFiles(transport: Transport, base: string): Transport {
  if (transport.kind !== 'onvif' && transport.kind !== 'isapi') return transport;
  const { passwordFile, certificateFile } = transport;
  return {
    ...transport,
    ...(passwordFile !== undefined && { passwordFile: resolve(base, passwordFile) }),
    ...(certificateFile !== undefined && { certificateFile: resolve(base, certificateFile) }),
  };
}

/** `path` is that of the transport. No message quotes what a file holds. */
export function cameraFileMistakes(transport: Transport, path: string): readonly Mistake[] {
  if (transport.kind !== 'onvif' && transport.kind !== 'isapi') return [];
  const { passwordFile, certificateFile } = transport;
  return [
    ...judged(passwordFile, `${path}/passwordFile`, passwordMistake),
    ...judged(certificateFile, `${path}/certificateFile`, certificateMistake),
  ];
}

function judged(
  file: string | undefined,
  path: string,
  judge: (text: string) => Omit<Mistake, 'path'> | undefined,
): readonly Mistake[] {
  if (file === undefined) return [];
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const message = code === 'ENOENT' ? `there is no file ${file}` : `${file}: ${code}`;
    return [{ path, message, hint: "make it readable for the daemon's user and for nobody else" }];
  }
  const mistake = judge(text);
  return mistake ? [{ path, ...mistake }] : [];
}

function passwordMistake(text: string): Omit<Mistake, 'path'> | undefined {
  const password = text.trimEnd();
  if (password !== '' && !password.includes('\n')) return undefined;
  const message = password === '' ? 'the file is empty' : 'the file has more than one line';
  return { message, hint: 'write the password on one line and nothing else' };
}

function certificateMistake(text: string): Omit<Mistake, 'path'> | undefined {
  const hint = 'save the certificate as PEM, beginning with -----BEGIN CERTIFICATE-----';
  try {
    const { validTo } = new X509Certificate(text);
    return Date.parse(validTo) > Date.now()
      ? undefined
      : { message: `the certificate ended on ${validTo}`, hint: 'make a new one in the camera' };
  } catch {
    return { message: 'the file holds no certificate', hint };
  }
}
