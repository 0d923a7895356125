// What stands where data is: on its way, none yet, or not to be had.
import type { ComponentChildren } from "preact";
import type { Failure } from "../api/client.ts";
import type { Query } from "../query.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";

export function Loading({ lines = 4 }: { lines?: number }) {
  return (
    <div class="skeletons" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, line) => (
        <div class="skeleton" key={line} />
      ))}
    </div>
  );
}

interface EmptyProps {
  icon: IconName;
  title: string;
  children: ComponentChildren;
  action?: ComponentChildren;
}

export function Empty({ icon, title, children, action }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <strong>{title}</strong>
      <p>{children}</p>
      {action}
    </div>
  );
}

interface NoteProps {
  kind?: "green" | "amber" | "red" | undefined;
  children: ComponentChildren;
  /** Read out when it appears. */
  live?: boolean;
}

export function Note({ kind, children, live }: NoteProps) {
  const icon = kind === "green" ? "check" : kind === undefined ? "info" : "warning";
  return (
    <div
      class={`note ${kind ?? ""}`}
      role={live ? (kind === "red" ? "alert" : "status") : undefined}
    >
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}

export function Problem({ failure }: { failure: Failure | undefined }) {
  return failure ? (
    <Note kind="red" live>
      {failure.message}
    </Note>
  ) : null;
}

interface LoadedProps<T> {
  query: Query<T>;
  lines?: number;
  children: (data: T) => ComponentChildren;
}

/** Shows data once it is there; what is there stays when asking again fails. */
export function Loaded<T>({ query, lines, children }: LoadedProps<T>) {
  const { data, failure, reload } = query;
  if (data !== undefined) {
    return <>{children(data)}</>;
  }
  if (failure) {
    return (
      <div class="empty" role="alert">
        <Icon name="warning" />
        <strong>{failure.status === 404 ? "Not found" : "This could not be loaded"}</strong>
        <p>{failure.message}</p>
        <Button onClick={reload}>Try again</Button>
      </div>
    );
  }
  return <Loading {...(lines === undefined ? {} : { lines })} />;
}
