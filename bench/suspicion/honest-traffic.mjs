// Honest answers and validations from a seed, and planted dishonest ones.

/** mulberry32: numbers from 0 to below 1. */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normal(uniform) {
  return Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
}

/** A vocabulary whose words are used as in a language: the n-th word 1/n as often as the first. */
export function vocabulary(uniform, words = 2000) {
  const letters = "etaoinshrdlucmfwypvbgkjqxz";
  const list = Array.from({ length: words }, () => {
    const length = 2 + Math.floor(uniform() * 8);
    return Array.from({ length }, () => letters[Math.floor(uniform() ** 2 * letters.length)]).join("");
  });
  const sums = [];
  for (let n = 1, sum = 0; n <= words; n++) {
    sum += 1 / n;
    sums.push(sum);
  }
  return () => {
    const at = uniform() * sums.at(-1);
    let [low, high] = [0, words - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < at) low = middle + 1;
      else high = middle;
    }
    return list[low];
  };
}

export function textOf(word, words) {
  return Array.from({ length: words }, word).join(" ");
}

/** A copy in which this part of the words is replaced. */
export function altered(text, part, uniform, word) {
  const words = text.split(" ");
  return words.map((one) => (uniform() < part ? word() : one)).join(" ");
}

export function bytesOf(text) {
  return new TextEncoder().encode(text);
}

/** Score of a submission of this quality by an honest validator. */
export function honestScore(uniform, quality, deviation = 5) {
  return Math.max(0, Math.min(100, Math.round(quality + deviation * normal(uniform))));
}

/** Seconds until an honest validator has judged: exponential with this mean. */
export function honestDelay(uniform, meanSeconds) {
  return Math.round(-Math.log(1 - uniform()) * meanSeconds);
}
