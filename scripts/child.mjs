// Runs a program in our place: what is sent to us is sent to it, what it writes we write, and its
// end is ours. Where a password is given, all that it and its children write is looked through for
// it: one that occurs is a failure (B2).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** Around what was found, in characters. */
const CONTEXT = 100;
/** For what a child of the child leaves open, in ms. */
const PATIENCE = 5_000;

/**
 * @param {readonly string[]} args of node
 * @param {string} [secret] a text that occurs in the password however that is encoded
 * @returns {Promise<number>} the exit status
 */
export async function runChild(args, env, secret) {
  const output = secret === undefined ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, args, { stdio: ['inherit', output, output], env });
  // A terminal's ^C reaches the child by itself; what is sent to us alone is passed on. Either way
  // we end after it.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  const closed = once(child, 'close');
  const found =
    secret === undefined ? [] : [passOn(child, 'stdout', secret), passOn(child, 'stderr', secret)];
  const [code, signal] = await once(child, 'exit');
  await Promise.race([closed, pause(PATIENCE, undefined, { ref: false })]);
  const status = code ?? 128 + constants.signals[signal];
  const places = found.flat();
  if (places.length === 0) return status;
  console.error(
    `drover: a password was written ${places.length} times, first here (B2): …${places[0]}…`,
  );
  return status || 1;
}

/**
 * Writes what a child writes; gives the places where the secret was in it, to which others are
 * added as they come.
 */
function passOn(child, name, secret) {
  const places = [];
  let before = '';
  child[name].pipe(process[name], { end: false });
  child[name].on('data', (chunk) => {
    // Characters that are cut in two do not matter: the secret has none of them.
    const text = before + chunk.toString('latin1');
    let at = Math.max(0, before.length - secret.length + 1);
    while ((at = text.indexOf(secret, at)) !== -1) {
      places.push(
        `${text.slice(Math.max(0, at - CONTEXT), at)}***`
          .replaceAll(secret, '***')
          .replaceAll('\n', ' '),
      );
      at += secret.length;
    }
    before = text.slice(-CONTEXT - secret.length);
  });
  return places;
}
