export interface Gate {
    /** Settles when it is opened. */
    readonly opened: Promise<void>;
    open(): void;
}
export declare function gate(): Gate;
/** Rejects with the signal's reason when it is aborted: how a task heeds `local.signal`. */
export declare function aborted(signal: AbortSignal): Promise<never>;
//# sourceMappingURL=gate.d.ts.map