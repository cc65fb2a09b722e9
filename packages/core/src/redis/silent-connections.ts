// Gives up connections that have died silently (B3): a frozen server or a firewall that drops
// packets ends no connection. Without this watch each command on such a connection would run into
// its timeout, and the next ones would go down the same dead socket.
import type { Socket } from 'node:net';
import type { Cluster, Redis } from 'ioredis';

/**
 * How often a connection is looked at in the time that a server may be silent. A blocked event loop
 * counts as one look: replies may wait to be read.
 */
const LOOKS = 5;

/** One connection, as it was at the last look. */
interface Seen {
  stream: Socket;
  bytesRead: number;
  /** Bytes that the operating system has not taken yet. */
  unsent: number;
  /** Whether a reply was awaited. */
  isAwaited: boolean;
  /** Looks since something was received. */
  quietLooks: number;
  /** Looks at which a reply was awaited, since something was received or sent. */
  silentLooks: number;
}

/**
 * Private fields of ioredis: the commands that were sent and not answered, the subscribed channels,
 * a Cluster's subscriber.
 */
interface InnerRedis {
  commandQueue: { length: number };
  condition?: { subscriber?: unknown } | null;
  stream?: Socket & { _handle?: { writeQueueSize?: number } | null };
}
interface InnerCluster {
  subscriber?: { getInstance(): Redis | null };
}

/** All watches of this process. */
const watches = new Set<SilenceWatch>();

/**
 * Destroys each connection of a client that awaits a reply, and has received nothing for
 * `silentAfter` ms, or a fifth longer. ioredis then looks up the host, or asks the sentinels, and
 * connects anew. Subscriptions are pinged, since a listener awaits no reply. A connection whose
 * upload makes progress is not silent.
 */
export function giveUpWhenSilent(client: Redis | Cluster, silentAfter: number): void {
  const watch = new SilenceWatch(client, silentAfter);
  watches.add(watch);
  const timer = setInterval(() => watch.look(), silentAfter / LOOKS);
  timer.unref();
  client.once('end', () => {
    clearInterval(timer);
    watches.delete(watch);
  });
}

class SilenceWatch {
  #seen = new Map<Redis, Seen>();

  constructor(
    private readonly client: Redis | Cluster,
    private readonly silentAfter: number,
  ) {}

  look(): void {
    const before = this.#seen;
    this.#seen = new Map();
    for (const connection of connectionsOf(this.client)) {
      const seen = look(connection, before.get(connection));
      if (!seen) continue;
      this.#seen.set(connection, seen);
      if (seen.silentLooks >= LOOKS) this.#giveUp(seen);
      else if (!seen.isAwaited && inner(connection).condition?.subscriber)
        connection.ping().catch(() => {});
    }
  }

  #giveUp({ stream }: Seen): void {
    const server = serverOf(stream);
    stream.destroy(
      new Error(`Redis has not answered for ${this.silentAfter} ms: the connection is given up`),
    );
    for (const watch of watches) watch.#giveUpQuiet(server);
  }

  /**
   * Another connection to that server that received nothing meanwhile is dead as well. Otherwise
   * its next command would wait to find that out.
   */
  #giveUpQuiet(server: string): void {
    for (const { stream, quietLooks } of this.#seen.values())
      if (quietLooks >= LOOKS - 1 && !stream.destroyed && serverOf(stream) === server)
        stream.destroy();
  }
}

/** Undefined where there is no connection; `connectTimeout` ends one that is being made. */
function look(connection: Redis, before: Seen | undefined): Seen | undefined {
  const { stream, commandQueue } = inner(connection);
  if (!stream || stream.connecting || stream.destroyed) return undefined;
  const { bytesRead } = stream;
  const unsent = stream._handle?.writeQueueSize ?? 0;
  const isAwaited = commandQueue.length > 0;
  const now = { stream, bytesRead, unsent, isAwaited };
  if (before?.stream !== stream || before.bytesRead !== bytesRead)
    return { ...now, quietLooks: 0, silentLooks: 0 };
  const isSilent = isAwaited && before.isAwaited && before.unsent <= unsent;
  return {
    ...now,
    quietLooks: before.quietLooks + 1,
    silentLooks: isSilent ? before.silentLooks + 1 : 0,
  };
}

function serverOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function connectionsOf(client: Redis | Cluster): Redis[] {
  if (!client.isCluster) return [client as Redis];
  const subscriber = (client as unknown as InnerCluster).subscriber?.getInstance();
  return [...(client as Cluster).nodes(), ...(subscriber ? [subscriber] : [])];
}

function inner(connection: Redis): InnerRedis {
  return connection as unknown as InnerRedis;
}
