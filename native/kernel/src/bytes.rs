use crate::KernelError;

/// Reads packed big-endian fields in order; what is missing is `BadParameters`.
pub struct Reader<'a> {
    rest: &'a [u8],
}

const TOO_SHORT: KernelError = KernelError::BadParameters("the packed input ends within an item");

impl<'a> Reader<'a> {
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub const fn remaining(&self) -> usize {
        self.rest.len()
    }

    pub fn take(&mut self, length: usize) -> Result<&'a [u8], KernelError> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn array<const N: usize>(&mut self) -> Result<&'a [u8; N], KernelError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(TOO_SHORT)?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn u32(&mut self) -> Result<u32, KernelError> {
        self.array().map(|bytes| u32::from_be_bytes(*bytes))
    }

    pub fn u64(&mut self) -> Result<u64, KernelError> {
        self.array().map(|bytes| u64::from_be_bytes(*bytes))
    }

    /// A u32 that counts bytes or items of this input.
    pub fn length(&mut self) -> Result<usize, KernelError> {
        self.u32().map(to_usize)
    }
}

/// Lossless: no target of this crate has a pointer width below 32 bits.
pub const fn to_usize(value: u32) -> usize {
    value as usize
}

/// For offsets within an input, which [`crate::MAX_INPUT_BYTES`] keeps far below 2^32.
pub fn to_u32(value: usize) -> Result<u32, KernelError> {
    u32::try_from(value).map_err(|_| KernelError::BadParameters("the input is too large"))
}

/// Refuses what is over [`crate::MAX_INPUT_BYTES`].
pub const fn check_size(input: &[u8]) -> Result<(), KernelError> {
    if input.len() > crate::MAX_INPUT_BYTES {
        return Err(KernelError::BadParameters("the input is over 16 MiB"));
    }
    Ok(())
}
