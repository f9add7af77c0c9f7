//! Messages as lines of JSON (docs/managed.md, "Framing"): read strictly, with values as raw text.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// Larger integers are written as decimal strings, because a JavaScript number would lose digits.
pub const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

/// The longest id of the plugin.
const MAX_ID_BYTES: usize = 128;

/// The codes of docs/managed.md, "Errors".
pub mod code {
    pub const METHOD_NOT_FOUND: i64 = -32601;
    pub const INVALID_PARAMS: i64 = -32602;
    pub const INTERNAL: i64 = -32603;
    pub const WRONG_COOKIE: i64 = -32001;
    pub const WRONG_VERSION: i64 = -32002;
    pub const NOT_READY: i64 = -32003;
    pub const BUSY: i64 = -32005;
    pub const SHUTTING_DOWN: i64 = -32006;
    pub const REFUSED: i64 = -32007;
    pub const UNAVAILABLE: i64 = -32008;
    pub const PLUGIN_TERMINATED: i64 = -32009;
}

/// The id of a request of the plugin, returned unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum WireId {
    Number(u64),
    Text(String),
}

/// A message from the plugin.
#[derive(Debug)]
pub enum Message<'a> {
    Request {
        id: WireId,
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    Notification {
        method: Cow<'a, str>,
        params: Option<&'a RawValue>,
    },
    /// `id` is `None` if it is null or not a number, which answers no request of the host.
    Answer {
        id: Option<u64>,
        outcome: Result<&'a RawValue, WireError>,
    },
}

/// The error member of an answer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct WireError {
    pub code: i64,
    pub message: String,
    #[serde(default)]
    pub data: Option<Box<RawText>>,
}

/// JSON text of an error's data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawText(pub String);

impl<'de> Deserialize<'de> for RawText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(Box::<RawValue>::deserialize(deserializer)?.get().to_owned()))
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    jsonrpc: Cow<'a, str>,
    #[serde(borrow, default, deserialize_with = "present")]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    method: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    params: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<WireError>,
}

/// Distinguishes null from an absent member.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    <&RawValue>::deserialize(deserializer).map(Some)
}

/// Parses a line; the result borrows from the line.
pub fn read(line: &[u8]) -> Result<Message<'_>, &'static str> {
    let envelope: Envelope<'_> = serde_json::from_slice(line).map_err(|_| "not a JSON-RPC message")?;
    if envelope.jsonrpc != "2.0" {
        return Err("not JSON-RPC 2.0");
    }
    match envelope {
        Envelope { id, method: Some(method), params, result: None, error: None, .. } => match id {
            None => Ok(Message::Notification { method, params }),
            Some(id) => Ok(Message::Request { id: read_id(id)?, method, params }),
        },
        Envelope { id: Some(id), method: None, result, error, .. } => {
            let id = serde_json::from_str(id.get()).ok();
            match (result, error) {
                (Some(result), None) => Ok(Message::Answer { id, outcome: Ok(result) }),
                (None, Some(error)) => Ok(Message::Answer { id, outcome: Err(error) }),
                _ => Err("an answer has a result or an error"),
            }
        }
        _ => Err("neither a request nor an answer"),
    }
}

fn read_id(raw: &RawValue) -> Result<WireId, &'static str> {
    let number = serde_json::from_str(raw.get()).ok().filter(|id| *id <= MAX_SAFE_INTEGER).map(WireId::Number);
    let text = || serde_json::from_str(raw.get()).ok().filter(|id: &String| id.len() <= MAX_ID_BYTES).map(WireId::Text);
    number.or_else(text).ok_or("a bad id")
}

/// The params of a request or notification; absent params are `{}`.
pub fn params<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Result<T, serde_json::Error> {
    serde_json::from_str(raw.map_or("{}", RawValue::get))
}

#[derive(Serialize)]
struct OutRequest<'a, P> {
    jsonrpc: &'static str,
    id: u64,
    method: &'a str,
    params: P,
}

#[derive(Serialize)]
struct OutNotification<'a, P> {
    jsonrpc: &'static str,
    method: &'a str,
    params: P,
}

#[derive(Serialize)]
struct OutResult<'a, R> {
    jsonrpc: &'static str,
    id: &'a WireId,
    result: R,
}

#[derive(Serialize)]
struct OutError<'a> {
    jsonrpc: &'static str,
    id: &'a WireId,
    error: OutErrorBody<'a>,
}

#[derive(Serialize)]
struct OutErrorBody<'a> {
    code: i64,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Reason<'a>>,
}

#[derive(Serialize)]
struct Reason<'a> {
    reason: &'a str,
}

/// One line with its newline. Fails only for params from a caller of the API.
pub fn request(id: u64, method: &str, params: impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    line(&OutRequest { jsonrpc: "2.0", id, method, params })
}

pub fn notification(method: &str, params: impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    line(&OutNotification { jsonrpc: "2.0", method, params })
}

pub fn result(id: &WireId, result: impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    line(&OutResult { jsonrpc: "2.0", id, result })
}

pub fn error(id: &WireId, code: i64, message: &str, reason: Option<&str>) -> Result<Vec<u8>, serde_json::Error> {
    let data = reason.map(|reason| Reason { reason });
    line(&OutError { jsonrpc: "2.0", id, error: OutErrorBody { code, message, data } })
}

fn line(message: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec(message)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// An integer: on the wire a number, or a decimal string above 2^53-1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Integer(pub u64);

impl Serialize for Integer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 <= MAX_SAFE_INTEGER { serializer.serialize_u64(self.0) } else { serializer.collect_str(&self.0) }
    }
}

impl<'de> Deserialize<'de> for Integer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntegerVisitor;
        impl Visitor<'_> for IntegerVisitor {
            type Value = Integer;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an integer from 0 to 2^64-1")
            }

            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Integer, E> {
                Ok(Integer(value))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Integer, E> {
                let digits = text.bytes().all(|byte| byte.is_ascii_digit());
                text.parse().ok().filter(|_| digits).map(Integer).ok_or_else(|| E::custom("not a decimal integer"))
            }
        }
        deserializer.deserialize_any(IntegerVisitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_three_kinds_of_messages() {
        let message = read(br#"{"jsonrpc":"2.0","id":"a","method":"chain.tip","more":[1]}"#).unwrap();
        assert!(matches!(message, Message::Request { id: WireId::Text(id), method, params: None }
            if id == "a" && method == "chain.tip"));
        let message = read(br#"{"jsonrpc":"2.0","method":"credit","params":{"events":5}}"#).unwrap();
        assert!(matches!(message, Message::Notification { params: Some(raw), .. } if raw.get() == r#"{"events":5}"#));
        let message = read(br#"{"jsonrpc":"2.0","id":7,"result":null}"#).unwrap();
        assert!(matches!(message, Message::Answer { id: Some(7), outcome: Ok(raw) } if raw.get() == "null"));
        let message = read(br#"{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"m"}}"#).unwrap();
        assert!(matches!(message, Message::Answer { id: None, outcome: Err(error) } if error.code == -32700));
    }

    #[test]
    fn refuses_what_is_none() {
        let long_id = format!(r#"{{"jsonrpc":"2.0","id":"{}","method":"m"}}"#, "x".repeat(200));
        for bad in [
            "",
            "{}",
            "[]",
            "null",
            "garbage",
            r#"{"jsonrpc":"2.0"}"#,
            r#"{"jsonrpc":"1.0","id":1,"method":"m"}"#,
            r#"{"id":1,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":1,"error":{"code":1,"message":""}}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":1,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":null,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":-1,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":9007199254740992,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":1.5,"method":"m"}"#,
            r#"{"jsonrpc":"2.0","id":1,"method":7}"#,
            r#"{"jsonrpc":"2.0","id":1,"error":{"code":"x","message":""}}"#,
            r#"{"jsonrpc":"2.0","id":1,"id":2,"result":1}"#,
            r#"{"jsonrpc":"2.0","id":1,"result":1} "#.trim_end_matches("} "),
            r#"[{"jsonrpc":"2.0","id":1,"result":1}]"#,
            &long_id,
        ] {
            assert!(read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(read(b"{\"jsonrpc\":\"2.0\",\"method\":\"\xff\"}").is_err());
        let nested = format!(r#"{{"jsonrpc":"2.0","id":1,"result":{}}}"#, "[".repeat(1_000_000));
        assert!(read(nested.as_bytes()).is_err());
    }

    #[test]
    fn integers_are_exact_on_the_whole_range() {
        for (value, text) in [(0, "0"), (MAX_SAFE_INTEGER, "9007199254740991"), (u64::MAX, "\"18446744073709551615\"")]
        {
            assert_eq!(serde_json::to_string(&Integer(value)).unwrap(), text);
            assert_eq!(serde_json::from_str::<Integer>(text).unwrap(), Integer(value));
        }
        for bad in ["-1", "1.0", "1e3", "\"\"", "\"+1\"", "\" 1\"", "\"18446744073709551616\"", "null", "[]"] {
            assert!(serde_json::from_str::<Integer>(bad).is_err(), "{bad}");
        }
    }
}
