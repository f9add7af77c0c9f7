import { useState } from "preact/hooks";
import { NodeRefusal } from "../../src/api/node-client/errors.js";
import type { MethodResult } from "../../src/api/node-client/index.js";
import { Id, Table } from "../parts/basics.js";
import { showNumber, showTime } from "../parts/text.js";
import { useNodeState } from "../parts/use-node.js";

type Certificates = MethodResult<"ai_get_certificates">;

/** The certificates of a submission with their votes, read when a person opens them. */
export function CertificateList({ submission }: { submission: string }) {
  const { client } = useNodeState();
  const [answer, setAnswer] = useState<Certificates | undefined>(undefined);
  const [refusal, setRefusal] = useState<string | undefined>(undefined);
  const read = async (): Promise<void> => {
    setRefusal(undefined);
    try {
      setAnswer(await client.call("ai_get_certificates", { submission_id: submission }));
    } catch (error) {
      setAnswer(undefined);
      setRefusal(error instanceof NodeRefusal ? error.message : "the node does not answer");
    }
  };
  return (
    <details onToggle={({ currentTarget }) => currentTarget.open && void read()}>
      <summary>Votes and certificates</summary>
      {refusal !== undefined && <p role="alert">The certificates can't be shown: {refusal}</p>}
      {answer !== undefined && <Votes answer={answer} />}
      {answer === undefined && refusal === undefined && <p class="quiet">Reading the certificates…</p>}
    </details>
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
