// The consensus tracker of the specification, line by line in JavaScript: the rival.

/** Adds a validation and computes everything of its task again. Doubles in the order of arrival. */
export class SpecifiedTracker {
  #submissions = new Map();

  record(submissionId, score, weight = 1) {
    const info = this.#submissions.get(submissionId) ?? { validations: [], mean: 0, reached: false };
    this.#submissions.set(submissionId, info);
    info.validations.push({ score, weight });
    for (const each of this.#submissions.values()) recalculate(each);
    return info;
  }
}

function recalculate(info) {
  const { validations } = info;
  if (validations.length < 2) return;
  const totalWeight = validations.reduce((sum, { weight }) => sum + weight, 0);
  const weightedSum = validations.reduce((sum, { score, weight }) => sum + score * weight, 0);
  info.mean = weightedSum / totalWeight;
  info.reached = deviation(validations.map(({ score }) => score)) < 15;
}

/** The population standard deviation. */
export function deviation(scores) {
  const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length;
  return Math.sqrt(variance);
}

/** The weighted mean as the specification sums it. */
export function weightedMean(validations) {
  const totalWeight = validations.reduce((sum, { weight }) => sum + weight, 0);
  return validations.reduce((sum, { score, weight }) => sum + score * weight, 0) / totalWeight;
}
