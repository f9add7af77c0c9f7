//! What the plugin's file uses of the daemon's common crate, as the daemon has it.

pub mod ai_mining {
    use crate::crypto::CompressedPublicKey;

    #[derive(Clone, Debug)]
    pub enum AIMiningPayload {
        RegisterMiner { miner_address: CompressedPublicKey, registration_fee: u64 },
        Other,
    }
}

pub mod context {
    use std::any::Any;

    /// Of what the RPC hands to its methods.
    pub struct Context(Box<dyn Any + Send + Sync>);

    impl Context {
        pub fn with<T: Send + Sync + 'static>(data: T) -> Self {
            Self(Box::new(data))
        }

        pub fn get<T: 'static>(&self) -> Result<&T, &'static str> {
            self.0.downcast_ref().ok_or("Requested type not found")
        }
    }
}

pub mod crypto {
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
    pub struct Hash([u8; 32]);

    impl Hash {
        pub const fn new(bytes: [u8; 32]) -> Self {
            Self(bytes)
        }

        pub const fn to_bytes(self) -> [u8; 32] {
            self.0
        }
    }

    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct CompressedPublicKey(pub [u8; 32]);

    impl CompressedPublicKey {
        pub const fn as_bytes(&self) -> &[u8; 32] {
            &self.0
        }
    }
}

pub mod network {
    use std::fmt;

    #[derive(Clone, Copy)]
    pub enum Network {
        Devnet,
    }

    impl fmt::Display for Network {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str("Dev")
        }
    }
}

pub mod rpc {
    use std::collections::HashMap;
    use std::future::Future;
    use std::pin::Pin;

    use serde_json::Value;

    use crate::context::Context;

    #[derive(Debug, PartialEq)]
    pub enum InternalRpcError {
        Custom(i16, String),
        AnyError(String),
    }

    impl From<&'static str> for InternalRpcError {
        fn from(text: &'static str) -> Self {
            Self::AnyError(text.to_owned())
        }
    }

    /// A plain function: it captures nothing, and does not learn the name it was called by.
    pub type Handler =
        fn(&'_ Context, Value) -> Pin<Box<dyn Future<Output = Result<Value, InternalRpcError>> + Send + '_>>;

    pub struct RPCHandler<T> {
        pub methods: HashMap<String, Handler>,
        pub data: T,
    }

    impl<T: Send + Sync + Clone + 'static> RPCHandler<T> {
        pub fn new(data: T) -> Self {
            Self { methods: HashMap::new(), data }
        }

        pub fn register_method(&mut self, name: &str, handler: Handler) {
            assert!(self.methods.insert(name.into(), handler).is_none(), "{name} twice");
        }

        pub async fn call(&self, name: &str, params: Value) -> Result<Value, InternalRpcError> {
            self.methods[name](&Context::with(self.data.clone()), params).await
        }
    }
}

pub mod transaction {
    use crate::ai_mining::AIMiningPayload;
    use crate::crypto::CompressedPublicKey;

    #[derive(Clone, Debug)]
    pub enum TransactionType {
        Transfers,
        AIMining(AIMiningPayload),
    }

    #[derive(Clone, Debug)]
    pub struct Transaction {
        pub source: CompressedPublicKey,
        pub data: TransactionType,
    }

    impl Transaction {
        pub const fn get_source(&self) -> &CompressedPublicKey {
            &self.source
        }

        pub const fn get_data(&self) -> &TransactionType {
            &self.data
        }
    }
}

pub mod log_crate {
    use std::str::FromStr;

    /// As the crate `log` has it.
    #[derive(Debug)]
    pub enum Level {
        Error,
        Warn,
        Info,
        Debug,
    }

    impl FromStr for Level {
        type Err = ();

        fn from_str(name: &str) -> Result<Self, ()> {
            match name {
                "error" => Ok(Self::Error),
                "warn" => Ok(Self::Warn),
                "info" => Ok(Self::Info),
                "debug" => Ok(Self::Debug),
                _ => Err(()),
            }
        }
    }
}
