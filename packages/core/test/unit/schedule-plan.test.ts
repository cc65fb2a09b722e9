// The steps for the times of a schedule (Q10), and the jobs that are made of its template.
import { uuidv7 } from '../../src/lib/uuid.js';
import { nextStep, type Look, type Missed } from '../../src/model/schedules/plan.js';
import { jobAt, type ScheduleTemplate } from '../../src/model/schedules/template.js';

const T = 1_800_000_000_000;
const grid = { every: 100, start: T };

/** The times that a look puts jobs for, and where the schedule stands then. */
function lookAt(missed: Missed, stands: number, look: Look): { put: number[]; stands: number } {
  const put: number[] = [];
  let next = stands;
  while (next <= look.now) {
    const step = nextStep(grid, missed, next, look);
    if ('waitUntil' in step) return { put, stands: -step.waitUntil };
    if (step.put !== undefined) put.push(step.put - T);
    next = step.next ?? Infinity;
  }
  return { put, stands: next - T };
}

/** A dispatcher that began when five times had been missed. */
const begun = { beganAt: T + 450, watchedSince: T + 450 };

it.each<[Missed, number[]]>([
  ['none', [500, 600, 700, 800, 900]],
  ['latest', [400, 500, 600, 700, 800, 900]],
  ['all', [0, 100, 200, 300, 400, 500, 600, 700, 800, 900]],
])('Q10 missed %p: late times of a dispatcher that runs are put, each', (missed, put) => {
  expect(lookAt(missed, T, { ...begun, now: T + 950 })).toEqual({ put, stands: 1_000 });
});

it.each<[Missed, { put: number[]; stands: number }]>([
  ['none', { put: [], stands: -(T + 950) }],
  ['latest', { put: [], stands: -(T + 950) }],
  ['all', { put: [400, 500, 600], stands: 700 }],
])('Q10 missed %p: a dispatcher that has just begun leaves a time to others', (missed, does) => {
  expect(lookAt(missed, T + 400, { ...begun, now: T + 650 })).toEqual(does);
});

it.each<[Missed, number[]]>([
  ['none', [900]],
  ['latest', [800, 900]],
])('Q10 missed %p: times of a long outage are missed', (missed, put) => {
  const look = { beganAt: T - 10_000, watchedSince: T + 850, now: T + 950 };
  expect(lookAt(missed, T, look)).toEqual({ put, stands: 1_000 });
});

it('Q10 the ids of a time follow from it, are UUIDs v7 of that time, and keep their order', () => {
  const ids = Array.from({ length: 40 }, () => uuidv7());
  const [own = ''] = ids;
  const elsewhere = uuidv7();
  const args = JSON.stringify([ids.slice(1), elsewhere, `text with ${ids[1]}`]);
  const template: ScheduleTemplate = {
    job: { id: own, task: 'a', args, options: { lane: 'x' }, lane: 'x' },
    ids,
  };
  const job = jobAt(template, 'p:q:n', 'n', T);
  expect(jobAt(template, 'p:q:n', 'n', T)).toEqual(job);
  expect(job).toMatchObject({ task: 'a', lane: 'x' });
  expect(job.options).toEqual({ lane: 'x', schedule: { name: 'n', time: T } });
  const [parts, reference, text] = JSON.parse(job.args) as [string[], string, string];
  expect(reference).toBe(elsewhere);
  expect(text).toBe(`text with ${parts[0]}`);
  const made = [job.id, ...parts];
  expect(made).toEqual([...new Set(made)].sort());
  for (const id of made) {
    expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    expect(parseInt(id.replace('-', '').slice(0, 12), 16)).toBe(T);
  }
  for (const [schedule, time] of [
    ['p:q:m', T],
    ['p:q:n', T + 1],
  ] as const)
    expect(jobAt(template, schedule, 'n', time).id).not.toBe(job.id);
});
