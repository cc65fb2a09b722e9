// Where a command writes: the terminal, a pipe, or the text of a test.

export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** The width of the terminal; undefined: it is a pipe or a file. */
  readonly columns: number | undefined;
  /** Whether both ends are a person's: it may ask. */
  readonly isInteractive: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Writes a question, and gives the line that is answered. */
  ask(question: string): Promise<string>;
  /** Calls `listener` with each key from now on, where a person can type. Returns how to stop. */
  keys(listener: (key: string) => void): () => void;
  /** Aborted when the user ends the command. */
  readonly signal: AbortSignal;
}
