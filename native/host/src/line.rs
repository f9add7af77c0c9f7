/// The longest line of JSON, with its newline: 4 MiB (docs/managed.md, "Framing").
pub const MAX_LINE_BYTES: usize = 4 << 20;

/// The capacity kept between two lines; nearly every message is shorter.
const KEPT_BYTES: usize = 64 << 10;

/// A line of the stream.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A whole line without its newline.
    Whole(&'a [u8]),
    /// The first bytes of a line over the limit; the rest is discarded.
    TooLong(&'a [u8]),
}

/// Splits a stream of bytes into lines; buffers at most `limit` bytes.
pub struct LineReader {
    limit: usize,
    held: Vec<u8>,
    /// The current line is over the limit: its bytes are discarded up to its end.
    overlong: bool,
}

impl LineReader {
    /// `limit` bytes include the newline.
    pub const fn new(limit: usize) -> Self {
        Self { limit, held: Vec::new(), overlong: false }
    }

    /// Calls `take` for each line that ends in `bytes`.
    pub fn push(&mut self, mut bytes: &[u8], mut take: impl FnMut(Line<'_>)) {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            self.keep(line);
            take(if self.overlong { Line::TooLong(&self.held) } else { Line::Whole(&self.held) });
            self.overlong = false;
            self.held.clear();
            self.held.shrink_to(KEPT_BYTES);
        }
        self.keep(bytes);
    }

    /// An unfinished line at the end of the stream.
    pub fn rest(&mut self) -> Option<Vec<u8>> {
        if self.held.is_empty() { None } else { Some(std::mem::take(&mut self.held)) }
    }

    fn keep(&mut self, bytes: &[u8]) {
        // One byte is reserved for the newline.
        let room = self.limit.saturating_sub(1).saturating_sub(self.held.len());
        if self.overlong || bytes.len() > room {
            self.overlong = true;
        }
        let bytes = bytes.get(..room).unwrap_or(bytes);
        if self.held.capacity() - self.held.len() < bytes.len() {
            // Doubles the capacity, up to the limit.
            let wanted = (2 * self.held.capacity()).clamp(self.held.len() + bytes.len(), self.limit.max(1));
            self.held.reserve_exact(wanted - self.held.len());
        }
        self.held.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(limit: usize, chunks: &[&[u8]]) -> (Vec<(bool, Vec<u8>)>, usize) {
        let mut reader = LineReader::new(limit);
        let mut found = Vec::new();
        let mut most = 0;
        for chunk in chunks {
            reader.push(chunk, |line| match line {
                Line::Whole(bytes) => found.push((true, bytes.to_vec())),
                Line::TooLong(bytes) => found.push((false, bytes.to_vec())),
            });
            most = most.max(reader.held.capacity());
        }
        (found, most)
    }

    #[test]
    fn cuts_at_line_ends_wherever_the_chunks_end() {
        let whole = b"first\n\nsecond\r\nhalf";
        let expected = vec![(true, b"first".to_vec()), (true, vec![]), (true, b"second\r".to_vec())];
        for size in 1..whole.len() {
            let chunks: Vec<&[u8]> = whole.chunks(size).collect();
            assert_eq!(lines(100, &chunks).0, expected, "chunks of {size}");
        }
    }

    #[test]
    fn a_line_of_the_limit_passes_and_one_more_byte_does_not() {
        assert_eq!(lines(6, &[b"12345\n"]).0, [(true, b"12345".to_vec())]);
        assert_eq!(lines(6, &[b"123456\n789\n"]).0, [(false, b"12345".to_vec()), (true, b"789".to_vec())]);
        assert_eq!(lines(6, &[b"123", b"45", b"6", b"\n7\n"]).0, [(false, b"12345".to_vec()), (true, b"7".to_vec())]);
    }

    #[test]
    fn holds_no_more_than_the_limit_of_an_endless_line() {
        let chunk = [b'x'; 1000];
        let chunks: Vec<&[u8]> = (0..500).map(|_| chunk.as_slice()).collect();
        let (found, most) = lines(10_000, &chunks);
        assert!(found.is_empty());
        assert!(most <= 10_000, "{most}");
    }

    #[test]
    fn says_what_was_left_unended() {
        let mut reader = LineReader::new(10);
        reader.push(b"a\nhalf", |_| ());
        assert_eq!(reader.rest(), Some(b"half".to_vec()));
        assert_eq!(reader.rest(), None);
    }
}
