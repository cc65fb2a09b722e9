// Writes that change the agents of a dispatcher (D9), for tests that let each of them go wrong.
import type { Dispatcher } from '@drover/worker';
import { PATIENCE, value, type Place, type Write } from './faulty-scene.js';

/** The dispatcher has its changed agent, and goes on. */
const changing =
  (change: (place: Place, dispatcher: Dispatcher) => Promise<void>) => async (place: Place) => {
    const dispatcher = place.dispatcher('stopping');
    await dispatcher.activate();
    await change(place, dispatcher);
    const { agents } = (await place.fleet.get(dispatcher.uuid)) ?? {};
    expect(agents).toMatchObject([{ name: 'main', size: 3 }]);
    const job = await place.recovered.put(value.job(5));
    expect(await job.wait(PATIENCE)).toBe(5);
    return [job];
  };

export const agentChanges: readonly Write[] = [
  {
    name: 'describe',
    side: 'stopping',
    match: 'describe',
    byText: true,
    run: changing((_place, dispatcher) => dispatcher.setAgent('recovered', 'main', { size: 3 })),
  },
  {
    name: 'wish',
    side: 'producer',
    match: 'wish',
    run: changing(({ fleet }, { uuid }) =>
      fleet.setAgent(uuid, 'recovered', 'main', { size: 3, ...PATIENCE }),
    ),
  },
];
