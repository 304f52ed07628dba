/**
 * Reads the configuration's text and judges it against the schema and against itself. Everything that is
 * wrong is told at once; nothing is taken in part.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import { type Document, isMap, LineCounter, parseDocument } from 'yaml';
import { type DeviceConfig, GateConfig } from './config-schema.ts';
import { type Finding, nearest, schemaMistakes } from './finding.ts';
import { lineMistakes } from './shared-lines.ts';

export type ConfigParse =
  | { readonly kind: 'config'; readonly config: GateConfig; readonly lineOf: LineOf }
  | {
      readonly kind: 'invalid';
      readonly findings: readonly Finding[];
      /** The values as far as they were understood, so that sound devices are still judged. */
      readonly values?: { readonly json: unknown; readonly lineOf: LineOf };
    };

/** Line of a JSON pointer in the text; the nearest one above it where the member is missing. */
export type LineOf = (path: string) => number | undefined;

const configBytesMax = 1_048_576;

const ajv = new Ajv({
  // Trimming the code that it makes takes as long as making it; a file is judged once.
  code: { optimize: false },
  allErrors: true,
  strict: false,
  verbose: true,
  useDefaults: true,
  discriminator: true,
});
const isGateConfig: ValidateFunction<GateConfig> = ajv.compile<GateConfig>(GateConfig);

export function parseConfig(text: string, file: string): ConfigParse {
  const invalid = (findings: readonly Finding[]): ConfigParse => ({ kind: 'invalid', findings });
  if (Buffer.byteLength(text) > configBytesMax) {
    return invalid([
      {
        file,
        path: '',
        message: `more than ${configBytesMax} bytes`,
        hint: 'this is no configuration file',
      },
    ]);
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: true });
  if (document.errors.length > 0) {
    return invalid(
      document.errors.map((error) => ({
        file,
        path: '',
        line: counter.linePos(error.pos[0]).line,
        message: error.message.split('\n')[0] ?? 'is no YAML',
        hint: 'YAML: two spaces for each level, a space after every colon, no tabs',
      })),
    );
  }
  const lineOf = lineFinder(document, counter);
  const located = (finding: Pick<Finding, 'path' | 'message' | 'hint'>): Finding => {
    const line = lineOf(finding.path);
    return { file, ...finding, ...(line !== undefined && { line }) };
  };
  const read = readJson(document);
  if ('mistake' in read) {
    const hint = 'write out what *name stands for, or name it before with &name';
    return invalid([{ file, path: '', message: read.mistake, hint }]);
  }
  const { json } = read;
  if (!isGateConfig(json)) {
    const mistakes = schemaMistakes(isGateConfig.errors ?? []);
    const findings = [...mistakes, ...contradictions(json)].map(located);
    return { kind: 'invalid', findings, values: { json, lineOf } };
  }
  const found = contradictions(json);
  return found.length > 0 ? invalid(found.map(located)) : { kind: 'config', config: json, lineOf };
}

function readJson(document: Document): { readonly json: unknown } | { readonly mistake: string } {
  try {
    return { json: document.toJS({ maxAliasCount: 50 }) };
  } catch (error) {
    // Aliases that expand without end, or that stand for nothing.
    return { mistake: error instanceof Error ? error.message : String(error) };
  }
}

export function lineFinder(document: Document, counter: LineCounter): LineOf {
  return (path) => {
    const keys = path.split('/').slice(1);
    for (let depth = keys.length; depth >= 0; depth -= 1) {
      const place = keys.slice(0, depth).map((key) => (/^\d+$/.test(key) ? Number(key) : key));
      const offset = offsetOf(document, place);
      if (offset !== undefined) return counter.linePos(offset).line;
    }
    return undefined;
  };
}

function offsetOf(document: Document, place: readonly (string | number)[]): number | undefined {
  const last = place.at(-1);
  const parent = place.length > 1 ? document.getIn(place.slice(0, -1), true) : document.contents;
  if (typeof last === 'string' && isMap(parent)) {
    const pair = parent.items.find(
      ({ key }) => (key as { value?: unknown } | null)?.value === last,
    );
    return (pair?.key as { range?: readonly number[] } | undefined)?.range?.[0];
  }
  const node = place.length === 0 ? document.contents : document.getIn(place, true);
  return (node as { range?: readonly number[] } | null | undefined)?.range?.[0];
}

type Mistake = Pick<Finding, 'path' | 'message' | 'hint'>;

/** What no schema can say. Looks only at members that are there, so it runs beside schema mistakes. */
function contradictions(json: unknown): readonly Mistake[] {
  const config = (json ?? {}) as Partial<GateConfig>;
  const lanes = listOf(config.lanes);
  const devices = listOf(config.devices);
  const stations = listOf(config.stations);
  const laneIds = lanes.map((lane) => lane.id);
  const places = [...laneIds, ...stations.map((station) => station.id)];
  const pathOfPlace = (i: number) =>
    i < lanes.length ? `/lanes/${i}/id` : `/stations/${i - lanes.length}/id`;
  return [
    ...repeated(places, pathOfPlace, 'lane or station'),
    ...stations.flatMap((station, i) =>
      listOfTexts(station.lanes).flatMap((lane, j) =>
        unknownPlace(lane, laneIds, { path: `/stations/${i}/lanes/${j}`, what: 'lane' }),
      ),
    ),
    ...repeated(
      devices.map((device) => device.id),
      (i) => `/devices/${i}/id`,
      'device',
    ),
    ...repeated(
      listOf(config.feed?.sources).map((s) => s.source),
      (i) => `/feed/sources/${i}/source`,
      'source',
    ),
    ...lineMistakes(devices),
    ...devices.flatMap(({ lane }, i) =>
      unknownPlace(lane, places, { path: `/devices/${i}/lane`, what: 'lane' }),
    ),
    ...devices.flatMap(({ transport }, i) => signInOf(transport, `/devices/${i}/transport`)),
    ...sharedPort(config),
    ...timing(lanes),
    ...(config.uplink?.username !== undefined && config.uplink.passwordFile === undefined
      ? [
          {
            path: '/uplink/username',
            message: 'has no passwordFile beside it',
            hint: 'name the file that holds the password',
          },
        ]
      : []),
  ];
}

function listOf<T>(list: readonly T[] | undefined): readonly T[] {
  return Array.isArray(list)
    ? list.filter((item) => typeof item === 'object' && item !== null)
    : [];
}

function repeated(
  values: readonly (string | undefined)[],
  path: (index: number) => string,
  what: string,
): readonly Mistake[] {
  return values.flatMap((value, i) =>
    value !== undefined && values.indexOf(value) < i
      ? [
          {
            path: path(i),
            message: `${what} "${value}" is there twice`,
            hint: `first at ${path(values.indexOf(value))}`,
          },
        ]
      : [],
  );
}

function signInOf(transport: DeviceConfig['transport'], path: string): readonly Mistake[] {
  if (transport?.kind !== 'onvif' && transport?.kind !== 'isapi') return [];
  const { username, passwordFile, tls, certificateFile, port } = transport;
  const mistakes: Mistake[] = [];
  if ((username === undefined) !== (passwordFile === undefined)) {
    const [there, missing] =
      username === undefined ? ['passwordFile', 'username'] : ['username', 'passwordFile'];
    mistakes.push({
      path: `${path}/${there}`,
      message: `has no ${missing} beside it`,
      hint: 'give both, or neither for a camera without a sign-in',
    });
  }
  if (certificateFile !== undefined && tls === false) {
    mistakes.push({
      path: `${path}/certificateFile`,
      message: 'no certificate is looked at while tls is false',
      hint: 'set tls to true, or remove it',
    });
  }
  if (tls && port === 80) {
    mistakes.push({
      path: `${path}/port`,
      message: 'port 80 is that of plain HTTP',
      hint: 'name the port of HTTPS, as a rule 443',
    });
  }
  return mistakes;
}

function unknownPlace(
  place: unknown,
  known: readonly string[],
  { path, what }: { readonly path: string; readonly what: string },
): readonly Mistake[] {
  if (typeof place !== 'string' || known.includes(place)) return [];
  const near = nearest(place, known);
  const hint = near === undefined ? `${what}s: ${known.join(', ')}` : `did you mean "${near}"?`;
  return [{ path, message: `there is no ${what} "${place}"`, hint }];
}

function listOfTexts(list: readonly string[] | undefined): readonly string[] {
  return Array.isArray(list) ? list : [];
}

function sharedPort({ panel, devicePush }: Partial<GateConfig>): readonly Mistake[] {
  if (!panel || !devicePush || panel.port === 0 || panel.port !== devicePush.port) return [];
  return [
    {
      path: '/devicePush/port',
      message: `port ${panel.port} is the panel's already`,
      hint: 'devices post to a port of their own',
    },
  ];
}

function timing(
  lanes: GateConfig['lanes'] | readonly GateConfig['lanes'][number][],
): readonly Mistake[] {
  return lanes.flatMap(({ timing: t }, i) => {
    if (!t) return [];
    const at = `/lanes/${i}/timing`;
    const early = {
      path: `${at}/closeAfterMs`,
      message: `a close would be requested after ${t.closeAfterMs} ms, before a loop counts as clear (${t.clearMs} ms)`,
      hint: 'set closeAfterMs above clearMs',
    };
    const late = {
      path: `${at}/openWithinMs`,
      message: `the open order could still be written (${t.openWithinMs} ms) when the arm is given up as stuck (${t.departWithinMs} ms)`,
      hint: 'set openWithinMs at or below departWithinMs',
    };
    return [
      ...(t.clearMs >= t.closeAfterMs ? [early] : []),
      ...(t.openWithinMs > t.departWithinMs ? [late] : []),
    ];
  });
}
