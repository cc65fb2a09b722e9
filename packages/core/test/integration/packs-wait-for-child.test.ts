// Waits for a job that a part of a closed pack may store (docs/protocol/packs.md). The regular look
// of the waits is off: each has to end by an event.
import { hasLooked, scene, work } from './packs-wait-scene.js';
import type { ClaimedJob } from '@drover/core/internal';
import { testContext } from '../../../../test/kit/context.js';

const context = testContext('packs-wait-for-child');

describe('J12 a wait for a job that a packed part may store', () => {
  it.each([
    ['parallel', 1],
    ['serial', 0],
  ] as const)('ends when the part of a %s has ended without it', async (kind, i) => {
    const child = work.job('child');
    const parts = [work.job(0), work.job(1), work.job(2)];
    parts[i] = work.job(child);
    const { dispatcher, schedule, composite } = await scene(context, `child-${kind}`, kind, parts);
    await composite.refresh();
    const waiting = expect(child.wait()).rejects.toThrow('has ended without it');
    await hasLooked(child);
    await schedule();
    await hasLooked(child);
    const pack = await dispatcher.claimPack();
    if (kind === 'parallel') await dispatcher.endPack(pack, [1, 2, 3]);
    else await dispatcher.recordStep(pack, 1, 'value');
    await waiting;
  });

  it('ends when a step before others has ended without it, in another lane', async () => {
    const child = work.job('child').with({ lane: 'slow' });
    const parts = [work.job(0), work.job(child), work.job(2)];
    const { dispatcher, schedule } = await scene(context, 'child-lane', 'serial', parts);
    await schedule();
    const waiting = expect(child.wait()).rejects.toThrow('has ended without it');
    await hasLooked(child);
    const pack = await dispatcher.claimPack();
    await dispatcher.recordStep(pack, 1, 'value');
    await dispatcher.recordStep(pack, 2, 'value');
    await waiting;
  });

  it('ends with its value when the part stores it', async () => {
    const child = work.job('child');
    const parts = [work.job(0), work.job(child), work.job(2)];
    const { dispatcher, schedule } = await scene(context, 'child-stored', 'parallel', parts);
    await schedule();
    const waiting = child.wait();
    await hasLooked(child);
    const pack = await dispatcher.claimPack();
    const part = pack.pack?.parts[1] as ClaimedJob;
    await dispatcher.suspend(part, [child], { packed: false });
    const claim = await dispatcher.claimAny();
    expect(claim.id).toBe(child.id);
    await dispatcher.complete(claim, 'of the child');
    expect(await waiting).toBe('of the child');
  });
});
