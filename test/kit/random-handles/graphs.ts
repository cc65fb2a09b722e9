// Random graphs of handles as data: jobs with a fate, and users that get their handles by some
// route and do something with them.
import fc from 'fast-check';

/** Where a job is put. */
export interface Place {
  queue: (typeof QUEUES)[number];
  lane: (typeof LANES)[number];
}

/** The queues that steps go to. Trimmed and pulled jobs have queues of their own. */
export const QUEUES = ['left', 'right'] as const;
export const LANES = ['main', 'side'] as const;
/** Its completed jobs are removed by retention. */
export const TRIMMED = 'trimmed';
/** Its jobs are never due: each is pulled. */
export const PULLED = 'pulled';

export type Shape = 'gives' | 'fails' | 'called back' | 'picks' | 'serial' | 'parallel' | 'stops';
/** The names of the jobs that belong to one of a shape, itself first. */
export const MEMBERS = {
  gives: ['self'],
  fails: ['self'],
  'called back': ['self', 'callback'],
  picks: ['self', 'picker', 'success', 'failure'],
  serial: ['self', 'first', 'second', 'post'],
  parallel: ['self', 'first', 'second', 'post'],
  stops: ['self', 'first', 'failing', 'rest', 'post'],
} as const satisfies Record<Shape, readonly string[]>;

/** The fate of a job: the last three strike while its users work. */
export type Fate =
  | 'runs'
  | 'runs later'
  | 'removed'
  | 'pulled'
  | 'cancelled'
  | 'trimmed'
  | 'never put'
  | 'removal races'
  | 'cancel races'
  | 'put races';

/** The fates of jobs that their users get as new ones: each of these may put it. */
export const NEW_TO_USERS: ReadonlySet<Fate> = new Set(['never put', 'put races']);

export interface Node {
  shape: Shape;
  fate: Fate;
  at: Place;
  /** One of its arguments: any JSON. */
  extra: unknown;
  /** Of a composite. */
  packed?: boolean | undefined;
}

/** How a handle stands in the arguments of the next step. */
export type Wrap = 'plain' | 'array' | 'object' | 'map' | 'twice' | 'in a new job';
/** The use that a step makes of a handle before it passes it on. */
export type Read = 'nothing' | 'refresh' | 'args' | 'result';

/** A step that passes its handle on to the next step. */
export interface Hop {
  /** The way in which the next step is run. */
  by: 'put' | 'immediate put' | 'return' | 'join' | 'callback' | 'postprocess' | 'part';
  at: Place;
  read: Read;
  wrap: Wrap;
}

/** The use that the last step makes of the handle. */
export type Use =
  'follow' | 'join' | 'join then' | 'wait' | 'look' | 'add callback' | 'put' | 'part' | 'give back';

export interface User {
  /** Of which node it has a handle, and of which of its members: both modulo how many there are. */
  of: number;
  member: number;
  /** It is put before the fates of the nodes are decided. */
  early: boolean;
  at: Place;
  wrap: Wrap;
  route: Hop[];
  use: Use;
}

export interface Graph {
  nodes: Node[];
  users: User[];
}

const place: fc.Arbitrary<Place> = fc.record({
  queue: fc.constantFrom(...QUEUES),
  lane: fc.constantFrom(...LANES),
});
const wrap = fc.constantFrom<Wrap>(
  'plain',
  'plain',
  'array',
  'object',
  'map',
  'twice',
  'in a new job',
);

const node: fc.Arbitrary<Node> = fc.record({
  shape: fc.constantFrom<Shape>(
    'gives',
    'gives',
    'fails',
    'called back',
    'picks',
    'serial',
    'parallel',
    'stops',
  ),
  fate: fc.constantFrom<Fate>(
    'runs',
    'runs',
    'runs later',
    'removed',
    'pulled',
    'cancelled',
    'trimmed',
    'never put',
    'never put',
    'removal races',
    'cancel races',
    'put races',
  ),
  at: place,
  extra: fc.jsonValue({ maxDepth: 2 }),
  packed: fc.constantFrom(undefined, true, true, false),
});

const hop: fc.Arbitrary<Hop> = fc.record({
  by: fc.constantFrom('put', 'immediate put', 'return', 'join', 'callback', 'postprocess', 'part'),
  at: place,
  read: fc.constantFrom<Read>('nothing', 'nothing', 'nothing', 'refresh', 'args', 'result'),
  wrap,
});

const user: fc.Arbitrary<User> = fc.record({
  of: fc.nat(7),
  member: fc.nat(11),
  early: fc.boolean(),
  at: place,
  wrap,
  route: fc.array(hop, { maxLength: 3 }),
  use: fc.constantFrom<Use>(
    'follow',
    'follow',
    'join',
    'join then',
    'wait',
    'look',
    'add callback',
    'put',
    'part',
    'give back',
  ),
});

export const graphs: fc.Arbitrary<Graph> = fc.record({
  nodes: fc.array(node, { minLength: 1, maxLength: 3 }),
  users: fc.array(user, { minLength: 1, maxLength: 4 }),
});
