import { useState } from "preact/hooks";
import type { MethodResult } from "../../src/api/node-client/index.js";
import { Id, Table } from "../parts/basics.js";
import { showNumber, showTime } from "../parts/text.js";
import { useNodeState } from "../parts/use-node.js";

type Certificates = MethodResult<"ai_get_certificates">;

/** The certificates of a submission with their votes, read when a person opens them. */
export function CertificateList({ submission }: { submission: string }) {
  const { client } = useNodeState();
  const [answer, setAnswer] = useState<Certificates | undefined>(undefined);
  const read = (isOpen: boolean): void => {
    if (!isOpen) return;
    // The state of the page shows a node that does not answer.
    client.call("ai_get_certificates", { submission_id: submission }).then(setAnswer, () => undefined);
  };
  return (
    <details onToggle={({ currentTarget }) => read(currentTarget.open)}>
      <summary>Votes and certificates</summary>
      {answer === undefined ? <p class="quiet">Reading the certificates…</p> : <Votes answer={answer} />}
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
