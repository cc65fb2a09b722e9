// Plans the jobs to put: a seed decides their kind, their behaviour, their callbacks and parts.
import { parallel, serial } from '@drover/composite';
import { retry, type Job, type JobOptions, type PutOptions } from '@drover/core';
import type { Random } from '#kit/faults/random';
import { argsShown } from './arguments.js';
import type { Put } from './history.js';
import { KEYS, QUOTAS, RATES, type Plan } from './plan.js';
import type { QueueName } from './queues.js';
import { callback, gather, goesOn, work } from './tasks.js';

/** A job to put, and what the checker is told of it. */
export interface Planned {
  job: Job;
  put: Put;
  /** Default: the first of the queues. */
  queue?: QueueName;
  /** Of the call that puts it. */
  options?: PutOptions;
}

const again = retry({ attempts: 4, backoff: 50, interrupts: 30 });
export const BACKOFF = 1_500;
const slowly = retry({ attempts: 4, backoff: BACKOFF, interrupts: 30 });
export const OFTEN: JobOptions = { retryPolicy: retry({ attempts: 1, interrupts: 30 }) };

const kinds = ['fast', 'slow', 'blocking', 'failing', 'retrying', 'lane', 'quota', 'callbacks', 'returns', 'puts', 'once', 'due', 'due by', 'retrying later', 'timeout', 'rated', 'serial', 'parallel', 'nested', 'stops'] as const; // prettier-ignore
export type Kind = (typeof kinds)[number];
export const SIMPLE: readonly Kind[] = ['fast', 'slow', 'blocking', 'failing', 'retrying', 'lane', 'quota', 'callbacks', 'puts', 'once', 'returns', 'timeout', 'rated']; // prettier-ignore

export function planJob(name: string, random: Random): Planned {
  return make(random.pick(kinds), name, random);
}

export function make(kind: Kind, name: string, random: Random): Planned {
  switch (kind) {
    case 'fast':
      return simple(kind, { name });
    case 'slow':
      return simple(kind, { name, ms: slowness(random), heeds: random.chance(0.5) });
    case 'blocking':
      return simple(kind, {
        name,
        block: random.chance(0.1) ? random.between(1_000, 2_500) : random.between(20, 200),
      });
    case 'failing':
      return simple(kind, { name, ms: random.between(0, 50), fails: true });
    case 'retrying':
      return simple(
        kind,
        { name, ms: random.between(0, 50), failsAtFirst: true },
        { retryPolicy: again },
      );
    case 'retrying later':
      return simple(
        kind,
        { name, ms: random.between(0, 50), failsAtFirst: true },
        { retryPolicy: slowly },
      );
    case 'due':
      return due(name, random, random.between(300, 3_000));
    case 'due by':
      return due(name, random, random.between(0, 500), random.between(300, 3_000));
    case 'lane':
      return simple(kind, { name, ms: random.between(0, 200) }, { ...OFTEN, lane: 'side' });
    case 'quota': {
      const all = Object.keys(QUOTAS);
      const quotas = random.chance(0.3) ? all : [random.pick(all)];
      return simple(kind, { name, ms: random.between(5, 150) }, { ...OFTEN, quotas }, { quotas });
    }
    case 'rated':
      return rated(name, random);
    case 'puts':
      return simple(kind, {
        name,
        ms: random.between(0, 200),
        puts: random.between(1, 3),
        ...(random.chance(0.3) && { later: random.between(300, 2_000) }),
        ...(random.chance(0.3) && {
          keyed: { key: random.pick(KEYS['in runs']), whenTaken: random.pick(['keep', 'after']) },
        }),
      });
    case 'timeout': {
      const limit = random.between(200, 600);
      const takes = random.chance(0.3) ? limit / 4 : limit + random.between(300, 1_200);
      const plan = { name, ms: takes, heeds: random.chance(0.6) };
      return simple(kind, plan, { ...OFTEN, timeout: limit }, { timeout: { limit, takes } });
    }
    case 'once':
      return simple(kind, { name, ms: random.between(0, 200), once: true });
    case 'callbacks':
      return withCallbacks(
        make(random.pick(['fast', 'slow', 'failing']), name, random),
        name,
        random,
      );
    case 'returns': {
      const job = goesOn.job({ name, ms: random.between(0, 100) }).with(OFTEN) as Job;
      return { job, put: putOf(job, name, kind) };
    }
    case 'stops':
      return composite('serial', name, random, true);
    default:
      return composite(
        kind === 'nested' ? random.pick(['serial', 'parallel']) : kind,
        name,
        random,
        false,
        kind === 'nested',
      );
  }
}

/** One job of the task `chaos.work`. */
export function simple(
  kind: string,
  plan: Plan,
  options: JobOptions = OFTEN,
  more: Partial<Put> = {},
): Planned {
  const job = work.job(plan).with(options) as Job;
  return { job, put: { ...putOf(job, plan.name, kind), ...failing(plan), ...more } };
}

/** A job with rate limits, which it closes now and then. */
function rated(name: string, random: Random): Planned {
  const all = Object.keys(RATES);
  const rateLimits = random.chance(0.3) ? all : [random.pick(all)];
  const closes = random.chance(0.1) ? { closes: random.between(200, 1_000) } : {};
  const plan = { name, ms: random.between(0, 100), ...closes };
  return simple('rated', plan, { ...OFTEN, rateLimits }, { rateLimits, ...closes });
}

export function putOf(job: Job, name: string, kind: string): Put {
  return { id: job.id, name, kind, args: argsShown(job.args) };
}

/** A job that does not begin before its time, which is given as a date or in ms; or by it. */
function due(name: string, random: Random, after: number, by?: number): Planned {
  const beginAfter = random.chance(0.5) ? after : new Date(Date.now() + after);
  const options = { ...OFTEN, beginAfter, ...(by !== undefined && { beginBy: by }) };
  const kind = by === undefined ? 'due' : 'due by';
  return simple(kind, { name, ms: random.between(0, 50) }, options, {
    due: { after, ...(by !== undefined && { by }) },
  });
}

function failing({ fails, failsOnce }: Plan): Pick<Put, 'fails'> {
  if (fails) return { fails: true };
  return failsOnce ? { fails: 'at first' } : {};
}

function withCallbacks(planned: Planned, name: string, random: Random): Planned {
  const callbacks = Array.from({ length: random.between(1, 3) }, (_, i) =>
    callback.job(`${name}/callback${i}`),
  );
  for (const each of callbacks) void planned.job.addCallback(each);
  return {
    job: planned.job,
    put: { ...planned.put, kind: 'callbacks', callbacks: callbacks.map(({ id }) => id) },
  };
}

/** Now and then so long that most processes end before. */
function slowness(random: Random): number {
  return random.chance(0.1) ? random.between(1_000, 4_000) : random.between(20, 500);
}

export function composite(
  how: 'serial' | 'parallel',
  name: string,
  random: Random,
  stops: boolean,
  nested = false,
  ...more: Planned[]
): Planned {
  const parts = Array.from({ length: random.between(2, 5) }, (_, i) => {
    const isInner = nested && random.chance(0.4);
    const kind = isInner ? random.pick(['serial', 'parallel'] as const) : random.pick(SIMPLE);
    return make(kind, `${name}.${i}`, random);
  });
  for (const one of more) parts.splice(random.between(0, parts.length), 0, one);
  return composed(how, name, random, parts, { stops, nested });
}

/** A composite of these parts, with a postprocess or without. */
export function composed(
  how: 'serial' | 'parallel',
  name: string,
  random: Random,
  parts: readonly Planned[],
  { stops, nested, packed }: { stops: boolean; nested: boolean; packed?: boolean | undefined },
): Planned {
  const jobs = parts.map(({ job }) => job);
  const postprocess =
    stops || random.chance(0.7) ? (gather.job(`${name}.post`).with(OFTEN) as Job) : undefined;
  const options = {
    ...(postprocess && { postprocess }),
    ...(stops && { onFailure: 'stop' as const }),
    ...(packed !== undefined && { packed }),
  };
  const job = ((how === 'serial' ? serial : parallel)(jobs, options) as Job).with(OFTEN);
  const put: Put = {
    id: job.id,
    name,
    kind: stops ? 'stops' : nested ? 'nested' : how,
    composite: {
      how,
      stops,
      parts: parts.map((part) => part.put),
      ...(postprocess && { postprocess: postprocess.id }),
    },
  };
  return { job, put };
}
