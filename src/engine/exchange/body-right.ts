/** Who may have a submission's body now (protocol.md, Submission bodies). */
export type BodyRight = "everyone" | "proof" | "nobody";
