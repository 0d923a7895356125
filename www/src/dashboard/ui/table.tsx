// Tables, which on small screens read as cards: the roles keep saying that they are tables.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

export interface Column<T> {
  /** Empty for a column of buttons. */
  name: string;
  cell: (row: T) => ComponentChildren;
  /** As narrow as its content. */
  tight?: boolean;
  /** As narrow as its longest words. */
  narrow?: boolean;
  /** The name is for those who hear the page only. */
  unnamed?: boolean;
  end?: boolean;
  /** In a long list: a track of a CSS grid. */
  width?: string;
}

interface TableProps<T> {
  /** What is listed, for those who hear the page. */
  caption: string;
  columns: Column<T>[];
  rows: T[];
  id: (row: T) => string;
  /** Rows out of sight are neither laid out nor drawn: a hundred of them cost as much as ten. The
   * widths of the columns cannot follow from what is in them, so each column states its own. */
  long?: boolean;
}

/** More rows than any screen shows. */
const screenful = 25;

/** Of a long list what a screen shows, and all of it as soon as that has been drawn. */
function useDrawn<T>(rows: T[], long?: boolean): T[] {
  const [isDrawn, setDrawn] = useState(!long);
  useEffect(() => {
    // After the frame, and what it has the browser lay out.
    const frame = requestAnimationFrame(() => setTimeout(() => setDrawn(true)));
    return () => cancelAnimationFrame(frame);
  }, []);
  return isDrawn ? rows : rows.slice(0, screenful);
}

export function Table<T>({ caption, columns, rows, id, long }: TableProps<T>) {
  const drawn = useDrawn(rows, long);
  const looks = columns.map(
    ({ tight, narrow, end }) =>
      [tight && "tight", narrow && "narrow", end && "end"].filter(Boolean).join(" ") || undefined,
  );
  const widths = columns.map(({ width }) => width).join(" ");
  return (
    <div class="table-box">
      {/* biome-ignore-start lint/a11y/noRedundantRoles: CSS display takes the implicit ones away */}
      <table
        class={long ? "table long" : "table"}
        style={long ? { "--widths": widths } : undefined}
        role="table"
        aria-label={caption}
      >
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column, at) => (
              <th role="columnheader" scope="col" key={column.name} class={looks[at]}>
                {column.unnamed || !column.name ? (
                  <span class="out-of-sight">{column.name || "Actions"}</span>
                ) : (
                  column.name
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {drawn.map((row) => (
            <tr role="row" key={id(row)}>
              {columns.map((column, at) => (
                <td role="cell" key={column.name} data-label={column.name} class={looks[at]}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: as above */}
    </div>
  );
}
