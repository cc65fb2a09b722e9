// One user with a password, by HTTP basic authentication.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Auth } from './guards.js';

/** What a browser has to be told before it asks its user for a password. */
export const CHALLENGE = 'Basic realm="Drover", charset="UTF-8"';

/**
 * @param credentials user:password
 * @returns the hook `auth`; it takes the same time however much of the password is right
 */
export function basicAuth(credentials: string): Auth {
  const wanted = digest(credentials);
  const [user = ''] = credentials.split(':');
  return (request) => {
    const [, given = ''] = /^Basic +(\S+)$/i.exec(request.headers.get('authorization') ?? '') ?? [];
    const isRight = timingSafeEqual(digest(Buffer.from(given, 'base64').toString()), wanted);
    return isRight ? user : undefined;
  };
}

/** Of one length, whatever was given. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
