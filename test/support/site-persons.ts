/** Persons at a whole gate: their accounts, their sessions, and the vehicle that waits for them. */
import { join } from 'node:path';
import type { Test } from 'tap';
import { secrets } from '../../src/adapters/passwords/secrets.ts';
import { openAccounts } from '../../src/adapters/store/account-store.ts';
import type { Role } from '../../src/core/persons/roles.ts';
import { PersonClient } from './person-client.ts';
import type { VirtualSite } from './virtual-site.ts';

export const password = 'a long enough word 1';

/** Persons with an account each, signed in. */
export async function personsOf(
  site: VirtualSite,
  roles: readonly Role[],
): Promise<PersonClient[]> {
  const accounts = openAccounts(join(site.directory, 'data', 'accounts.db'));
  const passwordHash = await secrets.hashPassword(password);
  for (const role of roles) {
    const account = { name: `${role}-1`, role, passwordHash };
    accounts.add(account, { person: 'engineer', atMs: Date.now() });
  }
  accounts.close();
  const clients: PersonClient[] = [];
  for (const role of roles) {
    const client = new PersonClient(site.panelPort);
    const { status } = await client.signIn(`${role}-1`, password);
    if (status !== 200) throw new Error(`${role} cannot sign in: ${status}`);
    clients.push(client);
  }
  return clients;
}

/** The case of the vehicle that stands at the arm. */
async function caseAt(client: PersonClient) {
  const { body } = await client.get('/api/cases');
  const cases = body['cases'] as readonly {
    readonly exceptionId: string;
    readonly passageId: string;
    readonly laneId: string;
    readonly cause: string;
    readonly standing?: { readonly seen: string | null };
  }[];
  return cases.find(({ standing }) => standing);
}

export async function standing(t: Test, site: VirtualSite, client: PersonClient) {
  let found: Awaited<ReturnType<typeof caseAt>>;
  for (let tries = 0; !found && tries < 3_000; tries++) {
    found = await caseAt(client);
    if (!found) await new Promise((done) => setTimeout(done, 20));
  }
  if (!found) throw new Error(`no case in ${site.directory}`);
  t.ok(found, 'the vehicle waits for a person');
  const { laneId, passageId } = found;
  return {
    ...found,
    seen: found.standing?.seen ?? null,
    acts: `/api/lanes/${laneId}/passages/${passageId}/acts`,
  };
}

/** Nobody drives off before the persons have had their say. */
export const manner = { patienceMs: 240_000 };

/** A busy machine is no reason for a truck without a weight. */
export function patiently(config: Record<string, unknown>): void {
  for (const lane of config['lanes'] as { timing: Record<string, number> }[]) {
    lane.timing['captureTimeoutMs'] = 30_000;
  }
}
