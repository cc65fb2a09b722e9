// The guide "Coming from BullMQ" and the hints of errors against the options that BullMQ declares.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { InvalidArgumentError, Job, local, Queue } from '@drover/core';
import { Dispatcher } from '@drover/worker';
import { hintFor, HINTS, HINTS_OF } from '#core/lib/bullmq-hints';
import { checkOptions } from '#core/lib/unknown-options';
import { KNOWN_OPTIONS } from '#core/model/job-options';
import { QUEUE_OPTIONS } from '#core/queue/queue-options';
import { root } from '../../kit/paths.js';
import { read, tablesOf } from './markdown.js';

const types = join(root, 'node_modules/bullmq/dist/esm');
/** The members of each interface and each type of BullMQ's, as they are declared. */
const declared = new Map<string, string[]>();
for (const folder of ['interfaces', 'types'])
  for (const file of readdirSync(join(types, folder)).filter((name) => name.endsWith('.d.ts'))) {
    const text = readFileSync(join(types, folder, file), 'utf8');
    ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true).forEachChild((node) => {
      if (ts.isInterfaceDeclaration(node)) declared.set(node.name.text, membersOf(node.members));
      else if (ts.isTypeAliasDeclaration(node)) declared.set(node.name.text, inType(node.type));
    });
  }

function membersOf(members: ts.NodeArray<ts.TypeElement>): string[] {
  return members.flatMap(({ name }) => (name && ts.isIdentifier(name) ? [name.text] : []));
}

function inType(type: ts.TypeNode): string[] {
  if (ts.isTypeLiteralNode(type)) return membersOf(type.members);
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type))
    return type.types.flatMap(inType);
  return [];
}

const OF_ALL = ['QueueBaseOptions', 'KeyPrefixOptions'];
const SECTIONS: Readonly<Record<string, readonly string[]>> = {
  'Options of a job': [
    'DefaultJobOptions',
    'BaseJobOptions',
    'CompressableJobOptions',
    'JobSchedulerJobOptions',
  ],
  Backoff: ['BackoffOptions'],
  Deduplication: ['DeduplicationOptions'],
  'Repeated jobs': ['RepeatOptions'],
  Parents: ['ParentOptions'],
  'Kept jobs': ['KeepJobs'],
  'Options of a queue': [...OF_ALL, 'QueueOptions', 'AdvancedRepeatOptions'],
  'Options of a worker': [
    ...OF_ALL,
    ...['WorkerOptions', 'SandboxedOptions', 'RateLimiterOptions', 'MetricsOptions'],
    ...['AdvancedOptions', 'AdvancedRepeatOptions'],
  ],
  'Options of a FlowProducer': [
    ...OF_ALL,
    ...['FlowProducerOptions', 'FlowJobBase', 'FlowParentJob', 'FlowOpts'],
  ],
  'Options of QueueEvents': [...OF_ALL, 'QueueEventsOptions'],
};

const guide = read('docs/guides/coming-from-bullmq.md');
/** By heading: what is here, by the name of the option. */
const rows = new Map(
  guide
    .split(/^#+ /m)
    .map((section) => [
      section.split('\n', 1)[0] ?? '',
      new Map(
        tablesOf(section).flatMap((table) =>
          table.rows.map(([name = '', here = '']) => [name.replaceAll('`', ''), here] as const),
        ),
      ),
    ]),
);
const optionsOf = (section: string): string[] =>
  [...new Set(SECTIONS[section]?.flatMap((name) => declared.get(name) ?? []))].filter(
    (name) => section !== 'Options of QueueEvents' || name !== 'telemetry',
  );
const all = Object.keys(SECTIONS).flatMap((section) =>
  optionsOf(section).map((name) => ({ section, name })),
);

test.each(Object.values(SECTIONS).flat())("BullMQ's %s is found", (name) => {
  expect(declared.has(name)).toBe(true);
});

test('the lists are whole: some of their options', () => {
  expect(all.length).toBeGreaterThan(100);
  expect(all).toEqual(
    expect.arrayContaining([
      { section: 'Options of a job', name: 'failParentOnFailure' },
      { section: 'Options of a worker', name: 'workerForkOptions' },
      { section: 'Deduplication', name: 'keepLastIfActive' },
    ]),
  );
});

test.each(all)('B2 $section: $name has a row', ({ section, name }) => {
  expect(rows.get(section)?.get(name)).toMatch(/\S/);
});

/** The places that refuse options which they do not know, and the options that they know. */
const PLACES: Readonly<Record<string, { of: string; known: ReadonlySet<string> }>> = {
  'Options of a job': { of: 'a job', known: KNOWN_OPTIONS },
  'Options of a queue': { of: 'a queue', known: QUEUE_OPTIONS },
  'Options of a worker': {
    of: 'a dispatcher',
    known: new Set(['connection', 'prefix', 'max', 'duration', 'maxDataPoints']),
  },
  'Repeated jobs': { of: 'the times of a schedule', known: new Set(['cron', 'timezone', 'every']) },
};
const refused = all.flatMap(({ section, name }) => {
  const place = PLACES[section];
  return place && !place.known.has(name) ? [{ ...place, section, name }] : [];
});

test.each(refused)('B2 $of refuses $name, and says what to do', ({ of, known, name }) => {
  const give = (): void => checkOptions(of, { [name]: 1 }, [...known]);
  expect(give).toThrow(InvalidArgumentError);
  expect(give).toThrow(`${of} has no option "${name}": ${hintFor(of, name)}`);
  expect(hintFor(of, name)).toMatch(/\S/);
});

/** All options of Drover's that a hint or a row may name. */
const OURS = new Set([
  ...KNOWN_OPTIONS,
  ...QUEUE_OPTIONS,
  ...['size', 'threads', 'taskModules', 'pingInterval', 'deathInterval', 'keepCompleted'],
  ...['onFailure', 'cron', 'timezone', 'every', 'attempts', 'interrupts'],
]);
const wordsIn = (text: string): string[] => text.match(/[A-Za-z]+/g) ?? [];

test.each(refused)('$section: $name names the same option in its row', ({ section, of, name }) => {
  const here = rows.get(section)?.get(name) ?? '';
  const named = wordsIn(hintFor(of, name) ?? '').filter(
    (word) => OURS.has(word) && /[A-Z]/.test(word),
  );
  expect(named.filter((word) => !here.includes(word))).toEqual([]);
});

const every = [
  ...Object.entries(HINTS).map(([name, hint]) => ({ of: 'anything', name, hint })),
  ...Object.entries(HINTS_OF).flatMap(([of, hints]) =>
    Object.entries(hints).map(([name, hint]) => ({ of, name, hint })),
  ),
];
test.each(every)('B2 $of: the hint for $name stands in the error', ({ of, name, hint }) => {
  expect(() => checkOptions(of, { [name]: undefined }, [])).toThrow(
    `${of} has no option "${name}": ${hint}`,
  );
});

/** Drover's methods that the guide names, with the objects that have them. */
const OBJECTS = {
  queue: Queue.prototype,
  job: Job.prototype,
  dispatcher: Dispatcher.prototype,
  local,
};
const MADE_WITH_THE_QUEUE = ['quotas', 'rateLimits', 'schedules'];
const methods = [...(rows.get('Methods')?.values() ?? [])].flatMap((here) =>
  [...here.matchAll(/`(queue|job|dispatcher|local)\.(\w+)/g)].map(([, of = '', name = '']) => ({
    of: of as keyof typeof OBJECTS,
    name,
  })),
);

test('the guide names methods', () => expect(methods.length).toBeGreaterThan(30));

test.each(methods)('$of.$name is there', ({ of, name }) => {
  expect(name in OBJECTS[of] || MADE_WITH_THE_QUEUE.includes(name)).toBe(true);
});

test('B2 a name that BullMQ does not have gets no hint', () => {
  for (const name of ['colour', 'constructor', 'toString', '__proto__'])
    expect(hintFor('a job', name)).toBeUndefined();
});
