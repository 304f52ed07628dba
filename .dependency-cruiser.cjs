/** Who may import whom. Each rule says why; docs/ARCHITECTURE.md has the same as a table. */
const inside = (folder) => `^src/${folder}/`;

/** A folder of `src` may import these folders of the repository and nothing else of it. */
const onlyFrom = (name, from, allowed, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: '^src/panel/web/' },
  to: { path: '^(src|devices|scripts|test)/', pathNot: [from, ...allowed] },
});

/** A folder may use these packages and nothing else from outside; node builtins where told. */
const onlyPackages = (name, from, packages, { node }, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: from, pathNot: '^src/panel/web/' },
  to: {
    dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', ...(node ? [] : ['core'])],
    ...(packages.length > 0 && { pathNot: packages.map((p) => `node_modules/${p}(/|$)`) }),
  },
});

const schemaLibraries = ['@sinclair/typebox', 'ajv', 'ajv-formats'];

module.exports = {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'A circle has no lowest part that can be understood alone.',
      severity: 'error',
      from: { pathNot: '^src/panel/web/' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    onlyFrom('core', inside('core'), [], 'The core knows only itself: values in, values out.'),
    onlyPackages(
      'core-packages',
      inside('core'),
      [],
      { node: false },
      'No package and no Node in the core.',
    ),
    onlyFrom(
      'interchange',
      inside('interchange'),
      [inside('core')],
      'Formats know the core’s words.',
    ),
    onlyPackages(
      'interchange-packages',
      inside('interchange'),
      schemaLibraries,
      { node: false },
      'Formats do no IO.',
    ),
    onlyFrom(
      'driver-kit',
      inside('driver-kit'),
      [inside('core')],
      'Drivers are pure: no adapter, no runtime.',
    ),
    onlyPackages(
      'driver-kit-packages',
      inside('driver-kit'),
      schemaLibraries,
      { node: false },
      'Drivers do no IO.',
    ),
    onlyFrom(
      'ports',
      inside('ports'),
      [inside('core'), inside('driver-kit')],
      'Ports are types of what is needed.',
    ),
    onlyPackages(
      'ports-packages',
      inside('ports'),
      [],
      { node: false },
      'Ports have nothing to run.',
    ),
    ...['transport', 'store', 'uplink', 'customs', 'system'].map((adapter) =>
      onlyFrom(
        `adapter-${adapter}`,
        inside(`adapters/${adapter}`),
        [inside('core'), inside('ports'), inside('interchange'), inside('driver-kit')],
        'An adapter knows its outside thing and the ports, and no other adapter.',
      ),
    ),
    onlyFrom(
      'runtime',
      inside('runtime'),
      [inside('core'), inside('ports'), inside('driver-kit')],
      'The runtime is given its adapters.',
    ),
    onlyPackages(
      'runtime-packages',
      inside('runtime'),
      [],
      { node: false },
      'The runtime reaches the outside through ports.',
    ),
    onlyFrom(
      'panel',
      inside('panel'),
      [inside('core'), inside('ports'), '^src/runtime/read-model\\.ts$'],
      'The panel shows the read model and nothing else.',
    ),
    onlyPackages(
      'panel-packages',
      inside('panel'),
      ['fastify', '@fastify/[a-z-]+'],
      { node: true },
      'The panel is a fastify server.',
    ),
    {
      name: 'page',
      comment:
        'The page knows the HTTP interface: its own files, and the types and words that cross it.',
      severity: 'error',
      from: { path: '^src/panel/web/' },
      to: {
        path: '^(src|devices|scripts|test)/',
        pathNot: ['^src/panel/web/', '^src/runtime/read-model\\.ts$', '^src/core/'],
      },
    },
    onlyFrom(
      'centre',
      inside('centre'),
      ['^src/core/journal/', inside('interchange'), inside('ports')],
      'The centre shares no code with the gate it checks.',
    ),
    onlyFrom(
      'config',
      inside('config'),
      [inside('core'), inside('driver-kit')],
      'Configuration is data: it is read before anything runs.',
    ),
    onlyPackages(
      'config-packages',
      inside('config'),
      [...schemaLibraries, 'yaml'],
      { node: true },
      'Schema and YAML, and reading files.',
    ),
    onlyFrom(
      'verifier',
      inside('verifier'),
      [],
      'A verifier that shares code with the writer shares its mistakes.',
    ),
    onlyPackages(
      'verifier-packages',
      inside('verifier'),
      ['better-sqlite3', '@types/better-sqlite3'],
      { node: true },
      'It reads a database and hashes.',
    ),
    {
      name: 'devices',
      comment: 'A driver knows the kit by the package’s own name, and no other driver.',
      severity: 'error',
      from: { path: '^devices/([^/]+)/' },
      to: {
        path: '^(src|devices|scripts|test)/',
        pathNot: ['^devices/$1/', '^src/driver-kit/index\\.ts$'],
      },
    },
    onlyPackages(
      'devices-packages',
      '^devices/',
      ['@sinclair/typebox'],
      { node: false },
      'A driver does no IO.',
    ),
    {
      name: 'not-imported',
      comment:
        'Tests, tools and the virtual gate are never part of the daemon; roots are imported by nobody below them.',
      severity: 'error',
      from: { path: '^(src|devices)/', pathNot: ['^src/simulation/', '^src/cli/'] },
      to: { path: ['^(scripts|test)/', '^src/(simulation|cli)/', '^src/main\\.ts$'] },
    },
    {
      name: 'no-development-package',
      comment: 'What is installed for development is not there on a gate.',
      severity: 'error',
      from: { path: '^(src|devices)/', pathNot: ['^src/panel/web/', '^src/simulation/'] },
      to: { dependencyTypes: ['npm-dev'], pathNot: 'node_modules/@types/' },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere fails at run time.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ['\\.vue$'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['kakou-source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
};
