use std::collections::VecDeque;

use crate::line::MAX_LINE_BYTES;

/// The most requests and answers that wait (docs/managed.md, "Credit"). At most 64 are open in each direction, so that
/// only a plugin that does not read answers exceeds it.
pub const MAX_MESSAGES: usize = 1024;

/// The most bytes of these.
pub const MAX_BYTES: usize = 16 << 20;

/// The plugin does not read its input.
#[derive(Debug, PartialEq, Eq)]
pub struct Stuck;

/// Messages that need no credit.
#[derive(Default)]
pub struct Outbox {
    lines: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Outbox {
    pub fn push(&mut self, line: Vec<u8>) -> Result<(), Stuck> {
        debug_assert!(line.len() <= MAX_LINE_BYTES);
        if self.lines.len() >= MAX_MESSAGES || self.bytes + line.len() > MAX_BYTES {
            return Err(Stuck);
        }
        self.bytes += line.len();
        self.lines.push_back(line);
        Ok(())
    }

    pub fn pop(&mut self) -> Option<Vec<u8>> {
        let line = self.lines.pop_front()?;
        self.bytes -= line.len();
        Some(line)
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_bounded_in_messages_and_bytes() {
        let mut outbox = Outbox::default();
        assert!((0..MAX_MESSAGES).all(|_| outbox.push(vec![b'\n']).is_ok()));
        assert_eq!(outbox.push(vec![b'\n']), Err(Stuck));
        assert!(outbox.pop().is_some() && outbox.push(vec![b'\n']).is_ok());

        let mut outbox = Outbox::default();
        assert!((0..4).all(|_| outbox.push(vec![0; MAX_LINE_BYTES]).is_ok()));
        assert_eq!(outbox.push(vec![b'\n']), Err(Stuck));
        assert_eq!((outbox.len(), outbox.bytes()), (4, MAX_BYTES));
    }
}
