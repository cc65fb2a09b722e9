// The polls and the statistics of a dispatcher's history, by a clock that the test sets (D8).
import type { ClaimedJob } from '@drover/core/internal';
import type { Poll } from '../../src/history/poll.js';
import { AGENTS, START, Scene, DONE, FAILED } from './history-scene.js';

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe('D8 polls', () => {
  const numbers = (polls: readonly Poll[]): number[] => polls.map(({ number }) => number);

  it('D8 a poll counts what each agent asked for and got, by lane, and the newest goes on', () => {
    const [main, gpu, spare] = [
      scene.history.lane('images', 'main', 'main'),
      scene.history.lane('images', 'main', 'gpu'),
      scene.history.lane('images', 'spare', 'main'),
    ];
    main.asked();
    main.asked();
    gpu.asked();
    spare.failed(new Error('first'));
    spare.failed(new RangeError('connection lost'));
    scene.job('a');
    scene.job('b', 0, FAILED, { lane: 'gpu' });
    scene.end(scene.start(scene.claim('c', {}, 'mails')), { kind: 'reassigned' });
    scene.endPoll();
    const nothing = {
      asked: 0,
      claimed: 0,
      jobs: [],
      started: 0,
      successful: 0,
      failed: 0,
      unknown: 0,
      errors: 0,
    };
    const none = { ...nothing, error: undefined };
    const places = AGENTS.flatMap(({ queue, name: agent, lanes }) =>
      lanes.map((lane) => ({ queue, agent, lane })),
    );
    expect(scene.history.polls()).toEqual([
      {
        number: 2,
        began: START + 5_000,
        ended: undefined,
        lanes: places.map((deps) => ({ ...deps, ...none })),
      },
      {
        number: 1,
        began: START,
        ended: START + 5_000,
        lanes: [
          { ...places[0], ...none, asked: 2, claimed: 1, jobs: ['a'], started: 1, successful: 1 },
          { ...places[1], ...none, asked: 1, claimed: 1, jobs: ['b'], started: 1, failed: 1 },
          { ...places[2], ...none, errors: 2, error: 'RangeError: connection lost' },
          { ...places[3], ...none, claimed: 1, jobs: ['c'], started: 1, unknown: 1 },
        ],
      },
    ]);
  });

  it('D8 the last 400 polls are kept', () => {
    for (let i = 1; i < 1_000; i++) {
      scene.job(`job-${i}`);
      scene.endPoll();
    }
    expect(numbers(scene.history.polls())).toEqual(
      Array.from({ length: 400 }, (_, i) => 1_000 - i),
    );
    expect(scene.history.statistics().started).toBe(399);
  });

  it('D8 idle polls in a row are merged, so that a quiet night does not push out the day', () => {
    const lane = scene.history.lane('images', 'main', 'main');
    scene.job('day');
    for (let i = 0; i < 1_000; i++) {
      lane.asked();
      scene.endPoll();
    }
    const polls = scene.history.polls();
    expect(numbers(polls)).toEqual([1_001, 2, 1]);
    expect(polls[1]).toMatchObject({
      began: START + 5_000,
      ended: START + 5_000_000,
      lanes: [{ asked: 999 }, {}, {}, {}],
    });
    scene.job('morning');
    scene.endPoll();
    expect(numbers(scene.history.polls())).toEqual([1_002, 1_001, 2, 1]);
    expect(scene.history.polls()[1]?.lanes[0]?.jobs).toEqual(['morning']);
  });

  it('D8 polls with errors are not merged', () => {
    for (let i = 0; i < 3; i++) {
      scene.history.lane('images', 'main', 'main').failed(new Error('connection lost'));
      scene.endPoll();
    }
    expect(numbers(scene.history.polls())).toEqual([4, 3, 2, 1]);
  });

  it('D8 each poll is emitted when it ends, idle ones too', () => {
    const told: Poll[] = [];
    scene.listener = (poll) => told.push(poll);
    scene.job('a');
    for (let i = 0; i < 3; i++) scene.endPoll();
    expect(told.map(({ number, ended }) => [number, ended])).toEqual([
      [1, START + 5_000],
      [2, START + 10_000],
      [3, START + 15_000],
    ]);
    expect(told[0]?.lanes[0]).toMatchObject({ claimed: 1, jobs: ['a'] });
  });

  it('D8 an overdue job counts in a lane of its own, which is listed only with such a job', () => {
    const late: Partial<ClaimedJob> = { lane: 'system' };
    expect(scene.history.polls()[0]?.lanes).toHaveLength(4);
    scene.history.lane('images', 'system', 'system').asked();
    expect(scene.history.polls()[0]?.lanes).toHaveLength(4);
    scene.end(scene.claim('late', late, 'images', 'system'), { kind: 'stored', outcome: FAILED });
    expect(scene.history.polls()[0]?.lanes[4]).toMatchObject({
      agent: 'system',
      jobs: ['late'],
      started: 0,
      failed: 1,
    });
    expect(scene.history.jobInfo('late')).toMatchObject({ state: 'failed', started: undefined });
    expect(scene.history.statistics().failed).toEqual({
      count: 1,
      shortest: undefined,
      longest: undefined,
    });
  });
});

describe('D8 statistics', () => {
  it('D8 count started, successful, failed, unknown, and the shortest and longest', () => {
    scene.job('a', 20);
    scene.job('b', 10);
    scene.job('c', 30);
    scene.job('d', 5, FAILED);
    scene.endPoll();
    scene.job('e', 1, FAILED);
    scene.end(scene.start(scene.claim('f')), { kind: 'left' });
    scene.start(scene.claim('g'));
    scene.now += 40;
    scene.start(scene.claim('h'));
    scene.now += 2;
    scene.claim('not started');
    expect(scene.history.statistics()).toMatchObject({
      began: START,
      ended: undefined,
      started: 8,
      successful: {
        count: 3,
        shortest: { id: 'b', duration: 10 },
        longest: { id: 'c', duration: 30 },
      },
      failed: { count: 2, shortest: { id: 'e', duration: 1 }, longest: { id: 'd', duration: 5 } },
      unknown: { count: 1, shortest: { id: 'f', duration: 0 }, longest: { id: 'f', duration: 0 } },
      active: { count: 3, shortest: { id: 'h', duration: 2 }, longest: { id: 'g', duration: 42 } },
      stuck: { count: 0 },
    });
  });

  it('D8 an interval covers the polls that it touches', () => {
    for (const id of ['a', 'b', 'c']) {
      scene.job(id);
      scene.endPoll();
    }
    const of = (since?: number | Date, before?: number | Date) => {
      const interval = {
        ...(since !== undefined && { since }),
        ...(before !== undefined && { before }),
      };
      const { began, ended, started } = scene.history.statistics(interval);
      return [started, began, ended];
    };
    expect(of()).toEqual([3, START, undefined]);
    expect(of(START + 6_000)).toEqual([2, START + 5_000, undefined]);
    expect(of(new Date(START + 6_000), new Date(START + 9_000))).toEqual([
      1,
      START + 5_000,
      START + 10_000,
    ]);
    expect(of(undefined, START + 5_000)).toEqual([1, START, START + 5_000]);
    expect(of(undefined, START)).toEqual([0, undefined, undefined]);
    expect(of(START + 60_000)).toEqual([0, START + 15_000, undefined]);
    expect(
      scene.history
        .polls({ since: START + 6_000, before: START + 9_000 })
        .map(({ number }) => number),
    ).toEqual([2]);
  });

  it('D8 can be asked by queue and agent', () => {
    scene.job('a', 1);
    scene.job('b', 2, DONE, { lane: 'gpu' });
    scene.job('c', 3, DONE, {}, 'images', 'spare');
    scene.job('d', 4, DONE, {}, 'mails');
    scene.start(scene.claim('e', {}, 'mails'));
    const of = (filter: { queue?: string; agent?: string }) => {
      const { started, successful, active } = scene.history.statistics(filter);
      return [started, successful.count, successful.longest?.id, active.count];
    };
    expect(of({})).toEqual([5, 4, 'd', 1]);
    expect(of({ queue: 'images' })).toEqual([3, 3, 'c', 0]);
    expect(of({ queue: 'images', agent: 'main' })).toEqual([2, 2, 'b', 0]);
    expect(of({ agent: 'main' })).toEqual([4, 3, 'd', 1]);
  });

  it('D8 a clock that is set back gives no negative duration', () => {
    scene.job('a', -1_000);
    expect(scene.history.statistics().successful.shortest).toEqual({ id: 'a', duration: 0 });
  });

  it.each<[object, string]>([
    [{ since: 'yesterday' }, 'since must be a Date, or a number of ms since 1970'],
    [{ before: new Date(NaN) }, 'before must be a Date, or a number of ms since 1970'],
    [{ until: 1 }, 'statistics has no option "until"'],
    [null as never, 'the options of statistics must be an object'],
    [{ queue: 3n }, 'this dispatcher has no queue 3'],
    [{ queue: 'image' }, 'this dispatcher has no queue "image"'],
    [{ queue: 'mails', agent: 'spare' }, 'this dispatcher has no agent "spare" in queue "mails"'],
  ])('D8, B2 statistics of %j are refused: %s', (options, message) => {
    expect(() => scene.history.statistics(options)).toThrow(message);
  });

  it.each<[object, string]>([
    [{ since: NaN }, 'since must be a Date, or a number of ms since 1970'],
    [null as never, 'the options of polls must be an object'],
    [{ queue: 'images' }, 'polls has no option "queue"'],
  ])('D8, B2 polls of %j are refused: %s', (options, message) => {
    expect(() => scene.history.polls(options)).toThrow(message);
  });
});
