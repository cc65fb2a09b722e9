// How a job of a graph may end, and what the last step of a user may say of it.
import { NEW_TO_USERS, type Fate, type Node, type User } from './graphs.js';

/** It was taken out, or removed by retention: a RemovedError says so, or a BadStatusError. */
const GONE = 'gone';
/**
 * Its turn never comes, since what it belongs to ended before: it is gone, or was aborted or
 * cancelled.
 */
const NEVER = ['gone', 'failure:AbortedError', 'failure:CancelledError'];
const FAILED = 'failure:RangeError';
const CANCELLED = 'failure:CancelledError';

/** The allowed ends of a wait for a member of a node, begun when its fate is decided. */
export function outcomes(name: string, { shape, fate }: Node, member: string): string[] {
  const natural = naturally(name, shape, member);
  const cancelled = whenCancelled(name, shape, member);
  const of: Record<Fate, string[]> = {
    runs: natural,
    'runs later': natural,
    'never put': natural,
    'put races': natural,
    removed: [GONE],
    pulled: [GONE],
    trimmed: [GONE],
    cancelled,
    'removal races': [...natural, GONE],
    'cancel races': [...natural, ...cancelled],
  };
  return of[fate];
}

function naturally(name: string, shape: Node['shape'], member: string): string[] {
  const own = `${name}.${member}`;
  switch (`${shape} ${member}`) {
    case 'fails self':
    case 'stops self':
    case 'stops failing':
      return [FAILED];
    case 'picks picker':
      return [`${name}.success`];
    case 'picks failure':
    case 'stops rest':
    case 'stops post':
      return NEVER;
    case 'serial self':
    case 'serial post':
    case 'parallel self':
    case 'parallel post':
      return [`got ${name}.first,${name}.second`];
    default:
      return [own];
  }
}

function whenCancelled(name: string, shape: Node['shape'], member: string): string[] {
  switch (`${shape} ${member}`) {
    case 'called back callback':
      return [`${name}.callback`];
    case 'picks picker':
    case 'picks failure':
      return [`${name}.failure`];
    case 'picks success':
      return NEVER;
    default:
      return member === 'self' ? [CANCELLED] : NEVER;
  }
}

/** The allowed ends of the last step of a user; undefined: any end. */
export function results(
  name: string,
  node: Node,
  member: string,
  user: User,
): string[] | undefined {
  const its = outcomes(name, node, member);
  const isNew = NEW_TO_USERS.has(node.fate);
  // A user may get it when it was put, or see that another one has put it.
  const mayKnow = node.fate === 'put races' || user.route.some(({ read }) => read === 'refresh');
  const refused = mayKnow ? ['refused'] : [];
  const mayBeGone = its.includes(GONE);
  const mayBeThere = its.some((outcome) => !NEVER.includes(outcome) || outcome === CANCELLED);
  switch (user.use) {
    case 'follow':
      return its.map(asFailure);
    case 'join':
      return its.map((outcome) => `[${asFailure(outcome)}]`);
    case 'join then':
      return its.map((outcome) => `got ${asFailure(outcome)}`);
    case 'wait':
      // Another user may have put it.
      return [...its, ...(isNew ? [GONE] : [])].map((outcome) => `waited ${outcome}`);
    case 'look':
      return node.fate === 'runs' && !mayBeGone && !user.early
        ? ['is completed', 'is callbacks']
        : undefined;
    case 'add callback':
      if (isNew) return undefined;
      if (!mayBeGone) return ['added'];
      return mayBeThere || user.early ? ['added', 'refused'] : ['refused'];
    case 'put':
      return isNew ? ['put', ...refused] : ['refused'];
    case 'part': {
      const asPart = its.map((outcome) => `[${outcome}]`);
      return isNew ? [...asPart, ...refused] : ['refused', 'failure:BadStatusError'];
    }
    case 'give back':
      return ['back'];
  }
}

function asFailure(outcome: string): string {
  return outcome === GONE ? 'failure:RemovedError' : outcome;
}
