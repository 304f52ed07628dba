import { isCertificateError, quotable } from '../camera-http/connection.ts';

/** Why something asked of a camera failed, in the words of the fault table. */
export type CameraFailureCode =
  | 'connect-refused'
  | 'connect-timeout'
  | 'port-lost'
  | 'onvif-auth-refused'
  | 'onvif-certificate-refused'
  | 'onvif-timeout'
  | 'onvif-answer-cut'
  | 'onvif-answer-refused'
  | 'onvif-fault'
  | 'onvif-no-events'
  | 'onvif-subscription-lost'
  | 'onvif-pull-overdue'
  | 'onvif-snapshot-failed';

/** Its message goes into the log: it holds no password and nothing that a camera sent but short, clean text. */
export class CameraFailure extends Error {
  readonly code: CameraFailureCode;

  constructor(code: CameraFailureCode, detail: string) {
    super(detail);
    this.name = 'CameraFailure';
    this.code = code;
  }
}

/** What an error of a socket means. */
export function failureOf(error: unknown): CameraFailure {
  if (error instanceof CameraFailure) return error;
  const { code } = error as { code?: unknown };
  if (isCertificateError(code)) {
    return new CameraFailure('onvif-certificate-refused', String(code));
  }
  switch (code) {
    case 'ECONNREFUSED':
      return new CameraFailure('connect-refused', 'nobody listens there');
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new CameraFailure('connect-timeout', `no connection (${code})`);
    case 'ECONNRESET':
    case 'EPIPE':
      return new CameraFailure('onvif-answer-cut', `the connection ended (${code})`);
    default:
      return new CameraFailure(
        'port-lost',
        quotable(error instanceof Error ? error.message : String(error)),
      );
  }
}
