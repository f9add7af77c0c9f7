//! Errors of callers.

use core::fmt;

/// A fault of the caller's arguments. A fault in the bytes of a peer is no error: it is a code in a table or a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelError {
    /// An input has a wrong length or is not packed as its layout requires. The text says which and how.
    BadParameters(&'static str),
    /// The private scalar is zero or not canonical.
    BadScalar,
}

impl KernelError {
    /// The reason code of the error, one of those in `src/protocol/errors.ts`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadParameters(_) => "bad_parameters",
            Self::BadScalar => "bad_scalar",
        }
    }
}

impl fmt::Display for KernelError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::BadParameters(what) => what,
            Self::BadScalar => "the private scalar is zero or not canonical",
        })
    }
}

impl core::error::Error for KernelError {}
