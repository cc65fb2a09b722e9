// A task waits for a gate until the test opens it.

export interface Gate {
  /** Settles when it is opened. */
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

/** Gives gates by name, each made when it is first asked for. */
export function gatesByName(): (name: string) => Gate {
  const gates = new Map<string, Gate>();
  return (name) => {
    const known = gates.get(name) ?? gate();
    gates.set(name, known);
    return known;
  };
}

/** Rejects with the signal's reason when it is aborted: how a task heeds `local.signal`. */
export async function aborted(signal: AbortSignal): Promise<never> {
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  throw signal.reason;
}
