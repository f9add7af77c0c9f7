import type { MethodResult } from "../../src/api/node-client/index.js";
import { showNumber } from "../parts/text.js";

type Details = MethodResult<"ai_get_task_details">;
export type Submission = Details["submissions"][number];
export type ExcludedScore = NonNullable<Details["excluded_validations"]>[number];

/** The band within which a verdict is reached, in points: a rule of the protocol. */
const LIMIT = 15;
const WIDTH = 640;
const HEIGHT = 132;
const LEFT = 16;
const BASE = 96;
const TALLEST = 64;

/** The place of a score of 0 to 100. */
function x(score: number): number {
  return LEFT + (Math.min(100, Math.max(0, score)) / 100) * (WIDTH - 2 * LEFT);
}

/** Mean and population standard deviation of the counted scores, without weights, as the rule takes them. */
export function spread({ verdict }: Submission): { readonly mean: number; readonly deviation: number } | undefined {
  const { validators: n, sum, sum_of_squares: squares } = verdict;
  if (n === 0) return undefined;
  const mean = sum / n;
  return { mean, deviation: Math.sqrt(Math.max(0, squares / n - mean * mean)) };
}

interface Column {
  readonly score: number;
  readonly weight: number;
  readonly count: number;
}

function columns({ validations }: Submission): Column[] {
  const byScore = new Map<number, Column>();
  for (const { score, weight } of validations) {
    const { weight: before, count } = byScore.get(score) ?? { weight: 0, count: 0 };
    byScore.set(score, { score, weight: before + weight, count: count + 1 });
  }
  return [...byScore.values()];
}

/**
 * The scores of a submission on a line from 0 to 100: a column for each score, as high as its weight; the mean with one
 * standard deviation; the 15 points that the deviation must stay below; and the scores of excluded authors, crossed.
 */
export function ScorePicture({ submission, excluded }: { submission: Submission; excluded: readonly ExcludedScore[] }) {
  const found = spread(submission);
  const shown = columns(submission);
  const heaviest = Math.max(1, ...shown.map(({ weight }) => weight));
  const { verdict } = submission;
  const label =
    found === undefined
      ? "No score counts yet"
      : `${verdict.validators} scores, mean ${showNumber(found.mean)}, standard deviation ` +
        `${showNumber(found.deviation)}, limit ${LIMIT}: consensus ${verdict.reached ? "reached" : "not reached"}`;
  const crossed = excluded.length === 0 ? "" : `; ${excluded.length} excluded`;
  return (
    <figure class="scores">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}${crossed}`}>
        {found !== undefined && (
          <>
            <rect
              class="limit"
              x={x(found.mean - LIMIT)}
              y={BASE - TALLEST - 12}
              width={x(found.mean + LIMIT) - x(found.mean - LIMIT)}
              height={TALLEST + 12}
            />
            <rect
              class={found.deviation < LIMIT ? "deviation" : "deviation wide"}
              x={x(found.mean - found.deviation)}
              y={BASE - TALLEST - 4}
              width={Math.max(1, x(found.mean + found.deviation) - x(found.mean - found.deviation))}
              height={TALLEST + 4}
            />
            <line class="mean" x1={x(found.mean)} x2={x(found.mean)} y1={BASE - TALLEST - 12} y2={BASE} />
          </>
        )}
        <line class="axis" x1={LEFT} x2={WIDTH - LEFT} y1={BASE} y2={BASE} />
        {[0, 25, 50, 75, 100].map((score) => (
          <text key={score} x={x(score)} y={BASE + 16} text-anchor="middle">
            {score}
          </text>
        ))}
        {shown.map(({ score, weight, count }) => {
          const top = BASE - Math.max(8, (weight / heaviest) * (TALLEST - 6));
          return (
            <g key={score} class="score">
              <title>{`score ${score}: ${count} validations, weight ${weight}`}</title>
              <line x1={x(score)} x2={x(score)} y1={BASE} y2={top} />
              <circle cx={x(score)} cy={top} r={5} />
            </g>
          );
        })}
        {excluded.map(({ validation_id: id, score, validator }) => (
          <g key={id} class="excluded">
            <title>{`excluded score ${score} of ${validator}`}</title>
            <line x1={x(score) - 6} x2={x(score) + 6} y1={BASE - 20} y2={BASE - 8} />
            <line x1={x(score) - 6} x2={x(score) + 6} y1={BASE - 8} y2={BASE - 20} />
          </g>
        ))}
      </svg>
      <figcaption>
        {label}
        {crossed}. The light band is {LIMIT} points around the mean, the dark one a standard deviation.
      </figcaption>
    </figure>
  );
}
