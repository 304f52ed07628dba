/**
 * The configuration of a recording, changed so that a daemon meets the recording's devices on this machine: every
 * address is one of loopback, every file lies in one folder, and nobody signs in. Lanes, policies, profiles and
 * settings of drivers are the recording's own.
 */

type Members = Readonly<Record<string, unknown>>;

export interface ServedDevice {
  readonly id: string;
  readonly driver: string;
  /** Kind of the transport in the recording. */
  readonly kind: string;
  readonly lane: string;
  /** Where a device posts to. */
  readonly path?: string;
}

export interface ServedPlaces {
  readonly panelPort: number;
  readonly devicePushPort: number;
  readonly brokerUrl: string;
  /** Port of each device that a daemon connects to. */
  readonly ports: ReadonlyMap<string, number>;
}

export interface ServedFiles {
  /** As it is written to `gate.yaml`. */
  readonly config: Members;
  /** Path from the folder, and text. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
}

/** The recording was changed by hand, or comes from a version that has another form of configuration. */
export class UnservableConfig extends Error {}

const host = '127.0.0.1';
export const servedFeedFolder = 'feed';
/** The gate of a replay must never be taken for the gate itself, whatever centre its events reach. */
const gateEnding = '-replay';
const idLengthMax = 32;

export function devicesOf(config: unknown): readonly ServedDevice[] {
  return list(members(config, 'the configuration')['devices'], 'devices').map((each) => {
    const device = members(each, 'a device');
    const transport = members(device['transport'], `the transport of ${String(device['id'])}`);
    const path = transport['path'];
    return {
      id: String(device['id']),
      driver: String(device['driver']),
      lane: String(device['lane']),
      kind: String(transport['kind']),
      ...(transport['kind'] === 'httpPush' && { path: String(path) }),
    };
  });
}

export function servedConfig(
  recorded: {
    readonly config: unknown;
    readonly policies: readonly string[];
    readonly profiles: Readonly<Record<string, { readonly profile: unknown }>>;
  },
  places: ServedPlaces,
): ServedFiles {
  const config = members(recorded.config, 'the configuration');
  const profiles = profileFiles(recorded.profiles);
  const policies = recorded.policies.map((text, i) => ({ path: `policies/${i + 1}.json`, text }));
  const { protocol } = members(config['uplink'] ?? {}, 'uplink');
  const feed = members(config['feed'], 'feed');
  const gate = String(config['gate']);
  // No platform of customs may hear of a vehicle that passed long ago.
  const { customsPlatform: _platform, ...unlinked } = config;
  return {
    config: {
      ...unlinked,
      lanes: list(config['lanes'], 'lanes').map((lane) => {
        const { customsLane: _lane, ...rest } = members(lane, 'a lane');
        return rest;
      }),
      gate: `${gate.slice(0, idLengthMax - gateEnding.length)}${gateEnding}`,
      data: { directory: 'data' },
      panel: { host, port: places.panelPort },
      devicePush: { host, port: places.devicePushPort },
      uplink: { url: places.brokerUrl, ...(protocol !== undefined && { protocol }) },
      // What was known at a moment of the recording must be known at the same moment.
      feed: { ...feed, directory: servedFeedFolder, scanEveryMs: 50 },
      policies: policies.map(({ path }) => path),
      devices: list(config['devices'], 'devices').map((device) =>
        servedDevice(members(device, 'a device'), profiles, places),
      ),
    },
    files: [...policies, ...[...profiles.values()]],
  };
}

function profileFiles(profiles: Readonly<Record<string, { readonly profile: unknown }>>) {
  return new Map(
    Object.entries(profiles).map(([name, { profile }], i) => {
      const word = name.replace(/\.json$/, '').replace(/[^A-Za-z0-9._-]+/g, '-');
      const path = `profiles/${i + 1}-${word.slice(-64)}.json`;
      return [name, { path, text: `${JSON.stringify(profile, null, 2)}\n` }] as const;
    }),
  );
}

function servedDevice(
  device: Members,
  profiles: ReadonlyMap<string, { readonly path: string }>,
  { ports }: ServedPlaces,
): Members {
  const id = String(device['id']);
  const profile = profiles.get(String(device['profile']));
  if (!profile) throw new UnservableConfig(`the recording has no profile of ${id}`);
  const transport = members(device['transport'], `the transport of ${id}`);
  const port = ports.get(id);
  return {
    ...device,
    profile: profile.path,
    transport: port === undefined ? transport : servedTransport(transport, port),
    // One that was away when the recording begins is waited for, whatever the site wants at a start.
    onStartFailure: 'retry',
  };
}

function servedTransport(transport: Members, port: number): Members {
  const kept = (...names: readonly string[]) =>
    Object.fromEntries(
      names.flatMap((name) => (transport[name] === undefined ? [] : [[name, transport[name]]])),
    );
  switch (transport['kind']) {
    case 'serial':
    case 'tcp':
      return { kind: 'tcp', host, port };
    case 'modbusTcp':
      return { kind: 'modbusTcp', host, port, ...kept('replyTimeoutMs', 'gateway') };
    case 'modbusRtu':
    case 'modbusRtuTcp':
      // As a serial line a gateway is kept after a reply that did not come; a module of its own is connected anew.
      return { kind: 'modbusTcp', host, port, ...kept('replyTimeoutMs'), gateway: true };
    case 'isapi':
    case 'onvif':
      return { kind: transport['kind'], host, port, ...kept('replyTimeoutMs') };
    default:
      return transport;
  }
}

function members(value: unknown, what: string): Members {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Members;
  throw new UnservableConfig(`${what} of the recording is not whole`);
}

function list(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new UnservableConfig(`${what} of the recording are not whole`);
}
