/** Signatures: made here, made by OpenSSL, and made by nobody who may. */
import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { CompactSign } from 'jose';
import t from 'tap';
import {
  commandType,
  commandVerifier,
  publicKeyOf,
  signCommand,
} from '../../../src/adapters/signed-commands/command-keys.ts';
import { missing } from '../../support/peers.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const pair = generateKeyPairSync('ed25519');
const pem = String(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const verifier = commandVerifier(new Map([['k1', pair.publicKey]]));
const claims = { jti: 'c-1', text: '李' };

t.test('what a pinned key has signed is taken, with the very bytes', async (t) => {
  const token = await signCommand(claims, { keyId: 'k1', pem });
  t.strictSame(await verifier.verify(token), {
    kind: 'signed',
    keyId: 'k1',
    payload: JSON.stringify(claims),
    digest: createHash('sha256').update(token).digest('hex'),
  });
});

t.test('a command that OpenSSL has signed is taken', { skip: missing('openssl') }, async (t) => {
  const folder = temporaryFolder();
  const file = (name: string) => join(folder, name);
  const openssl = (...args: readonly string[]) => execFileSync('openssl', [...args]);
  openssl('genpkey', '-algorithm', 'ed25519', '-out', file('key.pem'));
  openssl('pkey', '-in', file('key.pem'), '-pubout', '-out', file('key.pub'));
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'EdDSA', kid: 'k9', typ: commandType })}.${part(claims)}`;
  writeFileSync(file('signed'), signed);
  const given = ['-inkey', file('key.pem'), '-rawin', '-in', file('signed')];
  openssl('pkeyutl', '-sign', ...given, '-out', file('signature'));
  const token = `${signed}.${readFileSync(file('signature')).toString('base64url')}`;
  const key = publicKeyOf(readFileSync(file('key.pub'), 'utf8'));
  t.match(await commandVerifier(new Map([['k9', key]])).verify(token), { kind: 'signed' });
});

t.test('what nobody pinned has signed is refused by name', async (t) => {
  const other = generateKeyPairSync('ed25519');
  const otherPem = String(other.privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const code = async (token: string) => {
    const verified = await verifier.verify(token);
    return verified.kind === 'refused' ? verified.code : verified.kind;
  };
  t.equal(await code(await signCommand(claims, { keyId: 'k1', pem: otherPem })), 'remote-unsigned');
  t.equal(await code(await signCommand(claims, { keyId: 'k2', pem })), 'remote-key-unknown');
  const bytes = new TextEncoder().encode(JSON.stringify(claims));
  const sign = (header: Record<string, string>, key: Parameters<CompactSign['sign']>[0]) =>
    new CompactSign(bytes).setProtectedHeader(header as never).sign(key);
  t.equal(
    await code(await sign({ alg: 'EdDSA', kid: 'k1', typ: 'JWT' }, pair.privateKey)),
    'remote-unsigned',
    'signed for something else',
  );
  t.equal(await code(await sign({ alg: 'EdDSA', kid: 'k1' }, pair.privateKey)), 'remote-unsigned');
  const secret = createPublicKey(pair.publicKey.export({ type: 'spki', format: 'pem' }))
    .export({ type: 'spki', format: 'der' })
    .subarray(0, 64);
  t.equal(
    await code(await sign({ alg: 'HS256', kid: 'k1', typ: commandType }, secret)),
    'remote-malformed',
    'the public key is no secret',
  );
  const none = `${Buffer.from('{"alg":"none","kid":"k1"}').toString('base64url')}.e30.`;
  t.equal(await code(none), 'remote-malformed');
  t.equal(await code(''), 'remote-malformed');
});

t.test('no change of a character leaves a command good', async (t) => {
  const token = await signCommand(claims, { keyId: 'k1', pem });
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
  await fc.assert(
    fc.asyncProperty(fc.nat(token.length - 1), fc.constantFrom(...letters), async (at, letter) => {
      const changed = `${token.slice(0, at)}${letter}${token.slice(at + 1)}`;
      const verified = await verifier.verify(changed);
      // The last letter of a part has bits that mean nothing.
      return verified.kind === 'refused' || verified.payload === JSON.stringify(claims);
    }),
  );
  t.equal((await verifier.verify(`${token}x`)).kind, 'refused');
});

t.test('a key that is none is told at once', async (t) => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 }).publicKey;
  t.throws(
    () => publicKeyOf(String(rsa.export({ type: 'spki', format: 'pem' }))),
    /no Ed25519 key/,
  );
  t.throws(() => publicKeyOf('nothing'));
  await t.rejects(signCommand(claims, { keyId: 'k1', pem: 'nothing' }));
});
