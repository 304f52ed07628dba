import t from 'tap';
import { authorization, isStale, type SignIn } from '../../../src/adapters/camera-http/digest.ts';

const mufasa: SignIn = {
  method: 'GET',
  uri: '/dir/index.html',
  username: 'Mufasa',
  password: 'Circle of Life',
  isBasicAllowed: false,
  cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
};
const rfc7616 = (algorithm: string) =>
  `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

const response = (header: string | undefined) => /response="([0-9a-f]+)"/.exec(header ?? '')?.[1];

t.test('the examples of RFC 7616, section 3.9.1', async (t) => {
  const md5 = authorization([rfc7616('MD5')], mufasa);
  t.equal(response(md5), '8ca523f5e9506fed4657c9700eebdbec');
  t.match(md5, 'qop=auth, nc=00000001, cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"');
  t.match(md5, 'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"');
  const sha256 = authorization([rfc7616('SHA-256')], mufasa);
  t.equal(response(sha256), '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1');
});

t.test('the example of section 3.9.2, as erratum 4897 corrects it', async (t) => {
  const header = authorization(
    [
      'Digest realm="api@example.org", qop="auth", algorithm=SHA-512-256, nonce="5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK", opaque="HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS", charset=UTF-8, userhash=true',
    ],
    {
      ...mufasa,
      uri: '/doe.json',
      username: 'Jäsøn Doe',
      password: 'Secret, or not?',
      cnonce: 'NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v',
    },
  );
  t.equal(response(header), '3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5');
  t.match(header, 'username="793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b"');
  t.match(header, 'userhash=true');
});

t.test('the example of RFC 2617, and a challenge from before qop', async (t) => {
  const signIn = { ...mufasa, password: 'Circle Of Life', cnonce: '0a4f113b' };
  const challenge =
    'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"';
  const modern = authorization([`${challenge}, qop="auth,auth-int"`], signIn);
  t.equal(response(modern), '6629fae49393a05397450978507c4ef1');
  const old = authorization([challenge], signIn);
  // MD5(MD5(A1):nonce:MD5(A2)), the rule of RFC 2069.
  t.equal(response(old), '670fd8c2df070c60b045671b8b24ff02');
  t.notMatch(old, /cnonce|qop/);
});

t.test('of several challenges the strongest is answered, in one header or in many', async (t) => {
  const many = [rfc7616('MD5'), rfc7616('SHA-256')];
  for (const challenges of [many, [...many].reverse(), [many.join(', ')]]) {
    t.match(authorization(challenges, mufasa), 'algorithm=SHA-256');
  }
  t.match(
    authorization(
      ['Digest qop="auth-int", realm="r", nonce="n", algorithm=SHA-256', rfc7616('MD5')],
      mufasa,
    ),
    'algorithm=MD5',
  );
  t.match(authorization([rfc7616('MD5-sess')], mufasa), 'algorithm=MD5-sess');
  t.not(response(authorization([rfc7616('MD5-sess')], mufasa)), '8ca523f5e9506fed4657c9700eebdbec');
});

t.test('a header as Hikvision sends it is read', async (t) => {
  const header = authorization(
    [
      'Digest qop="auth", realm="IP Camera", nonce="396539323a38326531", stale="FALSE"',
      'Digest qop="auth", realm="IP Camera", nonce="353066323a38326531", algorithm="SHA-256", stale="FALSE"',
    ],
    mufasa,
  );
  t.match(header, /nonce="353066323a38326531".*algorithm=SHA-256/);
  t.notOk(isStale(['Digest nonce="n", stale="FALSE"']));
  t.ok(isStale(['Digest nonce="n", stale=true']));
});

t.test('the password itself is sent only where that is allowed', async (t) => {
  const basic = 'Basic realm="camera", charset="UTF-8"';
  t.equal(authorization([basic], mufasa), undefined);
  t.equal(
    authorization([basic], { ...mufasa, isBasicAllowed: true }),
    `Basic ${Buffer.from('Mufasa:Circle of Life').toString('base64')}`,
  );
  t.match(authorization([basic, rfc7616('MD5')], { ...mufasa, isBasicAllowed: true }), /^Digest/);
});

t.test('what cannot be answered is not', async (t) => {
  for (const challenge of [
    '',
    'Negotiate',
    'Bearer realm="x"',
    'Digest',
    'Digest realm="x"',
    'Digest nonce="x"',
    'Digest realm="x", nonce="y", algorithm=SHA-1',
    'Digest realm="unclosed',
    ',,,===""""',
    `Digest ${'a="b", '.repeat(2_000)}`,
  ]) {
    t.equal(authorization([challenge], mufasa), undefined, challenge.slice(0, 40));
  }
  t.equal(authorization([], mufasa), undefined);
});

t.test('quotes in what the camera says stay inside their field', async (t) => {
  const header = authorization(['Digest realm="a\\"b\\\\", nonce="n", qop="auth"'], mufasa);
  t.match(header, 'realm="a\\"b\\\\"');
});

t.test('a challenge that could not be sent back in a header is not answered', async (t) => {
  for (const realm of ['-\rmera', 'a\nb', '\u0000', '\u007f', '摄像机']) {
    const challenge = `Digest realm="${realm}", nonce="0123", qop="auth", algorithm=MD5`;
    t.equal(authorization([challenge], mufasa), undefined, JSON.stringify(realm));
  }
  const utf8 = Buffer.from('摄像机', 'utf8').toString('latin1');
  const answer = authorization([`Digest realm="${utf8}", nonce="0123"`], mufasa);
  t.match(answer, /^Digest /, 'bytes of UTF-8 are as Node gives them');
});
