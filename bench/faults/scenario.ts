// A fault whose cost is measured.

export interface FaultScenario {
  /** What goes wrong, and what the time is measured to. */
  name: string;
  /** Lets it happen once, with keys of its own; gives ms. */
  measure: (url: string, prefix: string) => Promise<number>;
}
