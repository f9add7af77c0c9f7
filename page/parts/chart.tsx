import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { showTime } from "./text.js";

export interface Line {
  readonly name: string;
  /** Name of the custom property of the style sheet with the colour. */
  readonly colour: string;
  readonly values: readonly (number | undefined)[];
}

const HEIGHT = 150;
/** Steps of the time axis, in seconds: a point comes every two. */
const STEPS_SECONDS = [5, 10, 15, 30, 60, 120, 300];

function showClock(seconds: number): string {
  return showTime(seconds).slice(-8);
}

function colourOf(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

/** Lines over time. The legend is text, so that a reader needs no colours. */
export function Chart(props: {
  label: string;
  times: readonly number[];
  lines: readonly Line[];
  /** The axis goes at least up to here, so that a quiet chart is no noise. */
  least: number;
  show: (value: number) => string;
}) {
  const { label, times, lines, least, show } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const data: uPlot.AlignedData = [[...times], ...lines.map(({ values }) => values.map((value) => value ?? null))];
  const names = lines.map(({ name }) => name).join();

  // A new set of lines or another colour scheme needs a new plot; new points do not.
  // The data of the first draw comes from the effect below.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const make = (): void => {
      plot.current?.destroy();
      const axis = {
        stroke: colourOf(element, "--quiet"),
        grid: { stroke: colourOf(element, "--line"), width: 1 },
        ticks: { show: false },
      };
      plot.current = new uPlot(
        {
          width: element.clientWidth,
          height: HEIGHT,
          legend: { show: false },
          cursor: { show: false },
          axes: [
            { ...axis, incrs: STEPS_SECONDS, values: (_plot, splits) => splits.map(showClock) },
            { ...axis, size: 64, values: (_plot, splits) => splits.map(show) },
          ],
          scales: { y: { range: (_plot, _min, max) => [0, Math.max(max * 1.1, least)] } },
          series: [
            {},
            ...lines.map(({ colour }) => ({ stroke: colourOf(element, colour), width: 2, points: { show: false } })),
          ],
        },
        data,
        element,
      );
    };
    make();
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", make);
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    return () => {
      scheme.removeEventListener("change", make);
      resized.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [names]);

  useEffect(() => plot.current?.setData(data));

  const newest = lines.map(({ name, values }) => {
    const last = values.at(-1);
    return `${name} ${last === undefined ? "unknown" : show(last)}`;
  });
  return (
    <figure class="chart">
      <figcaption>
        {label}
        <ul>
          {lines.map(({ name, colour }, i) => (
            <li key={name}>
              <span class={`key key${colour}`} aria-hidden="true" />
              {newest[i]}
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={box} class="plot" role="img" aria-label={`${label}, five minutes: ${newest.join(", ")}`} />
    </figure>
  );
}
