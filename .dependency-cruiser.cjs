/**
 * Who may import whom. One rule or more per folder; a folder of src/ without a row here is refused as a whole.
 * Paths of npm packages are matched anywhere, so that a linked node_modules counts the same.
 */

const npm = (...names) => names.map((name) => `node_modules/${name}/`);
const anywhereButHere = ['^src/simulation/', '^scripts/', '^test/'];

/** `from` may import what `allowed` names and nothing else; Node's own modules only if `node` says so. */
const only = (name, comment, { from, allowed, node = false }) => ({
  name,
  comment,
  severity: 'error',
  from: typeof from === 'string' ? { path: from } : from,
  to: { pathNot: allowed, ...(node && { dependencyTypesNot: ['core'] }) },
});

/** What `from` takes of `to` is gone after compilation. */
const typesOnly = (name, comment, { from, to }) => ({
  name,
  comment,
  severity: 'error',
  from: typeof from === 'string' ? { path: from } : from,
  to: { ...(typeof to === 'string' ? { path: to } : to), dependencyTypesNot: ['type-only'] },
});

/** Each adapter stands alone before one outside thing, with the package that speaks to it. */
const packagesOfAdapters = {
  'camera-http': [],
  customs: [],
  'gate-platform': [],
  isapi: [],
  onvif: ['onvif'],
  passwords: ['argon2'],
  pictures: ['sharp'],
  recording: [],
  'signed-commands': ['jose'],
  store: ['better-sqlite3'],
  system: ['uuidv7'],
  transport: ['fastify', 'modbus-serial', 'serialport'],
  uplink: ['mqtt'],
};

const panelServer = { path: '^src/panel/', pathNot: '^src/panel/web/' };

const rows = [
  only(
    'core',
    'The core decides; it is proven by tests without fakes only while it knows neither Node, packages nor the shell',
    { from: '^src/core/', allowed: ['^src/core/'] },
  ),
  only(
    'interchange',
    "Codecs of other people's formats are pure: text in, values out, so that a worker or a test can run them",
    {
      from: '^src/interchange/',
      allowed: [
        '^src/interchange/',
        '^src/core/',
        // Reading of XML is bounded in one place, and so is the table of GBK.
        '^src/driver-kit/(xml|text-encoding)\\.ts$',
        ...npm('@sinclair/typebox', 'ajv', 'yaml'),
      ],
    },
  ),
  typesOnly(
    'interchange-core',
    'A codec needs the vocabulary and the identifiers of the core, none of its behaviour',
    { from: '^src/interchange/', to: { path: '^src/core/', pathNot: '^src/core/identifiers/' } },
  ),
  only(
    'driver-kit',
    'The door between devices and daemon carries the vocabulary of observations and no way to the outside',
    {
      from: '^src/driver-kit/',
      allowed: [
        '^src/driver-kit/',
        '^src/core/(observation|time|fault-codes)\\.ts$',
        '^src/core/identifiers/',
        '^src/core/weighing/stability\\.ts$',
        ...npm('@sinclair/typebox', 'ajv', 'sax'),
      ],
    },
  ),
  {
    name: 'driver-kit-ajv',
    comment: 'Only the profile interpreter compiles schemas; the contract merely names them',
    severity: 'error',
    from: { path: '^src/driver-kit/', pathNot: '^src/driver-kit/profile/' },
    to: { path: npm('ajv') },
  },
  only('ports', 'A port says what the runtime needs in the words of core and driver-kit', {
    from: '^src/ports/',
    allowed: ['^src/ports/', '^src/core/', '^src/driver-kit/'],
  }),
  typesOnly('ports-types', 'A port is a shape; what it imports must leave no code behind', {
    from: '^src/ports/',
    to: { pathNot: '^src/ports/' },
  }),
  only(
    'adapter',
    'An adapter implements ports; one that knew the runtime, the panel or another adapter could not be replaced',
    {
      from: '^src/adapters/([^/]+)/',
      allowed: [
        '^src/adapters/$1/',
        // How a camera is connected and signed in to, for all adapters that speak to cameras.
        '^src/adapters/camera-http/',
        '^src/(ports|core|interchange|driver-kit)/',
        'node_modules/',
      ],
      node: true,
    },
  ),
  ...Object.entries(packagesOfAdapters).map(([adapter, packages]) => ({
    name: `adapter-${adapter}-packages`,
    comment: 'One outside thing per adapter, so one place to look when its package changes',
    severity: 'error',
    from: { path: `^src/adapters/${adapter}/` },
    to: { path: 'node_modules/', pathNot: npm(...packages) },
  })),
  {
    name: 'adapter-without-a-row',
    comment: 'A new adapter names its packages in this file',
    severity: 'error',
    from: { path: `^src/adapters/(?!(${Object.keys(packagesOfAdapters).join('|')})/)` },
    to: {},
  },
  only(
    'driver',
    'A driver translates: it sees its own folder and the driver kit, so it cannot do IO nor lean on another driver',
    {
      from: '^devices/([^/]+)/',
      allowed: ['^devices/$1/', '^src/driver-kit/index\\.ts$'],
    },
  ),
  {
    name: 'driver-by-package-name',
    comment:
      "Drivers outside this repository have only the package's name; ours live by the same rule",
    severity: 'error',
    from: { path: '^devices/' },
    to: { path: '^src/', dependencyTypes: ['local'] },
  },
  only('driver-table', 'The table of drivers loads manifests and knows nothing else', {
    from: '^devices/[^/]+$',
    allowed: ['^devices/[^/]+/manifest\\.ts$', '^src/driver-kit/index\\.ts$'],
  }),
  only(
    'runtime',
    'The shell does IO through ports only, so that simulated time and faults reach all of it',
    { from: '^src/runtime/', allowed: ['^src/(runtime|core|ports|driver-kit)/'] },
  ),
  only(
    'replay',
    'A replay touches nothing: it knows times and entries of a recording, and no way to a device, a disk or a port',
    { from: '^src/replay/', allowed: ['^src/(replay|runtime|core|ports|driver-kit)/'] },
  ),
  only(
    'panel',
    'The panel shows what the runtime offers to be read; a way to adapters or devices would be a way around the lane',
    {
      from: panelServer,
      allowed: [
        '^src/panel/(?!web/)',
        '^src/(core|ports)/',
        '^src/runtime/read-model\\.ts$',
        ...npm('fastify', '@fastify/[^/]+', '@sinclair/typebox'),
      ],
      node: true,
    },
  ),
  typesOnly(
    'panel-core',
    'The panel names what the core decided and who may act, and decides nothing',
    {
      from: panelServer,
      to: { path: '^src/core/', pathNot: '^src/core/persons/roles\\.ts$' },
    },
  ),
  only(
    'web',
    "The clerk's page runs in a browser and knows the HTTP interface: shapes of the read model and its own libraries",
    {
      from: '^src/panel/web/',
      allowed: [
        '^src/panel/web/',
        '^src/core/',
        '^src/runtime/read-model\\.ts$',
        ...npm('vue', 'vue-i18n', 'vite', '@vitejs/plugin-vue'),
      ],
    },
  ),
  typesOnly(
    'web-types',
    'No behaviour of the daemon is shipped to a browser; only how a change is put into a view is shared with its sender',
    {
      from: '^src/panel/web/',
      to: { path: '^src/', pathNot: ['^src/panel/web/', '^src/runtime/read-model\\.ts$'] },
    },
  ),
  typesOnly('read-model', 'What the page is built with must not bring the daemon along', {
    from: '^src/runtime/read-model\\.ts$',
    to: {},
  }),
  {
    name: 'web-is-built-apart',
    comment: 'The page is built by its own project; the daemon serves the result as files',
    severity: 'error',
    from: { pathNot: '^src/panel/web/' },
    to: { path: '^src/panel/web/' },
  },
  only(
    'centre',
    'The receiver believes only what came over the wire: nothing of the gate that sent it, but the shape of its log',
    {
      from: '^src/centre/',
      allowed: [
        '^src/centre/',
        '^src/core/journal/',
        '^src/(interchange|ports)/',
        ...npm('better-sqlite3'),
      ],
      node: true,
    },
  ),
  only(
    'config',
    'Configuration is checked against the core, the profiles and the schemas, without a running gate',
    {
      from: '^src/config/',
      allowed: ['^src/(config|core|driver-kit)/', ...npm('@sinclair/typebox', 'ajv', 'yaml')],
      node: true,
    },
  ),
  only(
    'verifier',
    'It checks the log of the writer; any code they shared could be wrong in both and go unseen',
    {
      from: '^src/verifier/',
      allowed: ['^src/verifier/', '^(node:)?(crypto|fs)$', ...npm('better-sqlite3')],
    },
  ),
  only(
    'audit',
    'The auditor of a simulation draws its own conclusions; code it shared with what it watches could be wrong in both',
    {
      from: '^src/simulation/audit/',
      allowed: ['^src/simulation/audit/', '^src/verifier/', ...npm('better-sqlite3')],
    },
  ),
  {
    name: 'simulation-by-its-command',
    comment: 'The command has nothing to do with scripts and tests',
    severity: 'error',
    from: { path: '^src/cli/simulate\\.ts$' },
    to: { path: ['^scripts/', '^test/'] },
  },
  {
    name: 'not-by-the-daemon',
    comment:
      'Simulation, scripts and tests may use anything, and the daemon must run without them. A served replay hosts emulated devices and one command runs the simulation; neither is a daemon',
    severity: 'error',
    from: { pathNot: [...anywhereButHere, '^src/replay-serve\\.ts$', '^src/cli/simulate\\.ts$'] },
    to: { path: anywhereButHere },
  },
  {
    name: 'served-by-the-command-line',
    comment: 'What hosts emulated devices is loaded by its command alone, never with a gate',
    severity: 'error',
    from: { pathNot: ['^src/cli/', '^scripts/', '^test/'] },
    to: { path: '^src/replay-serve\\.ts$' },
  },
  {
    name: 'composition-roots',
    comment:
      'What puts the parts together is started, not imported; only the command line starts it',
    severity: 'error',
    from: { path: '^src/', pathNot: ['^src/cli/', '^src/[^/]+$', ...anywhereButHere] },
    to: { path: ['^src/[^/]+$', '^src/cli/'] },
  },
  {
    name: 'command-line',
    comment: 'A command is an end: nothing below may depend on how people call it',
    severity: 'error',
    from: { pathNot: ['^src/cli/', ...anywhereButHere] },
    to: { path: '^src/cli/' },
  },
  typesOnly('worker', 'A worker is started as a thread of its own and never runs in the main one', {
    from: '^src/',
    to: '^src/([^/]+-worker|picture-checker)\\.ts$',
  }),
  typesOnly(
    'decoder',
    'What decodes pictures may crash on one: it is loaded by a process of its own and never by the daemon',
    {
      from: { path: '^src/', pathNot: '^src/picture-checker\\.ts$' },
      to: '^src/adapters/pictures/check-picture\\.ts$',
    },
  ),
  {
    name: 'folder-without-a-row',
    comment: 'A new folder of src/ says in this file whom it may import',
    severity: 'error',
    from: {
      path: '^src/(?!(core|interchange|driver-kit|ports|adapters|runtime|replay|panel|centre|config|verifier|simulation|cli)/)[^/]+/',
    },
    to: {},
  },
];

const everywhere = [
  {
    name: 'no-circular',
    comment: 'Modules in a circle cannot be read, tested or loaded one by one',
    severity: 'error',
    from: {},
    to: { circular: true },
  },
  {
    name: 'no-orphans',
    comment:
      'A module that nothing imports and that imports nothing is left over; scripts are started by hand',
    severity: 'error',
    from: { orphan: true, pathNot: ['^scripts/', '\\.d\\.ts$'] },
    to: {},
  },
  {
    name: 'not-unresolvable',
    comment: 'An import that leads nowhere would escape every other rule',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'no-dev-dependency',
    comment:
      'A production install has no development packages; the sources of the built page are not part of it',
    severity: 'error',
    from: { path: '^(src|devices)/', pathNot: ['^src/panel/web/'] },
    to: { dependencyTypes: ['npm-dev'] },
  },
  {
    name: 'declared-dependency',
    comment: 'A package that only another one brought along disappears with its next version',
    severity: 'error',
    from: {},
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
];

module.exports = {
  forbidden: [...rows, ...everywhere],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.base.json' },
    // Imports of types count too: they are what ties one part's shape to another.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['kakou-source', 'import', 'node', 'default', 'types'],
      extensions: ['.ts', '.vue', '.js', '.json'],
    },
  },
};
