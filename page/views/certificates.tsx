import { useState } from "preact/hooks";
import { NodeRefusal } from "../../src/api/node-client/errors.js";
import type { MethodResult } from "../../src/api/node-client/index.js";
import { Id, Table } from "../parts/basics.js";
import { showNumber, showTime } from "../parts/text.js";
import { useNodeState } from "../parts/use-node.js";

type Certificates = MethodResult<"ai_get_certificates">;
type OpenVotes = MethodResult<"ai_get_votes">;
type Ballot = OpenVotes["ballots"][number];

interface Answers {
  readonly certificates: Certificates;
  readonly open: OpenVotes;
}

/** The open votes on a submission and its certificates, read when a person opens them. */
export function CertificateList({ submission }: { submission: string }) {
  const { client } = useNodeState();
  const [answers, setAnswers] = useState<Answers | undefined>(undefined);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  const read = async (): Promise<void> => {
    setRefusal(undefined);
    try {
      const [certificates, open] = await Promise.all([
        client.call("ai_get_certificates", { submission_id: submission }),
        client.call("ai_get_votes", { submission_id: submission }),
      ]);
      setAnswers({ certificates, open });
    } catch (error) {
      setAnswers(undefined);
      setRefusal(error instanceof NodeRefusal ? error.message : "the node does not answer");
    }
  };
  return (
    <details onToggle={({ currentTarget }) => currentTarget.open && void read()}>
      <summary>Votes and certificates</summary>
      {refusal !== undefined && <p role="alert">The certificates can't be shown: {refusal}</p>}
      {answers?.open.ballots.map((ballot) => (
        <OpenBallot key={ballot.roster} ballot={ballot} />
      ))}
      {answers !== undefined && <Votes answer={answers.certificates} />}
      {answers === undefined && refusal === undefined && <p class="quiet">Reading the certificates…</p>}
    </details>
  );
}

/** Votes that are no certificate yet. */
function OpenBallot({ ballot: { roster, quorum, weight, votes } }: { ballot: Ballot }) {
  const rows = votes.map((vote) => ({
    key: vote.vote_id,
    cells: [
      showNumber(vote.round),
      vote.step,
      <Id key="value" id={vote.value} />,
      <Id key="voter" id={vote.voter} />,
      vote.weight === null ? "unknown" : showNumber(vote.weight),
      showTime(vote.voted_at),
    ],
  }));
  const needed =
    quorum === null
      ? "of a weight that is unknown here"
      : `of weight ${showNumber(quorum)} of ${showNumber(weight ?? 0)}`;
  return (
    <>
      <p>
        Roster <Id id={roster} />: a certificate needs commits {needed} for one value.
      </p>
      <Table
        caption="Open votes of the members of the roster"
        heading={["Round", "Step", "Value", "Voter", "Weight", "Voted at"]}
        none="No member has voted yet."
        rows={rows}
      />
    </>
  );
}

function Votes({ answer: { contested, certificates } }: { answer: Certificates }) {
  const rows = certificates.flatMap(({ certificate_id: id, value, round, votes }) =>
    votes.map(({ member, at }) => ({
      key: `${id} ${member}`,
      cells: [
        <Id key="id" id={id} />,
        <Id key="value" id={value} />,
        round === null ? "unknown" : showNumber(round),
        showNumber(member),
        showTime(at),
      ],
    })),
  );
  return (
    <>
      {contested && <p>These certificates are of different values: none of them is final.</p>}
      <Table
        caption="Commit votes that make the quorum of each certificate"
        heading={["Certificate", "Value", "Round", "Member of the roster", "Voted at"]}
        none="The submission is not certified."
        rows={rows}
      />
    </>
  );
}
