import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";

/** Rows that are drawn above and below the visible ones, so that a fast scroll shows no gap. */
const SPARE = 6;

/**
 * A table of any length of which only the visible rows are in the document. Every row has the same height, in pixels.
 * Arrow keys scroll it, because its box takes the focus.
 */
export function VirtualList(props: {
  caption: string;
  heading: readonly string[];
  rowHeight: number;
  height: number;
  count: number;
  keyAt: (index: number) => string;
  cells: (index: number) => readonly ComponentChildren[];
  isChosen: (index: number) => boolean;
}) {
  const { caption, heading, rowHeight, height, count, keyAt, cells, isChosen } = props;
  const [top, setTop] = useState(0);
  const box = useRef<HTMLElement>(null);
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + SPARE);
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, i) => first + i);
  return (
    <section
      ref={box}
      class="scroll virtual"
      tabIndex={0}
      aria-label={caption}
      style={{ maxHeight: `${height}px` }}
      onScroll={() => setTop(box.current?.scrollTop ?? 0)}
    >
      <table aria-rowcount={count + 1}>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {heading.map((title) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Gap height={first * rowHeight} columns={heading.length} />
          {rows.map((index) => (
            <tr key={keyAt(index)} aria-rowindex={index + 2} class={isChosen(index) ? "chosen" : ""}>
              {cells(index).map((cell, column) => (
                <td key={heading[column]}>{cell}</td>
              ))}
            </tr>
          ))}
          <Gap height={(count - last) * rowHeight} columns={heading.length} />
        </tbody>
      </table>
    </section>
  );
}

/** The room of the rows that are not drawn. */
function Gap({ height, columns }: { height: number; columns: number }) {
  if (height <= 0) return null;
  return (
    <tr>
      <td class="gap" colSpan={columns} style={{ height: `${height}px` }} />
    </tr>
  );
}
