import type { CommandContext } from "../command-context.js";
import { ReportedFailure } from "../exit-codes.js";
import { plainLine } from "../output/index.js";
import { certificatesShape, readAnswer } from "../show/index.js";

/** `submission certificate`: prints the certificate as hex. Without one, or with contested ones, it prints none. */
export async function printCertificate(
  { io, out, call, id }: CommandContext<unknown>,
  submissionId: string,
): Promise<void> {
  const answer = await call("ai_get_certificates", { submission_id: await id(submissionId, "submission") });
  const { contested, certificates } = readAnswer(certificatesShape, answer);
  const [first] = certificates;
  const isFinal = first !== undefined && !contested;
  const complain = (text: string) => io.err.write(`tos-ai-sync: ${plainLine(text)}\n`);
  out.answer(answer, () => {
    if (isFinal) out.line(first.certificate);
    else if (!contested) complain("the submission is not certified");
    else {
      complain("the submission is contested: it has certificates of different values, and none is final");
      for (const { certificate_id: id, value } of certificates) complain(`certificate ${id} has the value ${value}`);
    }
  });
  if (!isFinal) throw new ReportedFailure("submission certificate");
}
