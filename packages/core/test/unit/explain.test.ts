// Each reason has a sentence and an advice, and docs/guides/explain.md has them in its table (O4).
// `DROVER_WRITE_PAGES=1` writes the table.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reason, ReasonOf } from '../../src/model/explanation.js';
import { told, WORDS } from '../../src/queue/explain/explain.js';
import { sayingWhy } from '../../src/queue/explain/why-late.js';
import { TimeoutError } from '../../src/errors.js';
import { root } from '../../../../test/kit/paths.js';
import { read } from '../../../../test/unit/docs/markdown.js';
import { dispatcher, examples, other, system } from './explain-examples.js';

const PAGE = 'docs/guides/explain.md';
const explain = (reason: Reason) => told({ id: '<id>', task: 'videos.encode' }, reason);
const inExample = (code: string): Reason =>
  ({ reason: code, ...examples[code as Reason['reason']] }) as Reason;

/** The sentence behind the name of the job. */
const wordsOf = (reason: Reason): string =>
  explain(reason).sentence.replace('Job <id> (videos.encode) ', '');

it('O4 the guide has each reason, its sentence, and what to do', () => {
  const rows = Object.keys(examples).map((code) => {
    const reason = inExample(code);
    return `| \`${code}\` | ${wordsOf(reason)} | ${explain(reason).advice} |`;
  });
  const header = '| reason | the sentence: “Job … | what to do |';
  const table = [header, '| --- | --- | --- |', ...rows, ''].join('\n').replace(/<(\w+)>/g, '…');
  if (process.env['DROVER_WRITE_PAGES'])
    writeFileSync(
      join(root, PAGE),
      read(PAGE).replace(tableOnPage(), () => table),
    );
  expect(tableOnPage()).toBe(table);
});

const tableOnPage = (): string => /^\| reason \|[^]*?\n(?=\n)/m.exec(read(PAGE))?.[0] ?? '';

it('O4 each reason has words, and no words are left over', () => {
  expect(Object.keys(WORDS)).toEqual(Object.keys(examples));
});

it.each(Object.keys(examples))('O4 %s: a sentence and an advice', (code) => {
  const { sentence, advice } = explain(inExample(code));
  expect(sentence).toMatch(/^Job <id> \(videos\.encode\) .+\.$/);
  expect(`${sentence} ${advice}`).not.toMatch(/undefined|NaN|\[object|\.\.|unknown$/);
  expect(advice).toMatch(/^[A-Z`].+\.$/s);
});

it.each<[string, Reason, string]>([
  [
    'a pulled job',
    { reason: 'removed', queue: 'q', pulled: true },
    'was pulled out of the queue `q`',
  ],
  [
    'a job whose origin has ended',
    { reason: 'never-stored', origin: { ...other, status: 'completed' } },
    'was to store it, and does not do so any more',
  ],
  [
    'a lane that a tool has paused',
    { reason: 'paused', queue: 'q', lane: 'gpu', since: undefined },
    'a BullMQ tool has paused the lane `gpu`',
  ],
  [
    'a quota whose free slots are for others',
    { reason: 'quota-full', quota: 'd', size: 2, held: 0, holders: [], before: 0, reserved: 2 },
    'waits for the quota `d` (2 slots); 2 slots for jobs that came before.',
  ],
  [
    'more holders than are named',
    {
      reason: 'quota-full',
      quota: 'd',
      size: 9,
      held: 9,
      holders: [other],
      before: 1,
      reserved: 0,
    },
    'active; and more; 1 job of its lane before it',
  ],
  [
    'a key of a quota that has a job on turn',
    { reason: 'quota-turn', quota: 'team/a', before: 1, keysBefore: undefined, onTurn: other },
    'waits for the turn of its key in the quota `team/a`; on turn is job',
  ],
  [
    'a rate limit that a task has closed',
    {
      ...{ reason: 'rate-limited', rateLimit: 'api', max: 1, duration: 50 },
      ...{ opensAt: undefined, isClosed: true, before: 0, reserved: 1 },
    },
    '(1 start in 50 ms), which a task has closed with a RateLimitedError; 1 start for jobs that',
  ],
  ['a key whose holder is gone', { reason: 'key-taken', key: 'k', holder: undefined }, 'is gone'],
  [
    'a lane whose dispatcher is dead',
    { reason: 'lane-unserved', queue: 'q', lane: 'gpu', dead: [dispatcher], stopped: [dispatcher] },
    '; dispatcher <uuid> (host web-1, pid 4711) does not ping; the agent of dispatcher',
  ],
  [
    "recovery's lane",
    { reason: 'lane-unserved', queue: 'q', lane: 'system', dead: [], stopped: [] },
    'no dispatcher of the queue `q` is active',
  ],
  [
    'a task, and no dispatcher',
    { reason: 'unknown-task', needs: 't', dispatchers: 0 },
    'a dispatcher did not know',
  ],
  [
    'a rate limit',
    { reason: 'lane-limited', lane: 'main', most: 0, active: 0 },
    "BullMQ's rate limit of the lane `main` is reached.",
  ],
  [
    'the next job',
    { reason: 'waits-for-agent', lane: 'main', before: 0, active: 1 },
    'is due, and is next: 1 job of the lane `main` is claimed',
  ],
  [
    'a long queue',
    { reason: 'waits-for-agent', lane: 'main', before: undefined, active: 10 },
    'more than a thousand jobs are before it',
  ],
  [
    'an interrupt that was set aside',
    {
      reason: 'interrupt-pending',
      decider: system,
      setAside: 'damaged',
      interruptions: 2,
      dispatchers: 0,
    },
    '. That one was set aside: damaged. No dispatcher of the queue is active',
  ],
  ['an interrupt that is gone', { reason: 'no-holder', decider: 'x' }, 'is held by job x, which'],
  [
    'parts that cannot be counted',
    { reason: 'parts-left', left: 1_000, isAtLeast: true, total: undefined, parts: [] },
    'waits for at least 1000 parts',
  ],
  [
    'a composite whose dispatcher has ended',
    {
      reason: 'parts-left',
      left: 1,
      isAtLeast: false,
      total: 2,
      parts: [other],
      interrupt: system,
    },
    'Its dispatcher has ended: job <id>.interrupt.1 (drover.handleInterrupt), which is pending',
  ],
  ['no dependency', { reason: 'dependency-gone', jobs: [] }, 'none of the jobs that it waited for'],
])('O4 the sentence for %s', (_, reason, words) => {
  expect(wordsOf(reason)).toContain(words);
});

it('O4 a job with a verdict: the sentence says how it is going to end', () => {
  const verdict = { why: 'cancelled', message: 'no longer needed' } as const;
  const of = { id: '<id>', task: 'videos.encode', verdict };
  expect(told(of, inExample('waits-for-turn') as ReasonOf<'waits-for-turn'>)).toMatchObject({
    verdict,
    sentence: expect.stringMatching(
      /It was cancelled \(no longer needed\), and ends as soon as it goes on\.$/,
    ),
  });
});

it.each([
  ['fails', async () => await Promise.reject(new Error('no Redis'))],
  ['does not come', async () => await new Promise<never>(() => {})],
])('O4 a TimeoutError stays as it is where the explanation %s', async (_, use) => {
  const late = new TimeoutError('too late');
  await expect(sayingWhy(Promise.reject(late), use, { id: '<id>' })).rejects.toBe(late);
  const other = new Error('another error');
  await expect(sayingWhy(Promise.reject(other), use, { id: '<id>' })).rejects.toBe(other);
});
