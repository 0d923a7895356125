// What is changed in the row of a table, at once and where it stands.
import { type Action, useAction } from "../query.ts";
import { Problem } from "./states.tsx";
import { say } from "./toast.tsx";

/** Changes something and says so; the list is read again whether or not it was changed. */
export function useChange<A extends unknown[]>(
  act: (...given: A) => Promise<unknown>,
  done: string,
  reload: () => Promise<void>,
): Action<A> {
  return useAction(async (...given: A) => {
    try {
      await act(...given);
      say(done);
    } finally {
      await reload();
    }
  });
}

/** Stands above the table. */
export function ChangeProblem<A extends unknown[]>({ of: { failure } }: { of: Action<A> }) {
  return failure ? (
    <div class="card-body">
      <Problem failure={failure} />
    </div>
  ) : null;
}

interface CellSelectProps<V extends string> {
  /** What is chosen, and whose it is. */
  label: string;
  value: V;
  options: readonly { value: V; label: string }[];
  onChange: (value: V) => void;
}

export function CellSelect<V extends string>(props: CellSelectProps<V>) {
  const { label, value, options, onChange } = props;
  return (
    <select
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value as V)}
    >
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {option.label}
        </option>
      ))}
    </select>
  );
}
