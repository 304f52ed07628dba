/** A new connection to a camera, plain or over TLS, for every request: none is ever used twice. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Socket, connect as tcpConnect } from 'node:net';
import { checkServerIdentity, type PeerCertificate, connect as tlsConnect } from 'node:tls';

export interface CameraAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** PEM: the camera's own certificate, or that of the authority which signed it. */
  readonly certificateFile?: string;
}

/** Makes connections to one camera; the certificate's file is read now. */
export function cameraConnections(address: CameraAddress): () => Socket {
  const { host, port } = address;
  return address.tls ? tlsConnection(address) : () => tcpConnect({ host, port, noDelay: true });
}

/**
 * Cameras come with certificates that they signed themselves, on names of their own. A certificate that stands
 * in the file is trusted as it is; any other must be signed by one of them and bear the camera's name.
 */
function tlsConnection({ host, port, certificateFile }: CameraAddress): () => Socket {
  const pem = certificateFile === undefined ? undefined : readFileSync(certificateFile, 'utf8');
  const known = new Set(
    (pem ? certificatesOf(pem) : []).map(({ fingerprint256 }) => fingerprint256),
  );
  return () =>
    tlsConnect({
      host,
      port,
      ...(pem !== undefined && { ca: pem }),
      checkServerIdentity: (name: string, certificate: PeerCertificate) =>
        known.has(certificate.fingerprint256) ? undefined : checkServerIdentity(name, certificate),
    });
}

function certificatesOf(pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block));
}

const certificateErrors = /^(DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|CERT_|ERR_TLS_CERT_)/;

/** Whether a connection failed because the camera's certificate is not trusted. */
export function isCertificateError(code: unknown): boolean {
  return typeof code === 'string' && certificateErrors.test(code);
}

const detailLengthMax = 200;

/** Text of a camera as it may be logged: one line, without control characters, short. */
export function quotable(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > detailLengthMax ? `${line.slice(0, detailLengthMax)}…` : line;
}
