//! The plugin's answers, parsed with limits.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::{Death, Stage};
use crate::events::Wanted;
use crate::log::clean;
use crate::status::{Method, PluginInfo};
use crate::wire::Integer;

/// The versions of docs/managed.md that this host speaks.
pub const PROTOCOL_MIN: u32 = 1;
pub const PROTOCOL_MAX: u32 = 1;

/// The most methods of a manifest.
const MAX_METHODS: usize = 256;
/// The most listen addresses.
const MAX_MULTIADDRS: usize = 64;
/// The longest name, address or path.
const MAX_TEXT_BYTES: usize = 4096;

#[derive(Deserialize)]
struct ManifestIn {
    cookie: String,
    protocol: u32,
    name: String,
    version: String,
    methods: Vec<MethodIn>,
    events: Vec<String>,
}

#[derive(Deserialize)]
struct MethodIn {
    name: String,
    #[serde(default)]
    description: String,
}

/// The manifest.
pub struct Manifest {
    pub wanted: Wanted,
    pub plugin: PluginInfo,
}

pub fn read_manifest(raw: &RawValue, cookie: &str) -> Result<Manifest, Death> {
    let bad = Death::BadAnswer(Stage::Started);
    let Ok(manifest) = serde_json::from_str::<ManifestIn>(raw.get()) else { return Err(bad) };
    if manifest.cookie != cookie {
        return Err(Death::WrongCookie);
    }
    if !(PROTOCOL_MIN..=PROTOCOL_MAX).contains(&manifest.protocol) {
        return Err(Death::WrongVersion);
    }
    let sound = |method: &MethodIn| is_api_method(&method.name) && !is_unfit(&method.description);
    let methods_are_sound = manifest.methods.len() <= MAX_METHODS && manifest.methods.iter().all(sound);
    if !methods_are_sound || is_unfit(&manifest.name) || is_unfit(&manifest.version) {
        return Err(bad);
    }
    let wants = |name: &str| manifest.events.iter().any(|event| event == name);
    let wanted = Wanted { block: wants("block"), rewound: wants("rewound"), tip: wants("tip"), peers: wants("peers") };
    let method = |method: MethodIn| Method { name: method.name, description: method.description };
    let methods = manifest.methods.into_iter().map(method).collect();
    let plugin = PluginInfo { name: manifest.name, version: manifest.version, methods, ..PluginInfo::default() };
    Ok(Manifest { wanted, plugin })
}

/// `ai_` and lowercase letters, so that a name differs from the node's own RPC and this protocol.
fn is_api_method(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.strip_prefix("ai_").is_some_and(|rest| !rest.is_empty() && !is_unfit(rest) && rest.bytes().all(allowed))
}

/// False for a text that is too long or has control characters: the node shows it to people.
fn is_unfit(text: &str) -> bool {
    text.len() > MAX_TEXT_BYTES || text.contains(char::is_control)
}

#[derive(Deserialize)]
struct InitIn {
    node_key: String,
    node_address: String,
    multiaddrs: Vec<String>,
    api: Option<String>,
    data: String,
    credit: Integer,
}

#[derive(Deserialize)]
struct DisableIn {
    disable: String,
}

/// The answer to `init`.
pub enum Init {
    Ready { plugin: Box<PluginInfo>, credit: u64 },
    Disable(String),
}

pub fn read_init(raw: &RawValue, plugin: PluginInfo) -> Option<Init> {
    if let Ok(DisableIn { disable }) = serde_json::from_str(raw.get()) {
        return Some(Init::Disable(clean(&disable).into_owned()));
    }
    let InitIn { node_key, node_address, multiaddrs, api, data, credit } = serde_json::from_str(raw.get()).ok()?;
    if multiaddrs.len() > MAX_MULTIADDRS
        || [&node_address, &data].into_iter().chain(&multiaddrs).chain(&api).any(|text| is_unfit(text))
    {
        return None;
    }
    crate::hex::decode32(&node_key)?;
    let plugin = PluginInfo { node_key, node_address, multiaddrs, api, data, ..plugin };
    Some(Init::Ready { plugin: Box::new(plugin), credit: credit.0 })
}

/// The answer to a ping.
#[derive(Deserialize)]
pub struct Pong {
    pub ready: bool,
    #[serde(default)]
    pub lag_ms: f64,
    #[serde(default)]
    pub memory_bytes: f64,
}

/// A gauge is never negative.
pub fn whole(number: f64) -> u64 {
    number.max(0.0) as u64
}
