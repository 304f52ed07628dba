/**
 * What must not be kept of a device's messages: passwords and whatever else lets somebody in, by the names of
 * their fields; and pictures, which are large and say nothing that a driver reads. What is left keeps its form, so
 * that the driver reads it again as it did.
 */

const name =
  '(?:pass_?w(?:or)?d?|pwd|secret|token|credential|authori[sz]ation|api_?key|user_?name|nonce)';

/** JSON members, XML elements and attributes, form fields, headers, addresses. */
const secrets: readonly (readonly [RegExp, string])[] = [
  [
    new RegExp(
      `("[^"\\\\]{0,64}${name}[^"\\\\]{0,64}"\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|[\\d.]+)`,
      'gi',
    ),
    '$1"***"',
  ],
  [new RegExp(`(<[^<>/]{0,64}${name}[^<>]{0,256}>)[^<]*(?=</)`, 'gi'), '$1***'],
  [
    new RegExp(
      `([?&\\s"';]|^)([\\w.-]{0,64}${name}[\\w.-]{0,64}=)("[^"]*"|'[^']*'|[^&\\s<>"']*)`,
      'gim',
    ),
    '$1$2***',
  ],
  [/^((?:proxy-)?authorization|cookie|set-cookie|www-authenticate)(\s*:\s*).*$/gim, '$1$2***'],
  [/(:\/\/)[^/@\s"'<>]+@/g, '$1***@'],
];

/** A multipart part of a field with such a name. */
const formPart = new RegExp(
  `(name="?[^"\\r\\n]{0,64}${name}[^"\\r\\n]{0,64}"?[^\\r\\n]*\\r\\n(?:[^\\r\\n]+\\r\\n)*\\r\\n)[^\\r\\n]*`,
  'gi',
);

export function withoutSecrets(text: string): string {
  return secrets
    .reduce((left, [secret, mask]) => left.replace(secret, mask), text)
    .replace(formPart, '$1***');
}

/** So many characters of Base64 in a row are a picture. */
const picture = /[A-Za-z0-9+/]{1024,}={0,2}/g;
const pictureKept = 64;
/** Binary parts of a form: headers that name a picture, then bytes up to the next boundary. */
const picturePart =
  /(content-type:\s*(?:image\/)[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n)([\s\S]*?)(?=\r\n--)/gi;

/** The text with pictures cut to their first characters. */
function withoutPictures(text: string): string {
  return text
    .replace(picturePart, (_all, head: string, bytes: string) => head + bytes.slice(0, pictureKept))
    .replace(picture, (run) => run.slice(0, pictureKept));
}

/** Bytes of a body beyond which it is not looked through, and not kept. */
const bodyBytesMax = 8_388_608;

export interface KeptBody {
  readonly body: Uint8Array;
  readonly cutBytes: number;
}

/** A body as it may be kept. Each byte is one character meanwhile: text of any encoding comes out as it was. */
export function keptBody(body: Uint8Array): KeptBody {
  if (body.length > bodyBytesMax) return { body: new Uint8Array(), cutBytes: body.length };
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  const short = withoutPictures(text);
  const kept = Buffer.from(withoutSecrets(short), 'latin1');
  return { body: kept, cutBytes: text.length - short.length };
}
