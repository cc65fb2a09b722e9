// Which addresses are those of this host alone.
import { isIP, isIPv4 } from 'node:net';

/** Whether only programs of this host can connect to a server that listens there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

/**
 * Whether the header `Host` of a request names this host itself. The page of another site can let
 * its own name lead here (DNS rebinding), and would then be of the same site as the monitor.
 */
export function namesThisHost(header: string): boolean {
  const name = header.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
  return name === 'localhost' || isIP(name) !== 0;
}
