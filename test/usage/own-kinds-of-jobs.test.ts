// Jobs, "Subclassing Job": the handles of a task's jobs may have a face of their own.
import { defineTask, Job } from '@drover/core';
import { testContext } from '../kit/context.js';
import { dispatchersIn } from '../kit/dispatchers.js';

const context = testContext('usage-own-kinds');
const queue = context.queue('parcels');
beforeAll(async () => void (await dispatchersIn(context).start('parcels')));

// A parcel is a job, and knows where it goes: this says nothing that is not in its arguments, but
// says it in words.
class Parcel extends Job<string> {
  get address(): string {
    return String(this.args[1]);
  }
}
const ship = defineTask(
  'ownKinds.ship',
  async (what: string, address: string) => `${what} has gone to ${address}`,
  {
    jobClass: Parcel as typeof Job,
  },
);

// Wherever this task is known, its jobs are parcels: when they are made, when they are found, and
// among the arguments of others.
it('C6 the jobs of a task have the class that it names', async () => {
  const parcel = ship.job('a book', '221B Baker Street') as Parcel;
  expect(parcel.address).toBe('221B Baker Street');
  await queue.put(parcel);

  const found = await queue.get(parcel.id);
  expect(found).toBeInstanceOf(Parcel);
  expect((found as Parcel).address).toBe('221B Baker Street');

  const track = defineTask('ownKinds.track', async (of: Parcel) => (await of.refresh()).address);
  expect(await (await queue.put(track.job(parcel))).wait()).toBe('221B Baker Street');
  expect(await parcel.wait()).toBe('a book has gone to 221B Baker Street');
});
