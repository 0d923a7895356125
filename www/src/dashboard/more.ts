// Lists that come page after page below each other, each with the cursor of the next.
import { useEffect, useState } from "preact/hooks";
import { Failure } from "./api/client.ts";
import { type Query, useQuery } from "./query.ts";

interface Page<T> {
  items: T[];
  next_cursor?: string | null;
}

export interface More<T> {
  /** The first page, on its way or not to be had. */
  first: Query<Page<T>>;
  items: T[];
  /** Whether there is more than `items`. */
  more: boolean;
  loadMore: () => Promise<void>;
  busy: boolean;
  failure: Failure | undefined;
  /** Begins anew, after something changed. */
  reload: () => Promise<void>;
}

export function usePages<T>(key: string, load: (cursor?: string) => Promise<Page<T>>): More<T> {
  const first = useQuery(key, () => load());
  const [rest, setRest] = useState<T[]>([]);
  const [cursor, setCursor] = useState<string | null>();
  const [failure, setFailure] = useState<Failure>();
  const [busy, setBusy] = useState(false);
  const next = cursor === undefined ? first.data?.next_cursor : cursor;
  const items = [...(first.data?.items ?? []), ...rest];
  const loadMore = async () => {
    setBusy(true);
    setFailure(undefined);
    try {
      const page = await load(next ?? undefined);
      setRest([...rest, ...page.items]);
      setCursor(page.next_cursor ?? null);
    } catch (error) {
      setFailure(Failure.from(error));
    } finally {
      setBusy(false);
    }
  };
  // A page may be short, or even empty, without being the last one.
  const empty = first.data && items.length === 0;
  useEffect(() => {
    if (empty && next && !busy && !failure) {
      void loadMore();
    }
  });
  const reload = async () => {
    setRest([]);
    setCursor(undefined);
    await first.reload();
  };
  return { first, items, more: Boolean(next), loadMore, busy, failure, reload };
}
