// The form of the page.
import { BadInput, check } from "./check.mjs";

const MEANINGS = {
  malformed: "This is no certificate.",
  doubled_commit: "It has two commits of one member.",
  list_mismatch: "Its list is not the one that its members signed, or this is another network.",
  wrong_roster: "It was made under another roster.",
  unknown_member: "It has a commit of a key that does not vote.",
  below_quorum: "Its commits have too little weight.",
  bad_signature: "A signature does not hold.",
};

const field = (id) => document.getElementById(id);

function element(name, text) {
  const made = document.createElement(name);
  made.textContent = text;
  return made;
}

function facts(value) {
  const list = document.createElement("dl");
  const rows = {
    submission: value.submissionId,
    task: value.taskId,
    submitter: value.submitter,
    publisher: value.publisher,
    scores: `${value.n}, sum ${value.sum}, sum of squares ${value.sumOfSquares}`,
    votes: `${value.votedWeight} of ${value.weight} by weight, in round ${value.round}`,
    value: value.value,
    rules: value.rules,
  };
  for (const [name, text] of Object.entries(rows)) list.append(element("dt", name), element("dd", text));
  return list;
}

function answer() {
  try {
    const result = check(field("certificate").value, field("roster").value, field("genesis").value);
    if (!result.ok) return [element("h2", "Refused"), element("p", `${MEANINGS[result.refusal]} (${result.refusal})`)];
    return [element("h2", "The certificate holds"), facts(result.value)];
  } catch (error) {
    if (!(error instanceof BadInput)) throw error;
    return [element("h2", "Not checked"), element("p", `${error.message}.`)];
  }
}

document.querySelector("form").addEventListener("submit", (event) => {
  event.preventDefault();
  field("result").replaceChildren(...answer());
});
