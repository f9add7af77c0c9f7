// Rows of bench:api.

function row(name, value, unit, { values = [value], rival = null, ratio = null, bar = null, held = true }) {
  const ok = held;
  return { name, value, unit, min: Math.min(...values), max: Math.max(...values), rival, ratio, bar, ok };
}

/** A figure without a bar. */
export const figure = (name, value, unit, values) => row(name, value, unit, { values });

/** A figure that is held to a bar; `rival` and `ratio` compare it with another one. */
export function atMost(name, value, unit, bar, { values, rival, ratio } = {}) {
  return row(name, value, unit, { values, rival, ratio, bar: `at most ${bar} ${unit}`, held: value <= bar });
}

export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/** The least of the values that at least `percent` of them do not exceed. */
export function percentile(values, percent) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil((sorted.length * percent) / 100) - 1];
}
