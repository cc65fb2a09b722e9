// The thread that runs tasks for an agent with `threads` (D7): it imports the modules that define
// them, and runs them by name.
import { Failure, UnknownTaskError, type Queue } from '@drover/core';
import {
  clientSettings,
  connect,
  currentClock,
  gatewayOf,
  LaneKeys,
  LaneStore,
  queueOn,
  taskNamed,
  warnOnce,
  type RedisClient,
} from '@drover/core/internal';
import { workerData, type MessagePort } from 'node:worker_threads';
import { newRun, type Run } from './activation/activation.js';
import { callTask } from './run/call.js';
import { joinedJobs } from './run/join.js';
import type {
  ThreadData,
  ThreadOrder,
  ThreadReply,
  ThreadReport,
  ThreadTask,
} from './threads/thread-messages.js';
import { asRunOf, postEnds } from './threads/thread-origin.js';

const port = takePort();
const post = (report: ThreadReport): void => port.postMessage(report);
/** The run under way. */
let current: Run | undefined;
postEnds(post);
port.on('message', (order: ThreadOrder) => {
  if ('run' in order) void runAndReply(order.run);
  // The order to stop may come when the run has ended.
  else current?.stop.abort(Failure.fromJSON(order.stop).toError());
});

/** The connection of this thread, for tasks that use their queue: made with the first. */
let client: RedisClient | undefined;
const queues = new Map<string, Queue>();
/**
 * The last run whose puts the dispatcher stores: the next one of the same job may put the same
 * handles.
 */
let handedOver: { jobId: string; renew: () => void } | undefined;

/** The port is taken out of what tasks can see of this thread. */
function takePort(): MessagePort {
  const data = workerData as ThreadData;
  const { port } = data;
  delete data.port;
  if (!port) throw new Error('a task thread was started without a port');
  return port;
}

/** One job after another. What throws here is a crash of the thread. */
async function runAndReply(task: ThreadTask): Promise<void> {
  post({ taken: true });
  const { claim, queue, agent } = task;
  current = newRun(claim, queue, agent, warnOnce('a listener of local.signal'));
  const reply = await runInThread(task, current);
  current = undefined;
  post({ reply });
}

/** Runs one job up to what it comes to. */
async function runInThread(task: ThreadTask, run: Run): Promise<ThreadReply> {
  // Timers and connections of the modules belong to no run: they are not imported in the name of
  // one.
  const known = await taskOf(task);
  if ('missing' in known) return { kind: 'missing', failure: Failure.from(known.missing).toJSON() };
  return await asRunOf(task.claim, () => callInThread(task, run, known.run));
}

async function callInThread(
  task: ThreadTask,
  run: Run,
  taskFunction: (...args: unknown[]) => unknown,
): Promise<ThreadReply> {
  const { claim } = task;
  currentClock().adopt(task.clock);
  if (handedOver?.jobId === claim.id) handedOver.renew();
  const queue = queueOf(task);
  const joined = claim.joined && (await joinedJobs(storeOf(task), gatewayOf(queue), claim.joined));
  if (joined === 'not all have ended') return { kind: joined };
  const deps = {
    queue,
    store: storeOf(task),
    client: clientOf(task),
    // A thread whose dispatcher has given up is ended.
    activation: { uuid: task.uuid, abandoned: false },
    onError: () => {},
    onStarted: () => post({ started: true }),
  };
  const called = await callTask(run, deps, taskFunction, joined ?? []);
  if ('failure' in called) return { ...called, failure: called.failure.toJSON() };
  const puts = called.puts?.stored;
  if (called.puts) handedOver = { jobId: claim.id, renew: called.puts.handOver() };
  return { ...called, puts };
}

async function taskOf({
  claim,
  modules,
}: ThreadTask): Promise<{ run: (...args: unknown[]) => unknown } | { missing: Error }> {
  try {
    // A bundler must leave this one to Node: webpack would look for the module within its bundle.
    for (const module of modules) await import(/* webpackIgnore: true */ module);
  } catch (cause) {
    const why = Failure.from(cause);
    const what = `a module of taskModules cannot be imported in a thread: ${String(why)}${hintAt(why)}`;
    return { missing: new UnknownTaskError(what, { cause }) };
  }
  const task = taskNamed(claim.task);
  if (task) return task;
  const name = JSON.stringify(claim.task);
  return {
    missing: new UnknownTaskError(
      `the task ${name} is not defined by taskModules, which the threads import`,
    ),
  };
}

/**
 * Some loaders, such as tsx on Node 20, work in the main thread alone, whatever flags a thread has.
 */
function hintAt({ code }: Failure): string {
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION') return '';
  return '. The loader of the process does not load there: give the threads one that does, as execArgv of `threads`';
}

function clientOf({ target }: ThreadTask): RedisClient {
  // What goes wrong is thrown by the commands.
  return (client ??= connect(target, { ...clientSettings.producer, lazyConnect: true }, () => {}));
}

/** A queue as tasks see it. Its connection is made when something is asked of it. */
function queueOf(task: ThreadTask): Queue {
  let queue = queues.get(task.queue);
  if (!queue) {
    queue = queueOn(task.queue, task, { target: task.target, client: clientOf(task) });
    queues.set(task.queue, queue);
  }
  return queue;
}

function storeOf(task: ThreadTask): LaneStore {
  return new LaneStore(
    clientOf(task),
    new LaneKeys(task.prefix, task.queue, task.claim.lane),
    task.uuid,
  );
}
