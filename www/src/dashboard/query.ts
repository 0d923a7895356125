// Data on its way: what was loaded stands at once when a page is opened again, and is asked for
// anew behind it.
import { type Signal, signal } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { Failure } from "./api/client.ts";

interface Entry<T> {
  data?: T;
  failure?: Failure;
}

export interface Query<T> {
  data: T | undefined;
  failure: Failure | undefined;
  reload: () => Promise<void>;
  /** Puts in what an answer to a change already told. */
  set: (data: T) => void;
}

const entries = new Map<string, Signal<Entry<unknown>>>();

function entry<T>(key: string): Signal<Entry<T>> {
  const found = entries.get(key) ?? signal<Entry<unknown>>({});
  entries.set(key, found);
  return found as Signal<Entry<T>>;
}

/** Calls that went out before the page that shows their answers was there. */
const ahead = new Map<string, Promise<unknown>>();

/** Loads for a page that is to come; `useQuery` under the same key takes the answer, once. Resolves
 * when it is there, or is known not to come. */
export async function askAhead<T>(key: string, load: () => Promise<T>): Promise<void> {
  const call = load();
  ahead.set(key, call);
  // Who takes it hears of what went wrong.
  const data = await call.catch(() => undefined);
  if (data !== undefined) {
    entry<T>(key).value = { data };
  }
}

/** Loads under a key, which says everything that `load` depends on. With `every`, again after so
 * many milliseconds while the page is looked at. */
export function useQuery<T>(key: string, load: () => Promise<T>, every?: number): Query<T> {
  const held = useMemo(() => entry<T>(key), [key]);
  const reload = async () => {
    try {
      const call = ahead.get(key) as Promise<T> | undefined;
      ahead.delete(key);
      const data = await (call ?? load());
      if (data !== held.peek().data) {
        held.value = { data };
      }
    } catch (error) {
      const { data } = held.peek();
      const failure = Failure.from(error);
      held.value = data === undefined ? { failure } : { data, failure };
    }
  };
  useEffect(() => {
    void reload();
    if (every === undefined) {
      return;
    }
    const timer = setInterval(() => {
      if (!document.hidden) {
        void reload();
      }
    }, every);
    return () => clearInterval(timer);
  }, [key, every]);
  const { data, failure } = held.value;
  return {
    data,
    failure,
    reload,
    set: (told) => {
      held.value = { data: told };
    },
  };
}

export interface Action<A extends unknown[]> {
  run: (...given: A) => Promise<boolean>;
  busy: boolean;
  failure: Failure | undefined;
}

/** Something that changes the world: runs once at a time, and keeps what went wrong. */
export function useAction<A extends unknown[]>(act: (...given: A) => Promise<void>): Action<A> {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const run = async (...given: A) => {
    if (busy) {
      return false;
    }
    setBusy(true);
    setFailure(undefined);
    try {
      await act(...given);
      return true;
    } catch (error) {
      setFailure(Failure.from(error));
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { run, busy, failure };
}
