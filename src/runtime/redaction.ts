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
      `("[^"\\\\]{0,64}${name}[^"\\\\]{0,64}"\\s{0,8}:\\s{0,8})("(?:[^"\\\\]|\\\\.)*"|[\\d.]+)`,
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

/** A part of a form whose field has such a name. Everything is bounded: a body must not slow the search down. */
const formPart = new RegExp(
  `(name="?[^"\\r\\n]{0,64}${name}[^"\\r\\n]{0,64}"?[^\\r\\n]{0,256}\\r\\n(?:[^\\r\\n]{1,256}\\r\\n){0,8}\\r\\n)[^\\r\\n]*`,
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
/** Headers of a form's part that is a picture; its bytes end at the next boundary. */
const pictureHeaders =
  /content-type:[ \t]{0,8}image\/[^\r\n]{0,256}\r\n(?:[^\r\n]{1,256}\r\n){0,8}\r\n/gi;

/** The text with pictures cut to their first characters. */
function withoutPictures(text: string): string {
  return withoutPictureParts(text).replace(picture, (run) => run.slice(0, pictureKept));
}

function withoutPictureParts(text: string): string {
  const kept: string[] = [];
  let from = 0;
  pictureHeaders.lastIndex = 0;
  while (pictureHeaders.exec(text)) {
    const begin = pictureHeaders.lastIndex;
    const end = text.indexOf('\r\n--', begin);
    if (end < 0) break;
    kept.push(text.slice(from, Math.min(end, begin + pictureKept)));
    from = end;
    pictureHeaders.lastIndex = end;
  }
  return kept.join('') + text.slice(from);
}

/** A body of more bytes is not looked through, and not kept. */
const bodyBytesMax = 8_388_608;
/** And one of which more is left without its pictures: the search for secrets must not take long. */
const textLengthMax = 65_536;

export interface KeptBody {
  readonly body: Uint8Array;
  readonly cutBytes: number;
}

/** A body as it may be kept. Each byte is one character meanwhile: text of any encoding comes out as it was. */
export function keptBody(body: Uint8Array): KeptBody {
  if (body.length > bodyBytesMax) return { body: new Uint8Array(), cutBytes: body.length };
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  const short = withoutPictures(text);
  if (short.length > textLengthMax) return { body: new Uint8Array(), cutBytes: body.length };
  const kept = Buffer.from(withoutSecrets(short), 'latin1');
  return { body: kept, cutBytes: text.length - short.length };
}
