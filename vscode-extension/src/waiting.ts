// Waiting for what may never come.

/** Waits for something until a signal is aborted: what can't be stopped goes on, and nobody hears. */
export function unlessAborted<T>(awaited: PromiseLike<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason as Error);
    };
    const done = () => {
      signal.removeEventListener("abort", abort);
    };
    signal.addEventListener("abort", abort);
    awaited.then(resolve, reject).then(done, done);
    if (signal.aborted) {
      abort();
    }
  });
}

/** Returns a signal that is aborted with another, or when something has taken too long. */
export function limited(signal: AbortSignal, what: string, patienceMs: number): AbortSignal {
  const limit = new AbortController();
  const abort = () => {
    limit.abort(signal.reason);
  };
  signal.addEventListener("abort", abort);
  if (signal.aborted) {
    abort();
  }
  setTimeout(() => {
    signal.removeEventListener("abort", abort);
    limit.abort(new Error(`${what} took longer than ${patienceMs / 1000} s`));
  }, patienceMs).unref();
  return limit.signal;
}
