// Each fault of one request that is measured does happen: the protocol still has such a request.
import { randomUUID } from 'node:crypto';
import { testContext } from '../../../test/kit/context.js';
import { writes } from '../../faults/writes.js';

const { redisUrl, prefix } = testContext('bench-faults');
const ofOneRequest = writes.slice(0, 5);

test.each(ofOneRequest)('$name', async ({ measure }) => {
  expect(await measure(redisUrl, `${prefix}:${randomUUID()}`)).toEqual(expect.any(Number));
});
