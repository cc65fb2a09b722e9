// Why no agent takes a job that may begin (O4): which dispatchers there are, and what they know.
import type { UnclaimedReason } from '../../model/explanation.js';
import { SYSTEM_LANE, SystemTaskName } from '../../lib/names.js';
import { asBlocked, asDispatcher, entryOf, servingIn, type Scene } from './scene.js';
import { counted, dispatcherWords, secondsWords, type WordsOf } from './words.js';

const UNKNOWN = {
  task: 'unknown-task',
  policy: 'unknown-policy',
  codec: 'unknown-codec',
} as const;

const SYSTEM_TASKS: ReadonlySet<string> = new Set(Object.values(SystemTaskName));

/** Why none of the active dispatchers can run the job; undefined where one may. */
export function unroutableReason(scene: Scene): UnclaimedReason | undefined {
  const { facts, job } = scene;
  const serving = servingIn(scene, job.queue, job.lane);
  const { needs, claims } = entryOf<{ needs: string; claims: string }>('unknown', facts.unknown);
  // An entry of an earlier claim may be about something else.
  if (typeof needs === 'string' && claims === facts.fields.ats) {
    const [, kind = '', name = ''] = /^(task|policy|codec):(.*)$/s.exec(needs) ?? [];
    const isKnown = kind === 'task' && serving.some(({ knows }) => knows(name) === true);
    if (kind !== '' && !isKnown)
      return { reason: UNKNOWN[kind as 'task'], needs: name, dispatchers: serving.length };
  }
  const isNowhere = serving.length > 0 && serving.every(({ knows }) => knows(job.task) === false);
  return isNowhere && !SYSTEM_TASKS.has(job.task)
    ? { reason: 'unknown-task', needs: job.task, dispatchers: serving.length }
    : undefined;
}

export function unclaimedReason(scene: Scene): UnclaimedReason {
  const { facts, job, fleet } = scene;
  const { queue, lane } = job;
  const { most = 0, active = 0, isRateReached } = facts.limits ?? {};
  if (isRateReached === 1) return { reason: 'lane-limited', lane, most: 0, active };
  if (most > 0 && active >= most) return { reason: 'lane-limited', lane, most, active };
  const serving = servingIn(scene, queue, lane);
  if (serving.length === 0) {
    const all = [...fleet.values()];
    const dead = all.filter(
      ({ status, serves }) => status === 'dead' && serves(queue, lane) === 'yes',
    );
    const stopped = all.filter(
      ({ status, serves }) => status === 'active' && serves(queue, lane) === 'stopped',
    );
    return {
      reason: 'lane-unserved',
      queue,
      lane,
      dead: dead.map(asDispatcher),
      stopped: stopped.map(asDispatcher),
    };
  }
  const taking = serving.filter(({ takes }) => takes(queue, lane, job.task));
  if (taking.length === 0)
    return { reason: 'task-not-taken', lane, needs: job.task, dispatchers: serving.length };
  if (taking.every(({ blockedFor }) => blockedFor > 0))
    return { reason: 'dispatchers-blocked', lane, blocked: taking.map(asBlocked) };
  const before = typeof facts.at === 'number' ? facts.at : undefined;
  return { reason: 'waits-for-agent', lane, before, active };
}

/** Says that no dispatcher knows something. `dispatchers`: how many serve the lane. */
function unknownTo(dispatchers: number, what: string): string {
  if (dispatchers === 0)
    return `cannot run: a dispatcher did not know ${what}, and now none serves its lane`;
  return dispatchers === 1
    ? `cannot run: the active dispatcher of its lane does not know ${what}`
    : `cannot run: none of the ${dispatchers} active dispatchers of its lane knows ${what}`;
}

export const UNCLAIMED: WordsOf<UnclaimedReason> = {
  'lane-unserved': {
    says: ({ queue, lane, dead, stopped }) => {
      const served =
        lane === SYSTEM_LANE
          ? `is due, and no dispatcher of the queue \`${queue}\` is active`
          : `is due, and no active agent serves the lane \`${lane}\` of the queue \`${queue}\``;
      const gone = dead.map((one) => `; ${dispatcherWords(one)} does not ping`).join('');
      const size = stopped.map((one) => `; the agent of ${dispatcherWords(one)} has the size 0`);
      return served + gone + size.join('');
    },
    advice:
      'Start a dispatcher with an agent for this lane, such as ' +
      "`queues: { images: { gpu: { lanes: ['gpu'] } } }`.",
  },
  'task-not-taken': {
    says: ({ lane, needs, dispatchers }) =>
      `is due, and no agent of the lane \`${lane}\` takes the task \`${needs}\`: the \`tasks\` of ` +
      `those of ${counted(dispatchers, 'active dispatcher')} name others`,
    advice:
      'Add the task to the `tasks` of an agent of this lane, or run an agent without `tasks`, which ' +
      'takes jobs of all. `drover.parallel`, `drover.serial` and `drover.pickCallback` are tasks too.',
  },
  'unknown-task': {
    says: ({ needs, dispatchers }) => unknownTo(dispatchers, `the task \`${needs}\``),
    advice: 'Import the module that defines the task in a process that serves the lane.',
  },
  'unknown-policy': {
    says: ({ needs, dispatchers }) => unknownTo(dispatchers, `the retry policy \`${needs}\``),
    advice: 'Import the module that defines the policy in a process that serves the lane.',
  },
  'unknown-codec': {
    says: ({ needs, dispatchers }) => unknownTo(dispatchers, `the codec \`${needs}\``),
    advice: 'Import the module that defines the codec in a process that serves the lane.',
  },
  'lane-limited': {
    says: ({ lane, most, active }) =>
      most > 0
        ? `is due, and a BullMQ tool has limited the lane \`${lane}\` to ${counted(most, 'job')} at a ` +
          `time, and ${active} ${active === 1 ? 'is' : 'are'} active`
        : `is due, and BullMQ's rate limit of the lane \`${lane}\` is reached`,
    advice: 'Wait, or change the limit with the BullMQ tool that has set it.',
  },
  'dispatchers-blocked': {
    says: ({ lane, blocked }) => {
      const each = blocked.map(
        (one) => `${dispatcherWords(one)} for ${secondsWords(one.blockedFor)}`,
      );
      return (
        `is due, and the main loop of each dispatcher that serves the lane \`${lane}\` is ` +
        `blocked: ${each.join('; ')}`
      );
    },
    advice:
      'A task there computes without a pause. Let it run in a thread (`threads: true`), or start ' +
      'another dispatcher.',
  },
  'waits-for-agent': {
    says: ({ lane, before, active }) => {
      const queued =
        before === undefined
          ? 'more than a thousand jobs are before it'
          : `${counted(before, 'job')} ${before === 1 ? 'is' : 'are'} before it`;
      const running = `${counted(active, 'job')} of the lane \`${lane}\` ${active === 1 ? 'is' : 'are'} claimed`;
      return before === 0 ? `is due, and is next: ${running}` : `is due: ${queued}, and ${running}`;
    },
    advice:
      'Wait, or add agents: a larger `size`, or another dispatcher. A slot stays taken where a ' +
      'task goes on after its `timeout`: the log of its dispatcher says "stuck".',
  },
};
