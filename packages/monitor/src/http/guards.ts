// What a request has to pass before its route: who asks, and whether another site made it.
import type { MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import { secureHeaders } from 'hono/secure-headers';
import { Problem } from './problem.js';

/** The name of a user, for the audit. */
export type MonitorUser = string | { readonly name: string };

/** Gives the user of a request; undefined: nobody, the request is refused. */
export type Auth = (request: Request) => MonitorUser | undefined | Promise<MonitorUser | undefined>;

export interface Env {
  Variables: { who: string | null };
}

/** Bytes of a body. */
const MOST_BYTES = 1_048_576;
/** Browsers let no other site send it, unless this one allowed that, which it does not. */
export const ACTION_HEADER = 'x-drover-action';

const SELF = ["'self'"];
const NONE = ["'none'"];

/** The page has scripts, styles and pictures of its own alone, and nobody frames it. */
export const headers = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: NONE,
    scriptSrc: SELF,
    styleSrc: SELF,
    imgSrc: SELF,
    connectSrc: SELF,
    baseUri: NONE,
    formAction: NONE,
    frameAncestors: NONE,
  },
  referrerPolicy: 'no-referrer',
  xContentTypeOptions: 'nosniff',
  xFrameOptions: 'DENY',
  // Whether its host has TLS is not known here.
  strictTransportSecurity: false,
});

export const noStore: MiddlewareHandler = async (c, next) => {
  await next();
  // The assets of the page say otherwise.
  if (!c.res.headers.has('Cache-Control')) c.header('Cache-Control', 'no-store');
};

export function authenticated(auth: Auth | undefined): MiddlewareHandler<Env> {
  return async (c, next) => {
    c.set('who', auth ? nameOf(await auth(c.req.raw)) : null);
    await next();
  };
}

function nameOf(user: MonitorUser | undefined): string {
  if (!user) throw new Problem(401, 'NOT_AUTHENTICATED', 'nobody is known by this request');
  const name = typeof user === 'string' ? user : user.name;
  if (typeof name === 'string' && name !== '') return name;
  throw new TypeError('auth must give the name of a user, or { name }');
}

export const smallBody = bodyLimit({ maxSize: MOST_BYTES });

/** An action is sent by a script of the same site, never by a form or a link of another one. */
export const sameSite: MiddlewareHandler = async (c, next) => {
  const [type = ''] = (c.req.header('content-type') ?? '').split(';');
  if (type.trim().toLowerCase() !== 'application/json')
    throw new Problem(415, 'NO_JSON', 'an action needs the header content-type: application/json');
  const site = c.req.header('sec-fetch-site') ?? 'none';
  if (c.req.header(ACTION_HEADER) === undefined || !['same-origin', 'none'].includes(site))
    throw new Problem(
      403,
      'OTHER_SITE',
      `an action needs the header ${ACTION_HEADER}: 1, and comes from no other site`,
    );
  await next();
};
