// Lists show the parts of closed packs as jobs that are stored by themselves
// (docs/protocol/packs.md). Each life is played twice: with packed parts, and with others.
import { JobStatus } from '@drover/core';
import { testContext } from '../../../../test/kit/context.js';
import {
  isPacked,
  labelsOf,
  range,
  rare,
  read,
  shown,
  waiting,
  type Scene,
} from './packs-scene.js';

const context = testContext('packs-listed');

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
      const scene = await waiting(context, name, count, { inOrder, packed, around: true });
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

it('J2 a list shows each job once while packs are opened', async () => {
  const scene = await waiting(context, 'opened', 128, { around: true });
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

it('B1 a list goes on behind an entry that has the id of a pack, and is none', async () => {
  const scene = await waiting(context, 'foreign', 40);
  const queue = context.queue('foreign');
  const { keys } = scene.dispatcher.store;
  const [first = ''] = await context.redis.lrange(keys.list('wait'), -1, -1);
  await context.redis.del(keys.job(first));
  expect(labelsOf(await queue.jobs())).toEqual(range(40).slice(32));
  expect(labelsOf(await queue.jobs({ task: rare }))).toEqual([]);
});
