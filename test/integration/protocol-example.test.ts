// The worked examples of docs/protocol/composites-by-example.md: Redis has what each line there
// says.
import { defineTask, type Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';
import { gate, type Gate } from '../kit/gate.js';
import { codeBlocksOf, read } from '../unit/docs/markdown.js';

const { prefix, redis, queue: queueNamed, ...context } = testContext('protocol-example');
const dispatchers = dispatchersIn({ prefix, redis, queue: queueNamed, ...context });
const page = read('docs/protocol/composites-by-example.md');

/** A line of the page: a key with its type, and the whole content or some fields. */
interface Line {
  key: string;
  type: string;
  content: string | Record<string, string>;
}

/** The keys in a code block; the fields of a hash stand on the lines after its own. */
function linesOf(code: string): Line[] {
  const lines: Line[] = [];
  for (const text of code.trimEnd().split('\n')) {
    const [, field, value = ''] = /^ {4}(\S+) +(.*)$/.exec(text) ?? [];
    const [, key, type, content = ''] =
      /^(\S+) +(list|set|zset|string|hash) *(.*)$/.exec(text) ?? [];
    const last = lines.at(-1)?.content;
    if (field && typeof last === 'object') last[field] = value;
    else if (key && type) lines.push({ key, type, content: type === 'hash' ? {} : content });
    else throw new Error(`neither a key nor a field: "${text}"`);
  }
  return lines;
}

/** A dispatcher's UUID and its claim number, times, and `…` for more of the same. */
function pattern(text: string): RegExp {
  const escaped = text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const open = escaped.replace(/\d{13}/g, '\\d{13}').replace(/(7d3f:1:)\d+/g, '$1\\d+');
  return new RegExp(`^${open.replace(/…/g, '.*')}$`);
}

let gates: Record<string, { started: Gate; end: Gate }> = {};
const gatesOf = (name: string) => (gates[name] ??= { started: gate(), end: gate() });
const [a, b] = ['a', 'b'].map((name) =>
  defineTask(name, async () => {
    gatesOf(name).started.open();
    await gatesOf(name).end.opened;
    return `${name}-done`;
  }),
) as [ReturnType<typeof defineTask>, ReturnType<typeof defineTask>];

it.each([
  ['Parallel', parallel, { composite: '7e10', a: 'bf00', b: '2374' }],
  ['Serial', serial, { composite: 'e050', a: '1824', b: 'afab' }],
])('C1 %s key by key: Redis has what the page says', async (title, make, short) => {
  const name = title.toLowerCase();
  const section = page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';
  const blocks = codeBlocksOf(section)
    .filter(({ language }) => language === 'text')
    .map(({ code }) => code);
  gates = {};
  const queue = queueNamed(name);
  const dispatcher = dispatchers.make(name, { size: 1 });
  const parts = [a.job(), b.job()] as [Job, Job];
  const composite = make(parts);
  const names = [
    [composite.id, short.composite],
    [parts[0].id, short.a],
    [parts[1].id, short.b],
    [dispatcher.uuid, '7d3f'],
    [`${prefix}:${name}"`, '{drover}:demo"'],
    [`"queue":"${name}"`, '"queue":"demo"'],
  ] as const;
  const shown = (text: string): string =>
    names
      .reduce((rest, [real, known]) => rest.replaceAll(real, known), text)
      .replaceAll(`"of":"${prefix}:${name}:`, '"of":"{drover}:demo:')
      .replaceAll(`${prefix}:${name}:`, 'demo:')
      .replaceAll(`${prefix}:`, '');
  const realKey = (key: string): string =>
    names
      .slice(0, 4)
      .reduce((rest, [real, known]) => rest.replaceAll(known, real), key)
      .replace(/^demo:/, `${name}:`)
      .replace(/^/, `${prefix}:`);
  const all = (values: string[]): string => `[${values.map(shown).join(', ')}]`;
  const sorted = (content: string): string => content.slice(1, -1).split(', ').sort().join(', ');

  async function expectLine({ key, type, content }: Line): Promise<void> {
    const real = realKey(key);
    expect([key, await redis.type(real)]).toEqual([key, type]);
    if (typeof content === 'object') {
      const fields = Object.entries(await redis.hgetall(real)).map(([field, value]) => [
        shown(field),
        shown(value),
      ]);
      for (const [field, value] of Object.entries(content))
        expect({ key, field, value: Object.fromEntries(fields)[field] }).toEqual({
          key,
          field,
          value: expect.stringMatching(pattern(value)),
        });
    } else if (type === 'string')
      expect(shown((await redis.get(real)) ?? '')).toMatch(pattern(content));
    else if (type === 'list') expect(all(await redis.lrange(real, 0, -1))).toBe(content);
    else {
      const members = type === 'set' ? redis.smembers(real) : redis.zrange(real, 0, '-1');
      expect(sorted(all(await members))).toBe(sorted(content));
    }
  }
  async function expectBlock(code = ''): Promise<void> {
    const lines = linesOf(code);
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) await expectLine(line);
  }

  const [put, first, second, ended, events = ''] = blocks;
  await queue.put(composite);
  await expectBlock(put);
  await dispatcher.activate();
  await gatesOf('a').started.opened;
  await expectBlock(first);
  gatesOf('a').end.open();
  await gatesOf('b').started.opened;
  await expectBlock(second);
  gatesOf('b').end.open();
  await composite.wait();
  await expectBlock(ended);
  for (const gone of ['dependencies', 'lock'])
    expect(await redis.keys(`${prefix}:${name}:*:${gone}`)).toEqual([]);
  expect(await redis.exists(`${prefix}:dispatcher:${dispatcher.uuid}:waiting`)).toBe(0);
  const stream = await redis.xrange(`${prefix}:${name}:events`, '-', '+');
  const told = stream
    .map(([, fields]) => Object.fromEntries(pairs(fields)) as Record<string, string>)
    .flatMap(({ event, jobId }) => (jobId ? [`${event} ${shown(jobId)}`] : []));
  expect(told).toEqual(events.trim().split(/,\s+/));
});

const pairs = (flat: readonly string[]): [string, string][] =>
  flat.flatMap((name, i) => (i % 2 === 0 ? [[name, flat[i + 1] ?? '']] : []));
