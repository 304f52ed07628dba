/** Passwords by argon2id, the package's own choice, with the parameters that OWASP names (19 MiB, two passes), and random texts of the system. */
import { createHash, randomBytes } from 'node:crypto';
import argon2 from 'argon2';
import type { Secrets } from '../../ports/accounts.ts';

const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Letters and digits that are not taken for each other when they are typed from a log. */
const typed = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const setUpCodeLength = 20;

const hashPassword = (password: string) => argon2.hash(password.normalize('NFKC'), parameters);

/** Of a password that nobody has. */
let ofNobody: Promise<string> | undefined;

export const secrets: Secrets = {
  newToken: () => randomBytes(32).toString('base64url'),
  newSetUpCode: () =>
    [...randomBytes(setUpCodeLength)].map((byte) => typed[byte % typed.length]).join(''),
  digest: (text) => createHash('sha256').update(text).digest('hex'),
  hashPassword,
  async isPassword(passwordHash, password) {
    ofNobody ??= hashPassword(randomBytes(16).toString('hex'));
    const hash = passwordHash ?? (await ofNobody);
    const isRight = await argon2.verify(hash, password.normalize('NFKC'));
    return isRight && passwordHash !== undefined;
  },
};
