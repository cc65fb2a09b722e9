// The pages of docs/protocol and the code agree: the life of a job, the fields in Redis, the crash
// points, the scripts.
import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from '../../kit/paths.js';
import { linksOf, namesIn, read, tableOf, tablesOf, withoutCode } from './markdown.js';

interface JobStateModule {
  JobStatus: Record<string, string>;
  JobOperation: Record<string, string>;
  jobTransitions: Record<string, Record<string, string>>;
}

const folder = 'docs/protocol';
const names = readdirSync(join(root, folder)).filter(
  (name) => name.endsWith('.md') && name !== 'README.md',
);
const pageOf = (name: string): string => read(join(folder, name));
const allPages = names.map(pageOf).join('\n');
const lifecycle = pageOf('lifecycle.md');
const source = 'packages/core/src';
const lua = `${source}/store/bullmq/lua`;
/** Path of each Lua file, by its name. */
const luaFiles = new Map(
  readdirSync(join(root, lua), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.lua'))
    .map((path) => [basename(path), `${lua}/${path}`]),
);
const built = async <M>(path: string) =>
  (await import(join(root, 'packages/core/dist', path))) as M;
const { JobStatus, JobOperation, jobTransitions } =
  await built<JobStateModule>('model/job-state.js');
const operations = Object.values(JobOperation);
const statuses = Object.values(JobStatus);

/** The transitions in the code, one line each. */
const transitions = Object.entries(jobTransitions).flatMap(([status, ofStatus]) =>
  Object.entries(ofStatus).map(([operation, next]) => `${status} --> ${next}: ${operation}`),
);

describe('the matrix', () => {
  const { header, rows } = tableOf(lifecycle, 'operation');
  const [, , ...columns] = header;

  it('has a row for each operation and a column for each status', () => {
    expect(rows.map(([operation]) => operation)).toEqual(operations);
    expect(columns).toEqual(statuses);
    expect(rows.filter((row) => row.length !== header.length || row[1] === '')).toEqual([]);
  });

  it.each(operations)('%s: each cell is as in jobTransitions', (operation) => {
    const cells = rows.find(([name]) => name === operation)?.slice(2) ?? [];
    const found = Object.fromEntries(
      statuses.map((status, i) => [status, nextStatusIn(cells[i] ?? '')]),
    );
    expect(found).toEqual(
      Object.fromEntries(statuses.map((status) => [status, jobTransitions[status]?.[operation]])),
    );
  });
});

/** Undefined for what is refused, or cannot come up. */
function nextStatusIn(cell: string): string | undefined {
  const [, kind, text] = /^([→✗·]) ?(.*)$/.exec(cell) ?? [];
  if (kind === undefined) throw new Error(`a cell begins with →, ✗ or ·, not as in "${cell}"`);
  return kind === '→' ? text : undefined;
}

it('the diagram shows each transition, and no other', () => {
  const arrows = [...lifecycle.matchAll(/^ {2}(\w+) --> (\w+): (.+)$/gm)];
  const shown = arrows.flatMap(([, from, to, names = '']) =>
    names.split(', ').map((name) => `${from} --> ${to}: ${name}`),
  );
  expect(shown.sort()).toEqual(transitions.sort());
});

it('the table of replies has each code', async () => {
  const { RefusalCode } = await built<{ RefusalCode: Record<string, number> }>(
    'store/bullmq/scripts/refusal.js',
  );
  const shown = tableOf(pageOf('scripts.md'), 'code').rows.map(([code = '', name = '']) => [
    namesIn(name)[0],
    Number(code.replace('−', '-')),
  ]);
  expect(Object.fromEntries(shown)).toEqual(RefusalCode);
});

it('each crash point stands in one table, with the test that passes it', () => {
  const points = [...read(`${source}/lib/crash-points.ts`).matchAll(/^ {2}\| '([^']+)'/gm)].map(
    ([, name]) => name,
  );
  const rows = tablesOf(allPages).flatMap(({ header, rows }) =>
    header[1] === 'crash point' ? rows : [],
  );
  expect(rows.flatMap((row) => namesIn(row[1] ?? '')).sort()).toEqual(points.sort());
  const test = ['crash-points', 'puts', 'schedules']
    .map((name) => read(`test/catastrophes/${name}.test.ts`))
    .join('');
  expect(points.filter((point) => !test.includes(`'${point}'`))).toEqual([]);
  expect(rows.filter((row) => row[1] !== '' && row[3] === '')).toEqual([]);
});

it('the tables of keys have each list of a lane', () => {
  const [, union = ''] =
    /  list\(\s+name:(.*?),\s+\): string/s.exec(read(`${source}/store/bullmq/keys.ts`)) ?? [];
  const lists = [...union.matchAll(/'([^']+)'/g)].map(([, name = '']) => name);
  expect(lists).toContain('waiting-children');
  const keys = tablesOf(pageOf('keys.md')).flatMap(({ rows }) =>
    rows.flatMap(([names = '']) => namesIn(names)),
  );
  expect(lists.filter((name) => !keys.some((key) => key.endsWith(`:${name}`)))).toEqual([]);
});

it("the table of fields has each field that Drover adds to a job's hash", () => {
  const fields =
    /interface DroverFields \{(.*?)^\}/ms.exec(read(`${source}/store/bullmq/fields.ts`))?.[1] ?? '';
  const names = [...fields.matchAll(/^ {2}(\w+)\?:/gm)].map(([, name]) => name);
  expect(namesOfTable('fields.md').sort()).toEqual(names.sort());
});

it("each time in a job's record travels", () => {
  const travelled = read(luaFiles.get('age-record.lua') as string);
  const times = tableOf(pageOf('fields.md'), 'field')
    .rows.filter(([, what = '']) => what.includes('since 1970'))
    .map(([names = '']) => namesIn(names));
  expect(times).toContainEqual(['turnAt']);
  expect(times.filter((names) => !names.some((name) => travelled.includes(`'${name}'`)))).toEqual(
    [],
  );
});

it("the table of a dispatcher's record has each of its fields", () => {
  const scripts = [
    ...['activate-2', 'begin-cleaning-2', 'end-cleaning-2', 'ping-2', 'owner'],
    ...['describe-2', 'wish-2'],
  ];
  const written = scripts.flatMap((name) =>
    [
      ...read(luaFiles.get(`${name}.lua`) as string).matchAll(/'HSET', recordKey,(.*?)\)\n/gs),
    ].flatMap(([, pairs = '']) => pairs.split(',').filter((_, i) => i % 2 === 0)),
  );
  const names = new Set(written.map((name) => name.trim().slice(1, -1)));
  expect(namesOfTable('dispatchers.md').sort()).toEqual([...names].sort());
});

/** The names in the first column of the page's table of fields. */
function namesOfTable(page: string): string[] {
  return tableOf(pageOf(page), 'field').rows.flatMap(([names = '']) => namesIn(names));
}

it('the table of scripts has each script', () => {
  const files = [...luaFiles].filter(([, path]) => !path.startsWith(`${lua}/lib/`));
  const shown = tableOf(pageOf('scripts.md'), 'script').rows.map(
    ([name = '']) => `${namesIn(name)[0]}.lua`,
  );
  expect(shown).toEqual(files.map(([name]) => name).sort());
});

describe('the pages', () => {
  const index = linksOf(read('docs/PROTOCOL.md')).map(({ target }) => target.split('#')[0]);

  it.each(names)('%s is in the index', (name) => {
    expect(index).toContain(`protocol/${name}`);
  });

  it.each(names)('%s opens with its duty and a diagram', (name) => {
    expect(pageOf(name)).toMatch(/^# .+\n\n[^#|`][^#|]+?\n\n```mermaid\n/);
  });

  it('name scripts and keys that are there', () => {
    const scripts = [...luaFiles.keys()].map((name) => name.replace(/(-\d+)?\.lua$/, ''));
    const rows = tablesOf(pageOf('keys.md')).flatMap((table) => table.rows);
    const keys = rows.flatMap(([names = '']) => namesIn(names).flatMap((key) => key.split(':')));
    const fields = tableOf(pageOf('fields.md'), 'field').rows;
    const writers = [...rows.map((row) => row[3]), ...fields.map((row) => row[2])].join();
    const kebab = /^[a-z]+(?:-[a-z]+)+$/;
    const written = writers
      .split(/[ ,;]+/)
      .filter((name) => kebab.test(name) || scripts.includes(name));
    expect(written.length).toBeGreaterThan(80);
    expect(written.filter((name) => !scripts.includes(name))).toEqual([]);
    const named = namesIn(withoutCode(allPages)).filter((name) => kebab.test(name));
    expect(named.filter((name) => ![...scripts, ...keys].includes(name))).toEqual([]);
  });

  it("name scripts of BullMQ's that are there", () => {
    const named = namesIn(withoutCode(allPages)).filter((name) =>
      /^(?:includes\/)?[a-z][A-Za-z]+(?:-\d+)?\.lua$/.test(name),
    );
    expect(named.length).toBeGreaterThan(10);
    const commands = join(root, 'node_modules/bullmq/dist/cjs/commands');
    expect(named.filter((name) => !existsSync(join(commands, name)))).toEqual([]);
  });
});
