// The parts of closed packs count for the length of their queue, and are pulled and removed one by
// one (docs/protocol/packs.md).
import { newUuid, testContext } from '../../../../test/kit/context.js';
import { RedisRecovery } from '../../../../test/kit/store.js';
import { isPacked, labelsOf, lengthOf, part, range, statusesOf, waiting } from './packs-scene.js';

const context = testContext('packs-counted-and-pulled');
const { redis } = context;

describe('length', () => {
  it('Q1 length counts the pending parts of packs, and not those of claimed ones', async () => {
    const scene = await waiting(context, 'length', 70, { around: true });
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
    const scene = await waiting(context, 'length-serial', 5, { inOrder: true });
    const { dispatcher } = scene;
    expect(await lengthOf(scene)).toBe(1);
    const pack = await dispatcher.claimPack();
    expect(await lengthOf(scene)).toBe(0);
    await dispatcher.recordStep(pack, 1, 'value');
    await dispatcher.store.putBack(pack);
    expect(await lengthOf(scene)).toBe(1);
  });

  it('B1, O6 a pass lets length leave out packs that other programs have removed', async () => {
    const scene = await waiting(context, 'length-removed', 70);
    const { keys } = scene.dispatcher.store;
    const [first = ''] = await redis.lrange(keys.list('wait'), -1, -1);
    await redis.lrem(keys.list('wait'), 1, first);
    await redis.del(keys.job(first));
    await new RedisRecovery(redis, context.prefix, newUuid()).forgetPacks(keys.queue, keys.lane, 0);
    expect(await lengthOf(scene)).toBe(38);
    await redis.del(`${keys.base}unfinished-packs`);
    await redis.set(`${keys.base}unfinished-packs`, 'of another type');
    expect(await lengthOf(scene)).toBe(2);
  });
});

describe('pull and remove', () => {
  it('Q3 pull takes the pending part at a position, and opens its pack', async () => {
    const scene = await waiting(context, 'pull', 70, { around: true });
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
    const scene = await waiting(context, 'together', 70);
    const queue = context.queue('together');
    const pulled = await Promise.all(range(30).map(() => queue.pull()));
    const labels = labelsOf(pulled.filter((job) => job !== undefined)) as number[];
    expect(labels.sort((a, b) => a - b)).toEqual(range(30));
    expect(await lengthOf(scene)).toBe(40);
  });

  it('Q3 a pending part is removed, and any other one is left as it is', async () => {
    const scene = await waiting(context, 'remove', 40);
    const queue = context.queue('remove');
    await scene.dispatcher.claimPack();
    await queue.remove(part(scene, 35).id);
    expect(await queue.get(part(scene, 35).id)).toBeUndefined();
    await expect(queue.remove(part(scene, 0).id)).rejects.toThrow(/is active: only a pending/);
    const serial = await waiting(context, 'remove-step', 5, { inOrder: true });
    await expect(context.queue('remove-step').remove(part(serial, 3).id)).rejects.toThrow(
      /is new: only a pending/,
    );
    expect(await statusesOf(serial)).toEqual(['pending', 'new', 'new', 'new', 'new']);
  });
});
