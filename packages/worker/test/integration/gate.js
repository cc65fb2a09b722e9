// What a task waits for until the test lets it go on.
export function gate() {
    let open = () => { };
    const opened = new Promise((resolve) => (open = resolve));
    return { opened, open };
}
/** Rejects with the signal's reason when it is aborted: how a task heeds `local.signal`. */
export async function aborted(signal) {
    if (!signal.aborted)
        await new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    throw signal.reason;
}
//# sourceMappingURL=gate.js.map