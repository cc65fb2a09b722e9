// The worker thread of an agent with `threads` (D7): it imports the modules of `taskModules`, and
// runs their tasks by name.
import { Failure, UnknownTaskError } from '@drover/core';
import { callTask, SharedQueues, definedTasks, warnOnce, WorkerStore } from '@drover/core/internal';
import { workerData, type MessagePort } from 'node:worker_threads';
import { newRun, type Run } from './activation/activation.js';
import { joinedJobs } from './run/join.js';
import { taskCall } from './run/run-store.js';
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
let current: Run | undefined;
postEnds(post);
port.on('message', (order: ThreadOrder) => {
  if ('run' in order) void runAndReply(order.run);
  // The order to stop may arrive after the end of the run.
  else current?.stop.abort(Failure.fromJSON(order.stop).toError());
});

/** The store of this thread, and the queues for its tasks. */
let shared: { store: WorkerStore; queues: SharedQueues } | undefined;
/** The last run with puts. The next run of the same job may put the same handles again. */
let handedOver: { jobId: string; renew: () => void } | undefined;

/** Hides the port from tasks: they could close or flood it. */
function takePort(): MessagePort {
  const data = workerData as ThreadData;
  const { port } = data;
  delete data.port;
  if (!port) throw new Error('a task thread was started without a port');
  return port;
}

/** Runs one job. An error that is thrown here ends the thread. */
async function runAndReply(task: ThreadTask): Promise<void> {
  post({ taken: true });
  const { claim, queue, agent } = task;
  current = newRun(claim, queue, agent, warnOnce('a listener of local.signal'));
  const reply = await runInThread(task, current);
  current = undefined;
  post({ reply });
}

async function runInThread(task: ThreadTask, run: Run): Promise<ThreadReply> {
  // The modules are imported outside `asRunOf`: their timers and connections belong to no run.
  const known = await taskOf(task);
  if ('missing' in known) {
    const failure = Failure.from(known.missing).toJSON();
    return { kind: 'missing', failure, needs: `task:${task.claim.task}` };
  }
  return await asRunOf(task.claim, () => callInThread(task, run, known.run));
}

async function callInThread(
  task: ThreadTask,
  run: Run,
  taskFunction: (...args: unknown[]) => unknown,
): Promise<ThreadReply> {
  const { claim } = task;
  if (handedOver?.jobId === claim.id) handedOver.renew();
  const { store, queues } = sharedBy(task);
  store.adoptClock(task.clock);
  const queue = queues.get(task.queue);
  const lane = store.lane(task.queue, claim.lane);
  const joined = claim.joined && (await joinedJobs(lane, queue, claim.joined));
  if (joined === 'not all have ended') return { kind: joined };
  const deps = {
    queue,
    store: lane,
    // If the dispatcher abandons its activation, it ends this thread.
    activation: { uuid: task.uuid, abandoned: false },
    onError: () => {},
    onStarted: () => post({ started: true }),
  };
  const called = await callTask(taskCall(run, deps), taskFunction, joined ?? [], (it) => it);
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
    // Webpack must leave this import to Node, or it looks for the module in its bundle.
    for (const module of modules) await import(/* webpackIgnore: true */ module);
  } catch (cause) {
    const why = Failure.from(cause);
    const what = `a module of taskModules cannot be imported in a thread: ${String(why)}`;
    return { missing: new UnknownTaskError(`${what}${hintAt(why)}`, { cause }) };
  }
  const task = definedTasks.named(claim.task);
  if (task) return task;
  const name = JSON.stringify(claim.task);
  return {
    missing: new UnknownTaskError(
      `the task ${name} is not defined by taskModules, which the threads import`,
    ),
  };
}

/** Some loaders, such as tsx on Node 20, do not work in threads, not even with their flags. */
function hintAt({ code }: Failure): string {
  if (code !== 'ERR_UNKNOWN_FILE_EXTENSION') return '';
  return (
    '. The loader of the process does not load there: ' +
    'give the threads one that does, as execArgv of `threads`'
  );
}

/** The connection is made with the first command. Commands throw its errors. */
function sharedBy(task: ThreadTask): { store: WorkerStore; queues: SharedQueues } {
  if (!shared) {
    const store = new WorkerStore(task, 'thread', () => {});
    shared = { store, queues: new SharedQueues(task, store) };
  }
  return shared;
}
