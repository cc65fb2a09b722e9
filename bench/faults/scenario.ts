// A fault whose cost is measured.

export interface FaultScenario {
  /** The fault, and the event up to which the time is measured. */
  name: string;
  /** Lets it happen once, with keys of its own; gives ms. */
  measure: (url: string, prefix: string) => Promise<number>;
}
