// The jobs of a node of a graph, as a producer makes them: the job to put, and a handle of each
// that belongs to it.
import type { Job } from '@drover/core';
import { parallel, serial } from '@drover/composite';
import { MEMBERS, type Node } from './graphs.js';
import { makeCalled, makeGather, makeSource } from './tasks.js';

/** The handle of each member, by name; `self` is the one to put. */
export type Members = Map<string, Job>;

export async function buildNode(
  name: string,
  { shape, at, extra, packed }: Node,
): Promise<Members> {
  const gives = (member: string, does: 'gives' | 'fails' = 'gives') =>
    makeSource(`${name}.${member}`, does, extra);
  const named = (...jobs: Job[]): Members =>
    new Map(MEMBERS[shape].map((member, i) => [member, jobs[i] as Job]));
  switch (shape) {
    case 'gives':
    case 'fails':
      return named(await gives('self', shape));
    case 'called back': {
      const job = await gives('self');
      return named(job, await job.addCallback(await makeCalled(`${name}.callback`)));
    }
    case 'picks': {
      const job = await gives('self');
      const [success, failure] = [
        await makeCalled(`${name}.success`),
        await makeCalled(`${name}.failure`),
      ];
      return named(job, (await job.addCallbacks({ success, failure })) as Job, success, failure);
    }
    case 'serial':
    case 'parallel': {
      const parts = [await gives('first'), await gives('second')];
      // With an option it would be in no pack.
      if (!packed || at.lane !== 'main') parts[1]?.with({ lane: at.lane });
      const postprocess = await makeGather(`${name}.post`, 2);
      const compose = shape === 'serial' ? serial : parallel;
      return named(compose(parts, { postprocess, packed }) as Job, ...parts, postprocess);
    }
    case 'stops': {
      const parts = [await gives('first'), await gives('failing', 'fails'), await gives('rest')];
      const postprocess = await makeGather(`${name}.post`, 3);
      return named(
        serial(parts, { postprocess, onFailure: 'stop', packed }) as Job,
        ...parts,
        postprocess,
      );
    }
  }
}
