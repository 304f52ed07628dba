/**
 * Reads the configuration with everything it refers to: policies, firmware profiles, driver settings. All
 * findings over all files come back together, so an operator mends them in one go.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { Policy } from '../core/decision/policy.ts';
import type { DriverManifest, LaneBehaviour, ShapedManifest } from '../driver-kit/contract.ts';
import { parseProfile } from '../driver-kit/profile/lint.ts';
import type { FirmwareProfile } from '../driver-kit/profile/schema.ts';
import { cameraFileMistakes, withAbsoluteFiles } from './camera-files.ts';
import type { DeviceConfig, GateConfig } from './config-schema.ts';
import { type Finding, nearest, schemaMistakes } from './finding.ts';
import {
  type Find,
  judgeCardReaders,
  judgeEquipment,
  judgeLinks,
  judgeStations,
} from './judge-equipment.ts';
import { type ConfigParse, parseConfig } from './parse-config.ts';
import { parsePolicy } from './policy.ts';
import { misfits, proofs } from './profile-fit.ts';
import { profileNameHint, profileNames } from './profile-names.ts';
import { lineWarnings, unitMistakes } from './shared-lines.ts';

export interface LoadOptions {
  readonly file: string;
  /** Folder of the firmware profiles that come with kakou. */
  readonly profilesDirectory: string;
  readonly drivers: Readonly<Record<string, () => Promise<DriverManifest>>>;
}

export interface LoadedPolicy {
  readonly policy: Policy;
  /** The file's text: its digest names the policy in every decision. */
  readonly text: string;
}

export interface LoadedDevice {
  readonly config: DeviceConfig;
  /** Of the shape that the device's transport has. */
  readonly manifest: ShapedManifest;
  readonly profile: FirmwareProfile;
}

/** Everything a gate runs on, whole and consistent. Paths are absolute. */
export interface LoadedGate {
  readonly config: GateConfig;
  readonly policies: ReadonlyMap<string, LoadedPolicy>;
  readonly devices: readonly LoadedDevice[];
  /** What is allowed and yet worth a word at start. */
  readonly warnings: readonly string[];
}

export type GateLoad =
  | { readonly kind: 'gate'; readonly gate: LoadedGate }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[] };

const settingsAjv = new Ajv({
  code: { optimize: false },
  allErrors: true,
  strict: false,
  verbose: true,
  useDefaults: true,
});

export async function loadGate(options: LoadOptions): Promise<GateLoad> {
  const { file } = options;
  const text = readText(file);
  if (typeof text !== 'string') {
    const hint = 'give the path of the configuration file';
    return { kind: 'invalid', findings: [{ file, path: '', message: text.reason, hint }] };
  }
  const parsed = parseConfig(text, file);
  if (parsed.kind === 'invalid')
    return { kind: 'invalid', findings: await allFindings(parsed, options) };
  const findings: Finding[] = [];
  const find = (path: string, message: string, hint: string) => {
    const line = parsed.lineOf(path);
    findings.push({ file, path, message, hint, ...(line !== undefined && { line }) });
  };
  const base = dirname(resolve(file));
  const config = withAbsolutePaths(parsed.config, base);
  const policies = loadPolicies(config, { find, add: (more) => findings.push(...more) });
  judgeLanes(config, policies, find);
  judgeLinks(config, find);
  const devices: LoadedDevice[] = [];
  for (const [index, device] of config.devices.entries()) {
    const closing = config.lanes.find(({ id }) => id === device.lane)?.closing ?? 'byController';
    const place = { options, base, path: `/devices/${index}`, find, closing };
    const loaded = await loadDevice(device, place);
    if (loaded) devices.push(loaded);
  }
  if (devices.length === config.devices.length) {
    judgeEquipment(config, devices, find);
    judgeStations(config, devices, find);
    judgeCardReaders(config, devices, find);
    for (const { path, message, hint } of unitMistakes(devices)) find(path, message, hint);
  }
  if (findings.length > 0) return { kind: 'invalid', findings };
  return {
    kind: 'gate',
    gate: { config, policies, devices, warnings: warningsOf(config, devices) },
  };
}

/** Mistakes of form, and beside them what drivers and profiles say of the devices that have none. */
async function allFindings(
  { findings, values }: Extract<ConfigParse, { kind: 'invalid' }>,
  options: LoadOptions,
): Promise<readonly Finding[]> {
  const { file } = options;
  const devices = (values?.json as { devices?: unknown } | null | undefined)?.devices;
  if (!values || !Array.isArray(devices)) return findings;
  const all = [...findings];
  const find = (path: string, message: string, hint: string) => {
    const line = values.lineOf(path);
    all.push({ file, path, message, hint, ...(line !== undefined && { line }) });
  };
  for (const [index, device] of devices.entries()) {
    const path = `/devices/${index}`;
    if (findings.some((each) => `${each.path}/`.startsWith(`${path}/`))) continue;
    // Whether its lane closes by itself is not known here: what hangs on that is judged when the form is right.
    const base = dirname(resolve(file));
    const closing = 'requested' as const;
    await loadDevice(device as DeviceConfig, { options, base, path, find, closing });
  }
  return all;
}

function readText(file: string): string | { readonly reason: string } {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { reason: code === 'ENOENT' ? 'there is no such file' : `cannot be read: ${code}` };
  }
}

function withAbsolutePaths(config: GateConfig, base: string): GateConfig {
  const { uplink } = config;
  return {
    ...config,
    data: { directory: resolve(base, config.data.directory) },
    feed: { ...config.feed, directory: resolve(base, config.feed.directory) },
    policies: config.policies.map((path) => resolve(base, path)),
    devices: config.devices.map((device) => ({
      ...device,
      transport: withAbsoluteFiles(device.transport, base),
    })),
    uplink: {
      ...uplink,
      ...(uplink.passwordFile !== undefined && {
        passwordFile: resolve(base, uplink.passwordFile),
      }),
    },
  };
}

function loadPolicies(
  config: GateConfig,
  report: { find: Find; add: (findings: readonly Finding[]) => void },
): ReadonlyMap<string, LoadedPolicy> {
  const policies = new Map<string, LoadedPolicy>();
  config.policies.forEach((file, index) => {
    const path = `/policies/${index}`;
    const text = readText(file);
    if (typeof text !== 'string') {
      report.find(path, `${file}: ${text.reason}`, 'paths count from the configuration file');
      return;
    }
    const json = parsedJson(text);
    if ('mistake' in json) {
      report.find(path, `${file} is no JSON: ${json.mistake}`, 'policies are JSON files');
      return;
    }
    const parsed = parsePolicy(json.value);
    if (parsed.kind === 'invalid') {
      report.add(parsed.findings.map((f) => ({ file, ...f })));
      return;
    }
    if (policies.has(parsed.policy.name)) {
      report.find(
        path,
        `policy "${parsed.policy.name}" is there twice`,
        'give each policy a name of its own',
      );
    }
    policies.set(parsed.policy.name, { policy: parsed.policy, text });
  });
  return policies;
}

function parsedJson(text: string): { value: unknown } | { mistake: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { mistake: (error as Error).message };
  }
}

function judgeLanes(
  config: GateConfig,
  policies: ReadonlyMap<string, LoadedPolicy>,
  find: Find,
): void {
  config.lanes.forEach((lane, i) => {
    const loaded = policies.get(lane.policy);
    if (!loaded) {
      const known = [...policies.keys()];
      const near = nearest(lane.policy, known);
      find(
        `/lanes/${i}/policy`,
        `there is no policy "${lane.policy}"`,
        near === undefined
          ? `policies that could be read: ${known.join(', ') || 'none'}`
          : `did you mean "${near}"?`,
      );
    } else {
      const directions = lane.direction === 'reversible' ? ['in', 'out'] : [lane.direction];
      for (const direction of directions) {
        if (loaded.policy.rules.some((rule) => rule.direction === direction)) continue;
        find(
          `/lanes/${i}/policy`,
          `policy "${lane.policy}" has no rule for direction "${direction}"`,
          'choose a policy that judges this direction',
        );
      }
    }
    judgeDirection(config, lane, { path: `/lanes/${i}`, find });
  });
}

/** What only a reversible lane can have. */
function judgeDirection(
  { devices }: GateConfig,
  lane: GateConfig['lanes'][number],
  { path, find }: { readonly path: string; readonly find: Find },
): void {
  if (lane.direction === 'reversible') return;
  const hint = 'leave it out, or set the direction of the lane to reversible';
  if (lane.builtFor !== undefined) {
    find(`${path}/builtFor`, `lane "${lane.id}" is not reversible`, hint);
  }
  devices.forEach((device, i) => {
    if (device.lane !== lane.id || device.serves === undefined) return;
    find(`/devices/${i}/serves`, `device "${device.id}" is in a lane that is not reversible`, hint);
  });
}

async function loadDevice(
  device: DeviceConfig,
  place: { options: LoadOptions; base: string; path: string; find: Find } & LaneBehaviour,
): Promise<LoadedDevice | undefined> {
  const { options, path, find, closing } = place;
  const profile = loadProfile(device, place);
  const load = options.drivers[device.driver];
  if (!load) {
    const known = Object.keys(options.drivers);
    const near = nearest(device.driver, known);
    find(
      `${path}/driver`,
      `there is no driver "${device.driver}"`,
      near === undefined ? `drivers: ${known.join(', ')}` : `did you mean "${near}"?`,
    );
    return undefined;
  }
  const driver = await load();
  const manifest = driver.instead?.[device.transport.kind] ?? driver;
  if (!driver.transports.includes(device.transport.kind)) {
    find(
      `${path}/transport/kind`,
      `driver "${driver.name}" does not speak over ${device.transport.kind}`,
      `it speaks over: ${driver.transports.join(', ')}`,
    );
  }
  judgeSettings(device, manifest, { path, find });
  for (const mistake of cameraFileMistakes(device.transport, `${path}/transport`)) {
    find(mistake.path, mistake.message, mistake.hint);
  }
  if (!profile) return undefined;
  if (profile.driver !== manifest.name) {
    find(
      `${path}/profile`,
      `profile "${device.profile}" is read by driver "${profile.driver}", not by "${manifest.name}"`,
      `set driver to ${profile.driver}, or choose a profile that ${manifest.name} reads`,
    );
    return undefined;
  }
  const unfit = misfits(manifest, profile);
  for (const { path: place, message, hint } of unfit) {
    find(`${path}/profile`, `profile "${device.profile}" ${place}: ${message}`, hint);
  }
  if (unfit.length > 0) return undefined;
  judgeTogether({ config: device, manifest, profile }, { path, find, closing });
  return { config: device, manifest, profile };
}

/** A profile must prove itself with its driver, and with the wiring of this site. */
function judgeTogether(
  { config: device, manifest, profile }: LoadedDevice,
  { path, find, closing }: { path: string; find: Find } & LaneBehaviour,
): void {
  for (const { path: place, message, hint } of proofs(manifest, profile)) {
    find(`${path}/profile`, `profile "${device.profile}" ${place}: ${message}`, hint);
  }
  const checked = manifest.check?.({ profile, settings: device.settings }, { closing }) ?? [];
  for (const { path: place, message, hint } of checked) {
    find(`${path}/${place.replaceAll('.', '/')}`, message, hint);
  }
}

function loadProfile(
  device: DeviceConfig,
  { options, base, path, find }: { options: LoadOptions; base: string; path: string; find: Find },
): FirmwareProfile | undefined {
  const file = device.profile.endsWith('.json')
    ? resolve(base, device.profile)
    : resolve(options.profilesDirectory, `${device.profile}.json`);
  const text = readText(file);
  if (typeof text !== 'string') {
    find(
      `${path}/profile`,
      `${file}: ${text.reason}`,
      device.profile.endsWith('.json')
        ? 'paths count from the configuration file'
        : profileNameHint(device.profile, profileNames(options.profilesDirectory)),
    );
    return undefined;
  }
  const json = parsedJson(text);
  const parsed = 'value' in json ? parseProfile(json.value) : undefined;
  if (parsed?.kind === 'profile') return parsed.profile;
  const first = parsed?.kind === 'invalid' ? parsed.findings[0] : undefined;
  const reason = first ? `${first.path} ${first.message}` : 'it is no JSON';
  find(
    `${path}/profile`,
    `profile "${device.profile}" is not valid: ${reason}`,
    first?.hint ?? 'profiles are JSON files',
  );
  return undefined;
}

function judgeSettings(
  device: DeviceConfig,
  manifest: ShapedManifest,
  { path, find }: { path: string; find: Find },
): void {
  const validate = settingsAjv.compile(manifest.settings);
  if (validate(device.settings)) return;
  for (const { path: place, message, hint } of schemaMistakes(validate.errors ?? [])) {
    find(`${path}/settings${place}`, message, hint);
  }
}

function warningsOf(config: GateConfig, devices: readonly LoadedDevice[]): readonly string[] {
  return [
    ...devices
      .filter(({ profile }) => profile.experimental)
      .map(
        ({ config: device }) =>
          `device ${device.id}: profile ${device.profile} is experimental: not all its facts are sourced`,
      ),
    ...lineWarnings(devices),
    ...(config.clock.trust === 'unsynced'
      ? [
          'clock.trust is unsynced: releases with a validity or an age cannot be judged, and those trucks are referred',
        ]
      : []),
  ];
}
