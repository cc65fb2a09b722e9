// Runs a program in the place of this process: passes signals to it, writes its output, and ends
// with its exit status. If a password is given and the program or its children write it, that is a
// failure (B2).
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';

/** How much of the output around a password is shown, in characters. */
const CONTEXT = 100;
/** ms to wait for the end of the output, which a child of the child may keep open. */
const PATIENCE = 5_000;

/**
 * @param {readonly string[]} args of node
 * @param {string} [secret] a part of the password that no encoding changes
 * @returns {Promise<number>} the exit status
 */
export async function runChild(args, env, secret) {
  const output = secret === undefined ? 'inherit' : 'pipe';
  const child = spawn(process.execPath, args, { stdio: ['inherit', output, output], env });
  // A terminal sends ^C to the child too; a signal to this process alone is passed on. In both
  // cases this process ends after the child.
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
 * Writes the output of a child. Returns a list of the places where the secret occurs, which grows
 * as output comes.
 */
function passOn(child, name, secret) {
  const places = [];
  let before = '';
  child[name].pipe(process[name], { end: false });
  child[name].on('data', (chunk) => {
    // A character may be cut in two between chunks: the secret has only ASCII characters.
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
