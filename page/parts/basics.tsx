import type { ComponentChildren, JSX } from "preact";
import { shortId, visibleLine } from "./text.js";

/** A titled box: `wide` takes the whole width, `beside` what the first column leaves. */
export function Card(props: { title: string; wide?: boolean; beside?: boolean; children: ComponentChildren }) {
  const { title, wide, beside, children } = props;
  return (
    <section class={wide === true ? "card wide" : beside === true ? "card beside" : "card"} aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Names with values. */
export function Facts({ rows }: { rows: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** An id, shortened; the whole is its title and what a copy takes. */
export function Id({ id }: { id: string }) {
  return (
    <code class="id" title={visibleLine(id)}>
      {shortId(visibleLine(id))}
    </code>
  );
}

/** Foreign text on one line, in a direction of its own. */
export function Foreign({ text }: { text: string }) {
  return <bdi>{visibleLine(text)}</bdi>;
}

/** A part of a whole, as a bar with its text. */
export function Bar({ value, max, text, label }: { value: number; max: number; text: string; label: string }) {
  return (
    <span class="bar">
      <meter min={0} max={Math.max(1, max)} value={Math.min(value, max)} aria-label={label} />
      <span>{text}</span>
    </span>
  );
}

/** A state with a mark that is not only a colour. */
export function State({ level, text }: { level: "good" | "warn" | "bad" | "idle"; text: string }) {
  const marks = { good: "\u25cf", warn: "\u25b2", bad: "\u25a0", idle: "\u25cb" } as const;
  return (
    <span class={`state ${level}`}>
      <span aria-hidden="true">{marks[level]}</span> {text}
    </span>
  );
}

/** A table with a caption for screen readers. It scrolls in its own box, which the keyboard reaches. */
export function Table(props: {
  caption: string;
  heading: readonly string[];
  rows: readonly { readonly key: string; readonly cells: readonly ComponentChildren[] }[];
  none: string;
}): JSX.Element {
  const { caption, heading, rows, none } = props;
  if (rows.length === 0) return <p class="quiet">{none}</p>;
  return (
    <section class="scroll" tabIndex={0} aria-label={caption}>
      <table>
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
          {rows.map(({ key, cells }) => (
            <tr key={key}>
              {cells.map((cell, column) => (
                <td key={heading[column]}>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
