// The holder of a claimed job (O4): a run, an interrupt, a cancel, or a dispatcher that is gone.
import type { ClaimedReason } from '../../model/explanation.js';
import {
  activationIn,
  asBlocked,
  asDispatcher,
  entryOf,
  named,
  recovering,
  short,
  type Scene,
} from './scene.js';
import {
  dispatcherWords,
  jobWords,
  secondsWords,
  timeWords,
  unlessAny,
  counted,
  type WordsOf,
} from './words.js';

/** Of a job that has a lock, or is in the list of claimed jobs without one. */
export function claimedReason(scene: Scene): ClaimedReason {
  const { facts } = scene;
  const { lock = '', decider, fields } = facts;
  if (decider && lock !== '') return decidedReason(scene, decider, lock);
  const activation = activationIn(lock);
  if (!activation) return { reason: 'no-holder', decider: undefined };
  const member = scene.fleet.get(activation.uuid);
  const isCurrent = member?.epoch === activation.epoch;
  const since = Number(fields.processedOn) || 0;
  if (member && isCurrent && member.status === 'active') {
    const dispatcher = asBlocked(member);
    if (member.blockedFor > 0) return { reason: 'dispatcher-blocked', dispatcher, since };
    const attempt = Number(fields.atm ?? 0) + 1;
    return { reason: 'running', dispatcher: asDispatcher(member), since, attempt };
  }
  const status = isCurrent ? member.status : undefined;
  const state = status === 'dead' || status === 'cleaning' ? status : 'ended';
  return {
    reason: 'dispatcher-gone',
    dispatcher: member ? asDispatcher(member) : { uuid: activation.uuid, host: '', pid: 0 },
    state,
    lastPing: member?.lastPing ?? 0,
    // A later activation of the same dispatcher interrupts what earlier ones left.
    others: recovering(scene, isCurrent ? activation.uuid : undefined),
  };
}

/** A system job holds it. */
function decidedReason(
  scene: Scene,
  { job, letter }: NonNullable<Scene['facts']['decider']>,
  lock: string,
): ClaimedReason {
  const decider = named(scene, job);
  if (decider.status === 'gone' || decider.status === 'completed')
    return { reason: 'no-holder', decider: lock };
  const dispatchers = recovering(scene);
  const { reason: why } = entryOf<{ reason: unknown }>('dead-letters', letter || undefined);
  const setAside = letter === '' ? {} : { setAside: short(why) };
  if (lock.includes('.cancel.'))
    return { reason: 'cancel-pending', decider, dispatchers, ...setAside };
  const interruptions = Number(scene.facts.fields.interruptions ?? 0);
  return { reason: 'interrupt-pending', decider, interruptions, dispatchers, ...setAside };
}

/** The end of a dispatcher in words, and the step of recovery that comes next. */
const GONE = {
  dead: ['has died', 'Its jobs are not interrupted yet'],
  cleaning: ['has ended', 'Its jobs are being interrupted'],
  ended: ['has ended', 'The next look of a dispatcher interrupts the job'],
} as const;

const asideWords = ({ setAside }: { setAside?: string }): string =>
  setAside === undefined ? '' : `. That one was set aside: ${setAside}`;

export const CLAIMED: WordsOf<ClaimedReason> = {
  running: {
    says: ({ dispatcher, since, attempt }) =>
      `runs since ${timeWords(since)}, as try ${attempt}, on ${dispatcherWords(dispatcher)}`,
    advice: "Wait, and see that dispatcher's log. `await job.cancel()` ends it.",
  },
  'dispatcher-blocked': {
    says: ({ dispatcher, since }) =>
      `runs since ${timeWords(since)} on ${dispatcherWords(dispatcher)}, whose main loop is ` +
      `blocked for ${secondsWords(dispatcher.blockedFor)}`,
    advice:
      'A task of that process computes without a pause: nothing else goes on there. After ' +
      '`maxBlock` the dispatcher counts as dead. Let such tasks run in a thread (`threads: true`).',
  },
  'dispatcher-gone': {
    says: ({ dispatcher, state, lastPing, others }) => {
      const [end, next] = GONE[state];
      const ping = lastPing > 0 ? ` (last ping at ${timeWords(lastPing)})` : '';
      return `is held by ${dispatcherWords(dispatcher)}, which ${end}${ping}. ${next}${unlessAny(others)}`;
    },
    advice:
      'A dispatcher of the same queue interrupts the job, and its retry policy decides. Start one ' +
      'where none is active.',
  },
  'interrupt-pending': {
    says: (reason) =>
      `was interrupted (${counted(reason.interruptions, 'time')}), and waits for the decision of ` +
      `${jobWords(reason.decider)}${asideWords(reason)}${unlessAny(reason.dispatchers)}`,
    advice:
      'Any dispatcher of the queue that knows its retry policy decides. Start one where none is ' +
      'active; explain the job that decides.',
  },
  'cancel-pending': {
    says: (reason) =>
      `was cancelled, and is ended by ${jobWords(reason.decider)}` +
      `${asideWords(reason)}${unlessAny(reason.dispatchers)}`,
    advice: 'Any dispatcher of the queue ends it. Start one where none is active.',
  },
  'no-holder': {
    says: ({ decider }) =>
      decider === undefined
        ? 'is claimed, and no token says by whom: another program has removed its lock'
        : `is held by job ${decider}, which is gone`,
    advice:
      'The next look of a dispatcher of the queue sets it aside as a dead letter, or restores the ' +
      'job that held it. Then retry it from there.',
  },
};
