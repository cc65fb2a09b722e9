// The types of a dispatcher's events and history (D8). `npm run check` reports wrong uses.
import type { Failure, Job } from '@drover/core';
import {
  Dispatcher,
  RunState,
  type DispatcherEvents,
  type EndStatistics,
  type JobEvent,
  type JobInfo,
  type Poll,
  type Statistics,
} from '@drover/worker';
import { expectTypeOf } from 'expect-type';

const dispatcher = new Dispatcher({
  uuid: '01990000-0000-4000-8000-000000000000',
  queues: { images: { main: {} } },
  signals: false,
});

it('D8 the events are these, and no others', () => {
  expectTypeOf<keyof DispatcherEvents>().toEqualTypeOf<
    | 'activated'
    | 'deactivated'
    | 'reactivated'
    | 'deposed'
    | 'died'
    | 'started'
    | 'completed'
    | 'failed'
    | 'retried'
    | 'interrupted'
    | 'reassigned'
    | 'ended'
    | 'interruptDecided'
    | 'poll'
    | 'error'
  >();
  // @ts-expect-error there is no such event
  dispatcher.on('complete', () => {});
});

it('D8 each event has its type for listeners', () => {
  for (const event of ['activated', 'deactivated', 'reactivated', 'deposed'] as const) {
    dispatcher.on(event, (about) =>
      expectTypeOf(about).toEqualTypeOf<{ uuid: string; epoch: number }>(),
    );
  }
  for (const event of ['started', 'completed', 'reassigned'] as const) {
    dispatcher.on(event, (about) => expectTypeOf(about).toEqualTypeOf<JobEvent>());
  }
  dispatcher.on('failed', ({ failure, job, fence }) => {
    expectTypeOf(failure).toEqualTypeOf<Failure>();
    expectTypeOf(job).toEqualTypeOf<Job>();
    expectTypeOf(fence).toEqualTypeOf<number>();
  });
  dispatcher.on('died', ({ uuid, epoch, host, pid, age }) => {
    expectTypeOf([uuid, host]).toEqualTypeOf<string[]>();
    expectTypeOf([epoch, pid, age]).toEqualTypeOf<number[]>();
  });
  dispatcher.on('interrupted', (about) =>
    expectTypeOf(about).toEqualTypeOf<{
      jobId: string;
      task: string;
      queue: string;
      lane: string;
      dispatcher: string;
      handleInterrupt: string;
    }>(),
  );
  dispatcher.on('poll', (poll) => expectTypeOf(poll).toEqualTypeOf<Poll>());
  dispatcher.on('error', (error) => expectTypeOf(error).toEqualTypeOf<Error>());
  // @ts-expect-error a poll is no number
  dispatcher.on('poll', (poll: number) => poll);
  expect(dispatcher.eventNames()).toContain('poll');
});

it('D8 polls, statistics and job infos have their types', () => {
  expectTypeOf(dispatcher.polls()).toEqualTypeOf<Poll[]>();
  expectTypeOf(dispatcher.statistics()).toEqualTypeOf<Statistics>();
  expectTypeOf<Statistics['successful']>().toEqualTypeOf<EndStatistics>();
  expectTypeOf(dispatcher.activeJobs({ queue: 'images' })).toEqualTypeOf<Job[]>();
  expectTypeOf(dispatcher.jobInfo('a')).toEqualTypeOf<JobInfo | undefined>();
  expectTypeOf<JobInfo['state']>().toEqualTypeOf<RunState>();
  expect(Object.values(RunState)).toContain('active');
  // @ts-expect-error neither an argument nor a result is among it (B2)
  expect(dispatcher.jobInfo('a')?.args).toBeUndefined();
  // @ts-expect-error a time is a Date, or a number of ms
  expect(() => dispatcher.polls({ since: '1h' })).toThrow('since must be a Date');
});
