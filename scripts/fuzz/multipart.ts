/** Multipart messages, whoever wrote them: the same parts however they are cut, and none over its limit. */
import fc from 'fast-check';
import { MultipartReader } from '../../src/driver-kit/multipart.ts';
import { cutInto, cuts, damaged } from './damage.ts';
import { demand, type FuzzFamily, familyOf } from './family.ts';

const partBytesMax = 100;
const head = '--b\r\nContent-Type: text/xml\r\n';
const good = [
  `${head}\r\n<a/>\r\n--b\r\nContent-Length: 5\r\n\r\n12345\r\n--b--\r\n`,
  `${head}Content-Disposition: form-data; name="a;\\"b";filename=x.jpg\r\n\r\n<Alert></Alert>\r\n--b--`,
  '--b\nContent-Length: 3\n\nxyz\n--b\n\n--b\nContent-Type: image/png\n\n</Alert>\n--b--',
  `preamble\r\n\r\n${head}Content-Length: 0\r\n\r\n\r\n--b--epilogue`,
].map((text) => Buffer.from(text));
const pieces = [
  '--b',
  '--b\r\n',
  '--b--',
  '--',
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  'Content-Length: 3\r\n',
  'Content-Length: 100\r\n',
  'Content-Length: 101\r\n',
  'content-length: 1e1\r\n',
  'X: y\r\n',
  ':',
  '</Alert>',
  '\0',
  '-'.repeat(200),
];

export function multipartFamily(): FuzzFamily {
  const cases = fc.record({
    bytes: damaged({ good, pieces }),
    sizes: cuts,
    boundary: fc.constantFrom('b', 'b', '--b', undefined),
    closing: fc.constantFrom('</Alert>', undefined),
  });
  return familyOf('multipart', cases, ({ bytes, sizes, boundary, closing }) => {
    const read = (parts: readonly Uint8Array[]) => {
      const reader = new MultipartReader({
        partBytesMax,
        ...(boundary !== undefined && { boundary }),
        ...(closing !== undefined && { closing }),
      });
      return parts
        .flatMap((each) => reader.feed(each))
        .map((event) =>
          event.kind === 'part'
            ? { ...event.part, headers: [...event.part.headers], length: event.part.bytes.length }
            : event,
        );
    };
    const whole = read([bytes]);
    for (const each of whole)
      demand(!('length' in each) || each.length <= partBytesMax, 'a part over its limit');
    demand(
      JSON.stringify(read(cutInto(bytes, sizes))) === JSON.stringify(whole),
      'depends on cuts',
    );
  });
}
