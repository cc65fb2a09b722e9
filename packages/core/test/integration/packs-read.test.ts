// A part of a closed pack looks to every reader as a job that is stored by itself
// (docs/protocol/packs.md). Each life is played twice: with packed parts, and with others.
import { defineTask, JobStatus, type Job } from '@drover/core';
import { encode } from '../../../../test/kit/store.js';
import { testContext } from '../../../../test/kit/context.js';
import { playPacks, type PackedOptions, type PlayedPacks } from './packed.js';

const context = testContext('packs-read');
const { redis } = context;
const work = defineTask('packs-read.work', (value: unknown) => value);
const rare = defineTask('packs-read.rare', (value: unknown) => value);
const labelsOf = (jobs: readonly Job[]): unknown[] => jobs.map(({ args }) => args[0]);
const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Parts with the labels 0, 1, 2 …; every tenth is of the rare task. */
const makeParts = (count: number): Job[] =>
  range(count).map((i) => (i % 10 === 0 ? rare : work).job(i));

interface Scene {
  name: string;
  dispatcher: PlayedPacks;
  parts: Job[];
  /** The key of a job, or of a pack. */
  keyOf(id: string): string;
}

/** A composite that waits for so many parts. Jobs are before and behind the parts in the lane. */
async function waiting(
  name: string,
  count: number,
  { inOrder = false, packed = true, around = false }: PackedOptions & { around?: boolean } = {},
): Promise<Scene> {
  const queue = context.queue(name);
  const dispatcher = playPacks(context, name);
  await queue.put(work.job('whole'));
  const whole = await dispatcher.claimNow();
  if (around) await queue.putAll([work.job('before'), rare.job('rare before')]);
  const parts = makeParts(count);
  await dispatcher.suspend(whole, parts, { inOrder, packed });
  if (around) {
    await queue.putAll([work.job('behind'), rare.job('rare behind')]);
    await queue.put(work.job('later'), { beginAfter: 600_000 });
  }
  return { name, dispatcher, parts, keyOf: (id) => dispatcher.store.keys.job(id) };
}

const lengthOf = ({ name }: Scene): Promise<number> => context.queue(name).length();
const part = (scene: Scene, i: number): Job => scene.parts[i] as Job;
const read = (scene: Scene, i: number): Promise<Job> =>
  context.queue(scene.name).get(part(scene, i).id) as Promise<Job>;

/** The statuses of all parts, as read one by one. */
async function statusesOf(scene: Scene): Promise<JobStatus[]> {
  const jobs = await Promise.all(scene.parts.map((_, i) => read(scene, i)));
  return jobs.map(({ status }) => status);
}

/** All that the handle of a part shows. */
async function shown(scene: Scene, i: number): Promise<unknown> {
  const { status, result, interruptions, annotations, args, options, task } = await read(scene, i);
  const text = result instanceof Error ? result.message : result;
  const byDispatcher = (await read(scene, i)).dispatcher === scene.dispatcher.uuid;
  const facts = { status, text, byDispatcher, interruptions, annotations, args: [...args] };
  return encode({ ...facts, options, task }, 'shown');
}

const isPacked = async (scene: Scene, i: number): Promise<boolean> =>
  (await redis.exists(scene.keyOf(part(scene, i).id))) === 0;

describe('length', () => {
  it('Q1 length counts the pending parts of packs, and not those of claimed ones', async () => {
    const scene = await waiting('length', 70, { around: true });
    const { dispatcher, name } = scene;
    expect(await isPacked(scene, 69)).toBe(true);
    expect(await lengthOf(scene)).toBe(75);
    await dispatcher.claimNow();
    await dispatcher.claimNow();
    const first = await dispatcher.claimPack();
    const second = await dispatcher.claimPack();
    expect(await lengthOf(scene)).toBe(9);
    await dispatcher.endPack(first, range(32));
    expect(await lengthOf(scene)).toBe(9);
    await dispatcher.store.putBack(second);
    expect(await lengthOf(scene)).toBe(41);
    await context.queue(name).remove(part(scene, 40).id);
    expect(await lengthOf(scene)).toBe(40);
  });

  it('Q1 length counts the next step of a pack of a serial', async () => {
    const scene = await waiting('length-serial', 5, { inOrder: true });
    const { dispatcher } = scene;
    expect(await lengthOf(scene)).toBe(1);
    const pack = await dispatcher.claimPack();
    expect(await lengthOf(scene)).toBe(0);
    await dispatcher.recordStep(pack, 1, 'value');
    await dispatcher.store.putBack(pack);
    expect(await lengthOf(scene)).toBe(1);
  });

  it('B1, O6 length leaves out packs that other programs have removed or damaged', async () => {
    const scene = await waiting('length-removed', 70);
    const { keys } = scene.dispatcher.store;
    const [first = ''] = await redis.lrange(keys.list('wait'), -1, -1);
    await redis.lrem(keys.list('wait'), 1, first);
    await redis.del(keys.job(first));
    expect(await lengthOf(scene)).toBe(38);
    await redis.del(`${keys.base}pending-packs`);
    await redis.set(`${keys.base}pending-packs`, 'of another type');
    expect(await lengthOf(scene)).toBe(2);
  });
});

describe.each([
  ['parallel', false],
  ['serial', true],
])('jobs of a %s', (kind, inOrder) => {
  /** Plays a life with packed parts and with others, and looks at both. */
  async function both<T>(
    what: string,
    count: number,
    live: (scene: Scene) => Promise<unknown>,
    look: (scene: Scene) => Promise<T>,
  ): Promise<[packed: T, other: T]> {
    const found = [true, false].map(async (packed) => {
      const name = `${kind}-${what}-${packed}`;
      const scene = await waiting(name, count, { inOrder, packed, around: true });
      await live(scene);
      expect(await isPacked(scene, count - 1)).toBe(packed);
      return await look(scene);
    });
    return (await Promise.all(found)) as [T, T];
  }

  const list = (options: object) => async (scene: Scene) =>
    labelsOf(await context.queue(scene.name).jobs(options));

  it('Q1 are listed in the order in which they run, in pages', async () => {
    const look = async (scene: Scene) => {
      const pages: unknown[] = [];
      for (const [start, end] of [
        [0, 0],
        [0, 99],
        [1, 2],
        [2, 33],
        [20, 40],
        [34, 35],
        [66, 99],
      ]) {
        pages.push(await list({ start, end })(scene));
        pages.push(await list({ start, end, task: rare })(scene));
      }
      return pages;
    };
    const [packed, other] = await both('order', 70, async () => {}, look);
    expect(packed).toEqual(other);
    expect(packed[2]).toHaveLength(inOrder ? 6 : 75);
  });

  it('J2 are listed by status, claimed or not', async () => {
    const statuses: (JobStatus | JobStatus[])[] = [
      ...Object.values(JobStatus),
      [JobStatus.NEW, JobStatus.ACTIVE],
      Object.values(JobStatus),
    ];
    const claim = async ({ dispatcher }: Scene): Promise<void> => {
      // The jobs before the parts.
      for (let i = 0; i < 2; i++) await dispatcher.complete(await dispatcher.claimNow(), 'value');
      const claimed = await dispatcher.claimAny();
      // The twin claims as many parts by themselves.
      const more = claimed.pack || inOrder ? 0 : 31;
      for (let i = 0; i < more; i++) await dispatcher.claimAny();
    };
    const look = async (scene: Scene) => {
      const found: unknown[] = [];
      for (const status of statuses) {
        const all = await list({ status })(scene);
        found.push(status, new Set(all), all.length);
        const inPages = [];
        for (let start = 0; start <= all.length; start += 13)
          inPages.push(...(await list({ status, start, end: start + 12 })(scene)));
        expect(inPages).toEqual(all);
      }
      return found;
    };
    const [packed, other] = await both('statuses', 70, claim, look);
    expect(packed).toEqual(other);
  });

  it('J2 have the status, the result and all else that their handles show', async () => {
    const steps = inOrder ? [0, 1, 2] : [0];
    for (const ended of steps) {
      const live = async ({ dispatcher }: Scene): Promise<void> => {
        for (let i = 0; i < 2; i++) await dispatcher.claimNow();
        const claimed = await dispatcher.claimAny();
        if (claimed.pack) {
          for (let i = 0; i < ended; i++) await dispatcher.recordStep(claimed, i + 1, { value: i });
          return;
        }
        let current = claimed;
        for (let i = 0; i < ended; i++) {
          await dispatcher.complete(current, { value: i });
          current = await dispatcher.claimAny();
        }
        for (let i = 1; i < (inOrder ? 0 : 32); i++) await dispatcher.claimAny();
      };
      const look = (scene: Scene) => Promise.all(range(5).map(async (i) => await shown(scene, i)));
      const [packed, other] = await both(`shown-${ended}`, 32, live, look);
      expect(packed).toEqual(other);
    }
  });
});

it('J2 the parts of an ended pack have their results, and are listed newest first', async () => {
  const scene = await waiting('ended', 40);
  const { dispatcher } = scene;
  await dispatcher.endPack(
    await dispatcher.claimPack(),
    range(32).map((i) => ({ value: i })),
  );
  const statuses = await statusesOf(scene);
  expect(statuses.slice(0, 32)).toEqual(Array(32).fill('completed'));
  expect(statuses.slice(32)).toEqual(Array(8).fill('pending'));
  expect(await read(scene, 17)).toMatchObject({
    result: { value: 17 },
    dispatcher: dispatcher.uuid,
    interruptions: 0,
  });
  const queue = context.queue('ended');
  expect(labelsOf(await queue.jobs({ status: 'completed' }))).toEqual(range(32).reverse());
  expect(labelsOf(await queue.jobs({ status: 'completed', start: 3, end: 5 }))).toEqual([
    28, 27, 26,
  ]);
  expect(labelsOf(await queue.jobs({ status: 'completed', task: rare }))).toEqual([30, 20, 10, 0]);
});

it.each([
  ['claimed', false],
  ['given back', true],
])('J2 the ended steps of a pack that is %s are completed', async (what, isGivenBack) => {
  const name = `steps-${isGivenBack}`;
  const scene = await waiting(name, 6, { inOrder: true });
  const { dispatcher } = scene;
  const pack = await dispatcher.claimPack();
  await dispatcher.recordStep(pack, 1, 'first');
  await dispatcher.recordStep(pack, 2, 'second');
  if (isGivenBack) await dispatcher.store.putBack(pack);
  const third = isGivenBack ? 'pending' : 'active';
  expect(await statusesOf(scene)).toEqual(['completed', 'completed', third, 'new', 'new', 'new']);
  const list = async (status: JobStatus) => labelsOf(await context.queue(name).jobs({ status }));
  expect(await list('completed')).toEqual([1, 0]);
  expect(await list('new')).toEqual([3, 4, 5]);
  expect(new Set(await list('active'))).toEqual(new Set(isGivenBack ? ['whole'] : [2, 'whole']));
  expect(await list('pending')).toEqual(isGivenBack ? [2] : []);
  expect(await read(scene, 1)).toMatchObject({ result: 'second', dispatcher: dispatcher.uuid });
});

it('J2 the steps of a pack whose turn has not come are new', async () => {
  const queue = context.queue('turn');
  const dispatcher = playPacks(context, 'turn');
  await queue.put(work.job('whole'));
  const parts = makeParts(260);
  await dispatcher.suspend(await dispatcher.claimNow(), parts, { inOrder: true });
  expect((await queue.get((parts[258] as Job).id))?.status).toBe('new');
  const news = labelsOf(await queue.jobs({ status: 'new' }));
  expect(new Set(news)).toEqual(new Set(range(260).slice(1)));
  expect(news).toHaveLength(259);
});

describe('pull and remove', () => {
  it('Q3 pull takes the pending part at a position, and opens its pack', async () => {
    const scene = await waiting('pull', 70, { around: true });
    const queue = context.queue('pull');
    expect((await queue.pull(40))?.args).toEqual([38]);
    expect(await isPacked(scene, 39)).toBe(false);
    expect(await isPacked(scene, 0)).toBe(true);
    expect((await queue.pull(-4))?.args).toEqual([69]);
    expect((await queue.pull())?.args).toEqual(['before']);
    expect((await queue.pull(1))?.args).toEqual([0]);
    expect(await queue.get(part(scene, 38).id)).toBeUndefined();
    const left = range(70)
      .slice(1, 69)
      .filter((i) => i !== 38);
    const others = ['behind', 'rare behind', 'later'];
    expect(labelsOf(await queue.jobs())).toEqual(['rare before', ...left, ...others]);
    expect(await queue.length()).toBe(71);
  });

  it('Q3 pulls at the same time get one part each', async () => {
    const scene = await waiting('together', 70);
    const queue = context.queue('together');
    const pulled = await Promise.all(range(30).map(() => queue.pull()));
    const labels = labelsOf(pulled.filter((job) => job !== undefined)) as number[];
    expect(labels.sort((a, b) => a - b)).toEqual(range(30));
    expect(await lengthOf(scene)).toBe(40);
  });

  it('Q3 a pending part is removed, and any other one is left as it is', async () => {
    const scene = await waiting('remove', 40);
    const queue = context.queue('remove');
    await scene.dispatcher.claimPack();
    await queue.remove(part(scene, 35).id);
    expect(await queue.get(part(scene, 35).id)).toBeUndefined();
    await expect(queue.remove(part(scene, 0).id)).rejects.toThrow(/is active: only a pending/);
    const serial = await waiting('remove-step', 5, { inOrder: true });
    await expect(context.queue('remove-step').remove(part(serial, 3).id)).rejects.toThrow(
      /is new: only a pending/,
    );
    expect(await statusesOf(serial)).toEqual(['pending', 'new', 'new', 'new', 'new']);
  });
});

it('J2 a list shows each job once while packs are opened', async () => {
  const scene = await waiting('opened', 128, { around: true });
  const queue = context.queue('opened');
  const expected = ['before', 'rare before', ...range(128), 'behind', 'rare behind', 'later'];
  for (const i of [127, 95, 63, 31]) {
    const job = await read(scene, i);
    const [all, some] = await Promise.all([
      queue.jobs(),
      queue.jobs({ task: rare, start: 5, end: 9 }),
      job.annotate('opens', true),
    ]);
    expect(labelsOf(all)).toEqual(expected);
    expect(labelsOf(some)).toEqual([40, 50, 60, 70, 80]);
    expect(await isPacked(scene, i)).toBe(false);
  }
});

it.each([
  ['parallel', false, 0],
  ['serial', true, 2],
])('I5 a refused end of a pack of a %s stores no value', async (kind, inOrder, ended) => {
  const scene = await waiting(`refused-${kind}`, 5, { inOrder });
  const { dispatcher } = scene;
  const { keys } = dispatcher.store;
  const pack = await dispatcher.claimPack();
  for (let i = 0; i < ended; i++) await dispatcher.recordStep(pack, i + 1, i);
  // Another program has taken it out of the list.
  await redis.lrem(keys.list('active'), 0, pack.id);
  await expect(dispatcher.endPack(pack, range(5 - ended))).rejects.toThrow(/refused/);
  expect(await redis.llen(`${keys.job(pack.id)}:values`)).toBe(ended);
  expect((await statusesOf(scene)).slice(0, ended + 1)).toEqual([
    ...Array<string>(ended).fill('completed'),
    'active',
  ]);
});

it('B1 a list goes on behind an entry that has the id of a pack, and is none', async () => {
  const scene = await waiting('foreign', 40);
  const queue = context.queue('foreign');
  const { keys } = scene.dispatcher.store;
  const [first = ''] = await redis.lrange(keys.list('wait'), -1, -1);
  await redis.del(keys.job(first));
  expect(labelsOf(await queue.jobs())).toEqual(range(40).slice(32));
  expect(labelsOf(await queue.jobs({ task: rare }))).toEqual([]);
});
