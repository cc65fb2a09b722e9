// The passwords of the tests. `npm test` looks for them in all that the suite writes, and fails
// where one occurs (B2).

const secret = process.env['DROVER_TEST_SECRET'] ?? 'password-of-tests';

/**
 * For a user of Redis. An URL has to encode it, and holds the text that is looked for all the same.
 */
export const password = `${secret}/@:%`;
export const passwordInUrl = encodeURIComponent(password);
/** One that no server accepts. */
export const wrongPassword = `wrong-${password}`;

/**
 * Writes text that a test catches, such as a log, and that would not be written otherwise, if a
 * password is in it.
 */
export function caught(text: string): void {
  if (text.includes(secret)) process.stderr.write(`caught by a test: ${text}\n`);
}
