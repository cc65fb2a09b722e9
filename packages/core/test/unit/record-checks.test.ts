// Which error replies of a script say that a record is damaged (B1), and which are about Redis
// (B3).
import { isAboutRecord } from '../../src/store/bullmq/record-checks.js';

const said = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });

it.each([
  'WRONGTYPE Operation against a key holding the wrong kind of value',
  'ERR user_script:21: Expected value but found invalid token at character 1 script: 3ca3, on @user_script:21.',
  "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments script: 3ca3, on @user_script:21.",
])('B1 %j says that a record is damaged', (message) => {
  expect(isAboutRecord(said(message))).toBe(true);
});

it.each([
  "ERR The user executing the script can't run this command or subcommand script: 3ca3, on @user_script:21.",
  'ERR Error running script: Script killed by user with SCRIPT KILL',
  'READONLY You can’t write against a read only replica. script: 3ca3, on @user_script:21.',
  'OOM command not allowed when used memory > maxmemory. script: 3ca3, on @user_script:21.',
  'ERR unknown command',
])('B3 %j does not say that a record is damaged', (message) => {
  expect(isAboutRecord(said(message))).toBe(false);
});
