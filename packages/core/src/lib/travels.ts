// Tells the dispatchers of this process that a test has let time pass (docs/protocol/travel.md):
// what they do by timers of their own is due as well.

type Listener = () => Promise<void>;

const listeners = new Set<Listener>();

/** @returns ends the listening */
export function onTravel(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Resolves when all listeners are done. */
export async function tellTravel(): Promise<void> {
  await Promise.all([...listeners].map((listener) => listener()));
}
