// A look at the API as the state of a component: it looks again with each status of the fleet.
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError, ask, type Read } from '../api/client.js';
import { tick } from './fleet.js';

export interface Looked<T> {
  /** The last answer for this address. */
  data: T | undefined;
  /** Why there is no answer, or no newer one. */
  problem: ApiError | undefined;
  /** Looks again now. */
  again: () => void;
}

/**
 * @param read undefined: it does not look
 * @param isLive false: it looks once for each address, and with `again`
 * @param turn another value: it looks again
 */
export function useRead<T>(read: Read<T> | undefined, isLive = true, turn = 0): Looked<T> {
  const [found, setFound] = useState<{ url: string; data?: T; problem?: ApiError }>();
  const [asked, setAsked] = useState(0);
  const underWay = useRef<AbortController | undefined>(undefined);
  const url = read?.url;
  const last = isLive ? tick.value : 0;

  useEffect(() => {
    if (url === undefined || underWay.current) return;
    const stop = new AbortController();
    underWay.current = stop;
    const told = (next: { data: T } | { problem: ApiError }): void => {
      if (stop.signal.aborted) return;
      underWay.current = undefined;
      setFound((before) => ({ ...(before?.url === url && { data: before.data }), url, ...next }));
    };
    ask<T>({ url }, stop.signal).then(
      (data) => told({ data }),
      (error: unknown) => told({ problem: toApiError(error) }),
    );
  }, [url, last, asked, turn]);
  // A look at another address, or of a component that is gone, is not waited for.
  useEffect(
    () => () => {
      underWay.current?.abort();
      underWay.current = undefined;
    },
    [url],
  );

  const { data, problem } = found?.url === url ? (found ?? {}) : {};
  const again = (): void => {
    underWay.current?.abort();
    underWay.current = undefined;
    setAsked((count) => count + 1);
  };
  return { data, problem, again };
}

function toApiError(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(0, 'BROKEN', String(error));
}
