//! Fields of packed inputs.

use crate::KernelError;

/// A reader of packed big-endian fields, in order. Each read returns `BadParameters` if too few bytes are left.
pub struct Reader<'a> {
    rest: &'a [u8],
}

const TOO_SHORT: KernelError = KernelError::BadParameters("the packed input ends within an item");

impl<'a> Reader<'a> {
    /// A reader at the first byte.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Bytes that are not read yet.
    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], KernelError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], KernelError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next 4 bytes as a number.
    pub fn u32(&mut self) -> Result<u32, KernelError> {
        self.array().map(|bytes| u32::from_be_bytes(*bytes))
    }

    /// The next 8 bytes as a number.
    pub fn u64(&mut self) -> Result<u64, KernelError> {
        self.array().map(|bytes| u64::from_be_bytes(*bytes))
    }

    /// The next u32, as a count of bytes or items.
    pub fn length(&mut self) -> Result<usize, KernelError> {
        self.u32().map(to_usize)
    }
}

/// A u32 as usize. No bit is lost: pointers of the crate's targets have at least 32 bits.
pub const fn to_usize(value: u32) -> usize {
    value as usize
}

/// A length or an offset as u32. Those of an input of at most [`crate::MAX_INPUT_BYTES`] fit; `BadParameters`
/// otherwise.
pub fn to_u32(value: usize) -> Result<u32, KernelError> {
    u32::try_from(value).map_err(|_| KernelError::BadParameters("the input is too large"))
}

/// `BadParameters` for an input of more than [`crate::MAX_INPUT_BYTES`].
pub const fn check_size(input: &[u8]) -> Result<(), KernelError> {
    if input.len() > crate::MAX_INPUT_BYTES {
        return Err(KernelError::BadParameters("the input is over 16 MiB"));
    }
    Ok(())
}
