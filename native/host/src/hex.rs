use crate::chain::Bytes32;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Lowercase hex digits.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

/// The bytes of lowercase hex digits, or nothing.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

/// Exactly 32 bytes.
pub fn decode32(text: &str) -> Option<Bytes32> {
    if text.len() != 64 { None } else { decode(text)?.try_into().ok() }
}

const fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_lowercase_and_whole_bytes() {
        assert_eq!(encode(&[0, 0x7f, 0xff]), "007fff");
        assert_eq!(decode("007fff"), Some(vec![0, 0x7f, 0xff]));
        for bad in ["0", "0G", "AA", "é", " 0", "+1"] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        assert_eq!(decode32(&encode(&[9; 32])), Some([9; 32]));
        assert_eq!(decode32("00"), None);
    }
}
