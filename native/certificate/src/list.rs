//! The list of a verdict: what its members signed the hash of.

/// A decoded list.
pub struct List {
    pub rules: [u8; 32],
    pub roster: [u8; 32],
    pub task_id: [u8; 32],
    pub submission_id: [u8; 32],
    pub publisher: [u8; 32],
    pub submitter: [u8; 32],
    /// Roster index and score, ascending by index.
    pub validations: Vec<(u16, u8)>,
}

/// A roster has at most 256 members.
pub const ROSTER_INDEX_END: u16 = 256;
const SCORE_MAX: u8 = 100;

impl List {
    /// `None` for another length, a score above 100, or roster indices that do not ascend below 256.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let (head, rest) = bytes.split_first_chunk::<{ 6 * 32 }>()?;
        let (count, rest) = rest.split_first_chunk::<2>()?;
        let (hashes, _) = head.as_chunks::<32>();
        let &[rules, roster, task_id, submission_id, publisher, submitter] = hashes else { return None };
        let (entries, left) = rest.as_chunks::<35>();
        if !left.is_empty() || entries.len() != usize::from(u16::from_be_bytes(*count)) {
            return None;
        }
        let mut validations = Vec::with_capacity(entries.len());
        let mut next = 0;
        for entry in entries {
            let index = u16::from_be_bytes([entry[0], entry[1]]);
            if index < next || index >= ROSTER_INDEX_END || entry[2] > SCORE_MAX {
                return None;
            }
            next = index + 1;
            validations.push((index, entry[2]));
        }
        Some(Self { rules, roster, task_id, submission_id, publisher, submitter, validations })
    }
}

/// H(verdict; list).
pub fn value(list: &[u8]) -> [u8; 32] {
    tos_ai_kernel::hash(&[b"tos-ai-sync/verdict/v1\0".as_slice(), list].concat())
}
