/** Nothing that lets somebody in is kept, and what is left is read as it was. */
import t from 'tap';
import { heartbeatPost, platePost } from '../../devices/plate-camera-http/emulator.ts';
import { keptBody, withoutSecrets } from '../../src/runtime/redaction.ts';
import { processorMs } from '../support/processor-time.ts';

const secret = 'Hik12345+x';

const texts: readonly string[] = [
  `{"user":"admin","password":"${secret}"}`,
  `{"Device":{"passwd" : "${secret}"},"x":1}`,
  `{"pass_wd":"${secret}","a":"b"}`,
  `{"apiKey":"${secret}"}`,
  `{"accessToken":"a\\"${secret}"}`,
  `<Password>${secret}</Password>`,
  `<wsse:Password Type="http://x/#PasswordDigest">${secret}</wsse:Password>`,
  `<ns:Nonce EncodingType="x">${secret}</ns:Nonce>`,
  `<camera password="${secret}" name="a"/>`,
  `a=1&password=${secret}&b=2`,
  `pass_wd=${secret}`,
  `Authorization: Digest username="admin", response="${secret}"`,
  `proxy-authorization: Basic ${secret}`,
  `Set-Cookie: session=${secret}`,
  `http://admin:${secret}@10.0.0.1/onvif`,
  `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret}\r\n--b--`,
];

for (const text of texts) {
  t.test(`no secret is left of ${text.slice(0, 40)}`, async (t) => {
    t.notMatch(withoutSecrets(text), secret);
    const { body } = keptBody(Buffer.from(text));
    t.notOk(Buffer.from(body).includes(secret), Buffer.from(body).toString());
  });
}

t.test('what is no secret is left as it is, in its own encoding', async (t) => {
  const text = '{"passId":7,"plate":"粤B12345","bypass":"on","passages":["a"],"compass":"N"}';
  t.strictSame(Buffer.from(keptBody(Buffer.from(text)).body).toString(), text);
  const gbk = Uint8Array.of(0x7b, 0xd4, 0xc1, 0x42, 0x7d, 0xff, 0x00);
  t.strictSame(Uint8Array.from(keptBody(gbk).body), gbk);
});

t.test('the heartbeat of a camera is kept without its password', async (t) => {
  const { body } = heartbeatPost('camera-1', secret);
  t.ok(Buffer.from(body).includes(secret), 'it is in it');
  t.notOk(Buffer.from(keptBody(body).body).includes(secret));
});

t.test('pictures are cut, and the driver reads the rest as it was', async (t) => {
  const posted = platePost({
    serialNumber: 'camera-1',
    plateId: 1,
    text: '粤B12345',
    colour: 'yellow',
    confidence: 97,
    capturedAtMs: 1_790_000_000_000,
  });
  const text = Buffer.from(posted.body).toString();
  const withPicture = text.replace('{', `{"imageFile":"${'QUJD'.repeat(50_000)}",`);
  const { body, cutBytes } = keptBody(Buffer.from(withPicture));
  t.ok(body.length < text.length + 200, `${body.length}`);
  t.ok(cutBytes > 190_000);
  const kept = JSON.parse(Buffer.from(body).toString()) as { imageFile: string };
  t.equal(kept.imageFile.length, 64);
});

t.test('a picture in a part of a form is cut, and the parts stay parts', async (t) => {
  const head = '--b\r\nContent-Type: application/json\r\n\r\n{"plate":"A"}\r\n';
  const part =
    '--b\r\nContent-Disposition: form-data; name="i"\r\nContent-Type: image/jpeg\r\n\r\n';
  const jpeg = Buffer.alloc(90_000, 0xd8);
  const body = Buffer.concat([Buffer.from(head + part), jpeg, Buffer.from('\r\n--b--\r\n')]);
  const kept = keptBody(body);
  t.equal(kept.cutBytes, 90_000 - 64);
  t.ok(Buffer.from(kept.body).toString('latin1').endsWith('\r\n--b--\r\n'));
});

t.test('a body that is too large to look through is not kept', async (t) => {
  const none = new Uint8Array();
  t.strictSame(keptBody(Buffer.alloc(9_000_000, 65)), { body: none, cutBytes: 9_000_000 });
  const text = Buffer.from('{"a":1} '.repeat(20_000));
  t.strictSame(keptBody(text), { body: none, cutBytes: text.length });
});

t.test('bodies that are made to slow the search down do not', async (t) => {
  const slow = [
    '<passwd',
    'name="password',
    '"password":"',
    '=password',
    '\r\n\r\n',
    'content-type: image/',
  ];
  for (const piece of slow) {
    const body = Buffer.from(piece.repeat(Math.floor(65_000 / piece.length)));
    const tookMs = processorMs(() => keptBody(body));
    t.ok(tookMs < 2_000, `${piece}: ${tookMs} ms`);
  }
});
