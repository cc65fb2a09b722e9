// `local.once`: a ledger of the steps that a job has done, for effects elsewhere and for
// checkpoints of a long job (O5).
import { decode, encode } from '../codec/codec.js';
import { withinSize } from '../codec/data-size.js';
import { crashPoint } from '../lib/crash-points.js';
import { BadStatusError, InvalidArgumentError } from '../errors.js';
import { gatewayOf } from '../queue/queue-parts.js';
import { refuseEnded, runInContext } from '../job/run-context.js';
import type { LocalContext } from './local-context.js';
import { endRun } from '../queue/run-puts.js';
import { isText } from '../lib/names.js';
import { describeValue } from '../lib/describe-value.js';

/** The cure in errors after the end of the task. */
const AWAIT = 'await what the task does with once';

/** Runs `fn` to success at most once for this job and key: see `local.once`. */
export async function once<T>(
  run: LocalContext,
  key: string,
  fn: () => T | Promise<T>,
): Promise<T> {
  if (typeof key !== 'string' || key === '' || !isText(key))
    throw new InvalidArgumentError(
      'the key of once must be a string of whole characters, not empty',
    );
  if (typeof fn !== 'function') throw new InvalidArgumentError('once takes a key and a function');
  refuseEnded(run, AWAIT);
  if (run.insideOnce?.has(key))
    throw new BadStatusError(
      `once(${describeValue(key)}) is called inside itself: it would wait for ever`,
    );
  const onces = (run.onces ??= new Map());
  let calling = onces.get(key);
  if (!calling) {
    calling = callOnce(run, key, fn);
    onces.set(key, calling);
    // A failed call may be made again.
    calling.catch(() => onces.delete(key));
  }
  return (await calling) as T;
}

async function callOnce(run: LocalContext, key: string, fn: () => unknown): Promise<unknown> {
  const found = await run.store.readOnce(key);
  if (found !== undefined) return decode(found, gatewayOf(run.queue).revive);
  // The puts of `fn` belong to this step, not to the rest of the run, since `fn` is not called
  // again. The step ends with the run at the latest.
  let isOver = false;
  const own = Object.create(run, {
    puts: { value: undefined, writable: true },
    hasEnded: { get: () => isOver || run.hasEnded, set: (is: boolean) => (isOver = is) },
    insideOnce: { value: new Set([...(run.insideOnce ?? []), key]) },
  }) as LocalContext;
  try {
    const value = await runInContext(own, fn);
    // A later put could not be stored with the result of this step.
    endRun(own);
    refuseEnded(run, AWAIT);
    const what = `once(${describeValue(key)})`;
    const json = withinSize(encode(value, what), gatewayOf(run.queue).maxDataBytes, () => what);
    await run.store.writeOnce(key, json, own.puts?.stored ?? []);
    crashPoint('once.after');
    own.puts?.committed();
    return value;
  } finally {
    endRun(own);
    run.dropped.push(...(own.puts?.dropped() ?? []));
  }
}
