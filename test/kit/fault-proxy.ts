// A way to Redis on which things go wrong: for chosen requests once, or at random by a seed.
// Undisturbed, it changes nothing.
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { cleanUpLater } from './cleanup.js';
import { FaultConnection, type Planned } from './faults/connection.js';
import {
  canFailWith,
  errorNames,
  matches,
  type ErrorName,
  type Fault,
  type FaultKind,
  type Match,
  type Request,
} from './faults/fault.js';
import { Random } from './faults/random.js';
import { scriptNames } from './faults/script-names.js';

export type { ErrorName, Fault, FaultKind, Match } from './faults/fault.js';

/** How likely each fault is, for each request. */
export interface Weather {
  loseRequest?: number;
  loseReply?: number;
  cut?: number;
  delay?: number;
  error?: number;
  /** ms. Default 50. */
  maxDelay?: number;
  /** Default: all of them. */
  errors?: readonly ErrorName[];
}

export interface FaultProxy {
  readonly url: string;
  /** How often each fault has happened. */
  readonly counts: Readonly<Record<FaultKind, number>>;
  /** Lets a fault happen to the next request that matches; resolves when it has happened. */
  next(match: Match, fault: Fault): Promise<void>;
  /** Faults at random, from now on. */
  setWeather(weather: Weather): void;
  /** Nothing passes either way any more, on any connection, until it is healed. */
  blackHole(): void;
  /**
   * Nothing passes either way any more on the connections that are open now, or on those of them
   * whose last request matches; their ends are not told either, and nothing heals them. New ones
   * are undisturbed: so is a way on which a firewall has forgotten its connections.
   * @returns how many connections fell silent
   */
  silence(match?: Match): number;
  /** Cuts all connections. */
  cut(): void;
  /** Nothing goes wrong any more: what was held arrives, what was planned is forgotten. */
  heal(): void;
  /** Happens by itself after a test file. */
  close(): Promise<void>;
}

export interface FaultProxyOptions {
  /** Default 1. Each connection has random numbers of its own. */
  seed?: number;
}

export async function startFaultProxy(
  redisUrl: string,
  { seed = 1 }: FaultProxyOptions = {},
): Promise<FaultProxy> {
  const { hostname, port, username, password, pathname } = new URL(redisUrl);
  const redis = { host: hostname, port: Number(port || 6379) };
  const names = await scriptNames();
  const connections = new Set<FaultConnection>();
  const counts = {
    'lose request': 0,
    'lose reply': 0,
    cut: 0,
    'black hole': 0,
    delay: 0,
    error: 0,
  };
  const plans: (Planned & { match: Match })[] = [];
  let weather: Weather = {};
  let isBlackHole = false;
  let made = 0;

  const decide = (request: Request, random: Random): Planned | undefined => {
    const at = plans.findIndex(
      ({ match, fault }) => matches(match, request) && isPossible(fault, request),
    );
    if (at !== -1) {
      const [plan] = plans.splice(at, 1) as [(typeof plans)[number]];
      return { ...plan, again: () => void plans.unshift(plan) };
    }
    const fault = faultOf(weather, request, random);
    return fault && { fault, happened: () => {} };
  };
  const server = createServer((client) => {
    const random = new Random(seed, ++made);
    const connection = new FaultConnection({
      client,
      redis,
      names,
      decide: (request) => decide(request, random),
      count: (kind) => counts[kind]++,
      onClose: () => connections.delete(connection),
    });
    connections.add(connection);
    if (isBlackHole) connection.blackHole();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');

  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const connection of connections) connection.cut();
    await closed;
  };
  cleanUpLater(close);
  const credentials = username || password ? `${username}:${password}@` : '';
  return {
    url: `redis://${credentials}127.0.0.1:${(server.address() as AddressInfo).port}${pathname}`,
    counts,
    next: (match, fault) => new Promise((happened) => plans.push({ match, fault, happened })),
    setWeather: (next) => (weather = next),
    blackHole: () => {
      isBlackHole = true;
      counts['black hole']++;
      for (const connection of connections) connection.blackHole();
    },
    silence: (match = () => true) => {
      const silent = [...connections].filter(
        ({ last }) => last === undefined || matches(match, last),
      );
      counts['black hole'] += silent.length;
      for (const connection of silent) connection.silence();
      return silent.length;
    },
    cut: () => {
      counts.cut++;
      for (const connection of connections) connection.cut();
    },
    heal: () => {
      weather = {};
      isBlackHole = false;
      plans.length = 0;
      for (const connection of connections) connection.heal();
    },
    close,
  };
}

function isPossible(fault: Fault, request: Request): boolean {
  return fault.kind !== 'error' || canFailWith(fault.error, request);
}

function faultOf(weather: Weather, request: Request, random: Random): Fault | undefined {
  const {
    loseRequest = 0,
    loseReply = 0,
    cut = 0,
    delay = 0,
    error = 0,
    maxDelay = 50,
    errors = errorNames,
  } = weather;
  let rest = random.fraction();
  const falls = (probability: number): boolean => (rest -= probability) < 0;
  if (falls(loseRequest)) return { kind: 'lose request' };
  if (falls(loseReply)) return { kind: 'lose reply' };
  if (falls(cut)) return { kind: 'cut' };
  if (falls(delay)) return { kind: 'delay', ms: random.between(1, maxDelay) };
  if (!falls(error)) return undefined;
  const possible = errors.filter((name) => canFailWith(name, request));
  return possible.length > 0 ? { kind: 'error', error: random.pick(possible) } : undefined;
}
