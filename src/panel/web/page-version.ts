/**
 * A daemon that comes back may bring another page, which an open one would misread. Nobody touches the screen of
 * a booth, so the page loads itself anew.
 */
const loaded = served();

/** What the server calls its present page; undefined where it does not answer. */
async function served(): Promise<string | undefined> {
  try {
    const answer = await fetch('./', { method: 'HEAD', cache: 'no-store' });
    return answer.ok ? (answer.headers.get('etag') ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}

/** To be called when the line has come back. */
export async function reloadIfReplaced(): Promise<void> {
  const [own, present] = await Promise.all([loaded, served()]);
  if (own !== undefined && present !== undefined && own !== present) location.reload();
}
