use core::fmt;

/// What a caller did wrong; what a peer sent wrong is a code in a table or a verdict, never an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KernelError {
    /// A buffer of the wrong length, or a packing that does not add up.
    BadParameters(&'static str),
    /// A private scalar that is zero or not canonical.
    BadScalar,
}

impl KernelError {
    /// The reason code of `src/protocol/errors.ts`.
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
