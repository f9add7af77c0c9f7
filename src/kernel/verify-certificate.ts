import type { CertificateResult, CertificateRosters, CertifiedList } from "../protocol/certificate-check.js";
import { packItems } from "../protocol/table.js";
import { blake3Of, loadKernel } from "./loader.js";
import type { Kernel } from "./types.js";

/**
 * Checks a certificate (protocol.md, Certificate) with nothing but the genesis of the network, 32 bytes, and its
 * rosters. `certificate` is the payload of a message of type 8. Without `kernel` it loads one and closes it. Throws a
 * NetworkError only if no kernel works.
 */
export async function verifyCertificate(
  certificate: Uint8Array,
  genesis: Uint8Array,
  rosters: CertificateRosters,
  kernel?: Kernel,
): Promise<CertificateResult<CertifiedList>> {
  // Loaded here: a kernel alone needs no codec.
  const { closeCertificate, openCertificate } = await import("../protocol/certificate-check.js");
  const used = kernel ?? (await loadKernel()).kernel;
  try {
    const opened = openCertificate(blake3Of(used), genesis, rosters, certificate);
    if (!opened.ok) return opened;
    const verdicts = await used.verifyMessages(packItems(opened.value.signatures));
    return closeCertificate(
      opened.value,
      [...verdicts].map((verdict) => verdict === 0),
    );
  } finally {
    if (kernel === undefined) await used.close();
  }
}
