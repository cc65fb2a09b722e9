// Which errors say that Redis is not available (B3), and which do not.
import { isOfRedis, classifyRedisError } from '../../src/redis/redis-errors.js';

const named = (name: string, message: string, fields: object = {}): Error =>
  Object.assign(new Error(message), { name, ...fields });
const reply = (message: string): Error => named('ReplyError', message);

it.each([
  [
    "OOM command not allowed when used memory > 'maxmemory'. script: 5, on @user_script:1.",
    'out of memory',
  ],
  [
    'ERR Error running script (call to f_5): @user_script:1: -OOM command not allowed',
    'out of memory',
  ],
  ["READONLY You can't write against a read only replica.", 'read-only'],
  ['LOADING Redis is loading the dataset in memory', 'loading'],
  ['NOREPLICAS Not enough good replicas to write.', 'too few replicas'],
  ['CLUSTERDOWN The cluster is down', 'cluster down'],
  ['MASTERDOWN Link with MASTER is down', 'cluster down'],
  ['BUSY Redis is busy running a script.', 'busy'],
  ['MISCONF Redis is configured to save RDB snapshots', 'not persistent'],
])('B3 the reply %s is classified as %s', (message, reason) => {
  expect(classifyRedisError(reply(message))?.reason).toBe(reason);
});

it.each([
  named('Error', 'connect ECONNREFUSED 127.0.0.1:1', { code: 'ECONNREFUSED' }),
  named('Error', 'Connection is closed.'),
  named('Error', 'Command timed out'),
  named('Error', 'Redis has not answered for 5000 ms: the connection is given up'),
])('B3 a lost connection is classified as unreachable: $name $message', (error) => {
  expect([classifyRedisError(error)?.reason, isOfRedis(error)]).toEqual(['unreachable', true]);
});

it.each([
  reply('WRONGPASS invalid username-password pair'),
  reply('NOPERM'),
  new TypeError('OOM'),
  'OOM',
  undefined,
])('B3 any other error is not classified: %s', (error) =>
  expect(classifyRedisError(error)).toBeUndefined(),
);
