// Failures: after an error, the job's retry policy decides whether the job runs again. If it does
// not, a `wait` throws the error.
import { defineTask, Failure, local, NeverRetry, Queue, RetryableError } from '@drover/core';
import { Dispatcher } from '@drover/worker';

// `local.fence` is the number of this run. The first two runs meet a conflict, which may pass: the
// default policy runs the job again.
const reserve = defineTask('seats.reserve', async (/** @type {string} */ seat) => {
  console.log(`attempt ${local.fence} for seat ${seat}`);
  if (local.fence < 3) throw new RetryableError('somebody else was at it');
  return `${seat} is reserved`;
});

class SoldOutError extends Error {
  name = 'SoldOutError';
}
const sell = defineTask('seats.sell', async (/** @type {string} */ seat) => {
  throw new SoldOutError(`${seat} is sold out`, { cause: new Error('since Tuesday') });
});

const dispatcher = new Dispatcher({ queues: { seats: { main: { size: 10 } } } });
await dispatcher.activate();
const queue = new Queue('seats');

console.log(await (await queue.put(reserve.job('12A'))).wait());

// Another run would not cure this error, so it ends the job. `wait` throws it; `result` holds it as
// data.
const sale = await queue.put(sell.job('12A'), {
  retryPolicy: NeverRetry,
  failureLogLevel: 'debug',
});
await sale.wait().catch((error) => console.log(`thrown: ${error.name}: ${error.message}`));
if (sale.result instanceof Failure)
  console.log(`kept:   ${sale.result} (${sale.result.cause?.message})`);

await queue.close();
await dispatcher.deactivate();

// Prints:
// attempt 1 for seat 12A
// attempt 2 for seat 12A
// attempt 3 for seat 12A
// 12A is reserved
// thrown: SoldOutError: 12A is sold out
// kept:   SoldOutError: 12A is sold out (since Tuesday)
