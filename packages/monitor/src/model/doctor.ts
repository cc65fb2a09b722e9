// Looks for everything that is wrong or may become so: in Redis, in versions and clocks, among
// dispatchers, and the alarms.
import type { RedisFacts } from '@drover/core';
import { counted, span } from '../text/words.js';
import { readStatus } from './status.js';
import type { FleetStatus } from './status.js';
import type { Sources } from './sources.js';

/** 'wrong' needs somebody now; 'warning' may become wrong; 'unsure': it cannot be known. */
export interface Finding {
  level: 'fine' | 'unsure' | 'warning' | 'wrong';
  /** What was looked at. */
  about: 'redis' | 'rights' | 'clock' | 'versions' | 'dispatchers' | 'alarms';
  says: string;
  cure?: string;
}

/** The version of Redis that BullMQ advises. */
const LEAST_VERSION = [6, 2] as const;
/** Above this part of `maxmemory` puts will be refused soon. */
const MOST_MEMORY = 0.85;
/** Ms by which the clock of this host may differ. */
const MOST_DIFFERENCE = 2_000;

export async function examine(sources: Sources): Promise<Finding[]> {
  const before = Date.now();
  const status = await readStatus(sources);
  return [
    ...(status.redis ? status.redis.flatMap(ofRedis) : [withoutRights()]),
    ofClock(status.now, before, Date.now()),
    ...ofVersions(status),
    ...ofDispatchers(status),
    ...ofAlarms(status),
  ];
}

function ofRedis(redis: RedisFacts): Finding[] {
  const { version, role, appendOnly, canSave, usedMemory, maxMemory } = redis;
  const about = 'redis' as const;
  const found: Finding[] = [];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [least, leastMinor] = LEAST_VERSION;
  if (major < least || (major === least && minor < leastMinor))
    found.push({
      ...{ level: 'warning', about, says: `Redis has the version ${version}.` },
      cure: `BullMQ advises ${LEAST_VERSION.join('.')} or later.`,
    });
  if (role !== 'master')
    found.push({
      ...{ level: 'wrong', about, says: `This Redis is a ${role}, which takes no writes.` },
      cure: 'Connect to the master, or by Sentinel.',
    });
  if (!appendOnly)
    found.push({
      ...{ level: 'warning', about, says: 'Redis keeps no append-only file.' },
      cure: 'A restart forgets jobs. Set appendonly yes, with appendfsync everysec or always.',
    });
  if (!canSave)
    found.push({
      ...{ level: 'wrong', about, says: 'Redis could not write to its disk.' },
      cure: 'See the log of Redis: the disk may be full, or not writable.',
    });
  if (maxMemory > 0 && usedMemory > MOST_MEMORY * maxMemory)
    found.push({
      ...{ level: 'warning', about },
      says: `Redis uses ${Math.round((100 * usedMemory) / maxMemory)} % of its maxmemory.`,
      cure: 'At 100 % it refuses puts. Give it more, or keep fewer completed jobs (keepCompleted).',
    });
  const fine = `Redis ${version} keeps its writes, and has memory left.`;
  return found.length > 0 ? found : [{ level: 'fine', about, says: fine }];
}

function withoutRights(): Finding {
  return {
    ...{ level: 'unsure', about: 'rights' },
    says: 'This user of Redis may not ask for its settings.',
    cure: 'Give it +info to see eviction, persistence and memory.',
  };
}

/** Redis's clock was read between two times of this host. */
function ofClock(now: number, before: number, after: number): Finding {
  const difference = now < before ? now - before : Math.max(0, now - after);
  if (Math.abs(difference) <= MOST_DIFFERENCE)
    return { level: 'fine', about: 'clock', says: "This host's clock agrees with that of Redis." };
  const way = difference > 0 ? 'behind' : 'ahead of';
  return {
    ...{ level: 'warning', about: 'clock' },
    says: `This host's clock is ${span(Math.abs(difference))} ${way} that of Redis.`,
    cure: "Drover goes by Redis's clock, so jobs are right; times in logs are not. Set up NTP.",
  };
}

function ofVersions({ dispatchers }: FleetStatus): Finding[] {
  const active = dispatchers.filter(({ status }) => status === 'active');
  const drover = [...new Set(active.map(({ versions }) => versions.drover))].sort();
  const about = 'versions' as const;
  if (drover.length <= 1)
    return drover.map((one) => ({ level: 'fine', about, says: `Dispatchers have Drover ${one}.` }));
  const says = `Active dispatchers have several versions of Drover: ${drover.join(', ')}.`;
  const cure = 'That is right during a deployment. Otherwise deploy one version.';
  return [{ level: 'warning', about, says, cure }];
}

function ofDispatchers({ dispatchers }: FleetStatus): Finding[] {
  const about = 'dispatchers' as const;
  const active = dispatchers.filter(({ status }) => status === 'active');
  const blocked = active.filter(({ blockedFor }) => blockedFor > 0);
  if (active.length === 0) {
    const cure = 'No job runs until one is.';
    return [{ level: 'warning', about, says: 'No dispatcher is active.', cure }];
  }
  const says = `${counted(active.length, 'active dispatcher')}.`;
  return [
    { level: 'fine', about, says },
    ...blocked.map(({ uuid, host, pid, blockedFor }): Finding => {
      return {
        ...{ level: 'warning', about },
        says: `The main loop of dispatcher ${uuid} (host ${host}, pid ${pid}) is blocked for ${span(blockedFor)}.`,
        cure: 'A task there computes without a pause. Let it run in a thread (threads: true).',
      };
    }),
  ];
}

function ofAlarms({ alarms }: FleetStatus): Finding[] {
  if (alarms.length === 0) return [{ level: 'fine', about: 'alarms', says: 'There is no alarm.' }];
  return alarms.map(({ says, cure }) => ({ level: 'wrong', about: 'alarms', says, cure }));
}
