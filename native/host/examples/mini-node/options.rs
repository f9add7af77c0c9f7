use std::time::{SystemTime, UNIX_EPOCH};

use tos_ai_host::{Bytes32, LogLevel, Registry};

pub const USAGE: &str = "\
mini-node --data-dir DIR [options]
  --plugin-command TEXT   program and arguments (node dist/cli/main.js managed)
  --seed N                of the chain (0)
  --block-ms N            between two blocks (1000)
  --genesis-ms N          unix milliseconds of block 0 (the last full hour)
  --genesis HEX           hash of block 0 (one that follows from the three numbers above)
  --keep-blocks N         blocks below the top that are kept; older ones are pruned (all are kept)
  --listen MULTIADDR      where the plugin listens; may be repeated (/ip4/127.0.0.1/tcp/0)
  --bootstrap MULTIADDR   a node to join; may be repeated
  --registry KIND         everyone, file, chain (everyone)
  --registry-file FILE, --roster-file FILE, --rules-file FILE
  --sign-in-host          this process keeps the keys
  --node N, --nodes N     which of how many nodes it is (0, 1): names the keys, registered on the chain in block 1
  --log-level LEVEL       debug, info, warn, error (info)";

const HOUR_MS: u64 = 3_600_000;

pub struct Options {
    pub data_dir: String,
    pub plugin_command: String,
    pub seed: u64,
    pub block_ms: u64,
    pub genesis_ms: u64,
    pub genesis: Option<Bytes32>,
    pub keep: Option<u64>,
    pub listen: Vec<String>,
    pub bootstrap: Vec<String>,
    pub registry: Registry,
    pub registry_file: Option<String>,
    pub roster_file: Option<String>,
    pub rules_file: Option<String>,
    pub sign_in_host: bool,
    pub node: u64,
    pub nodes: u64,
    pub log_level: LogLevel,
}

impl Options {
    pub fn read(mut arguments: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self {
            data_dir: String::new(),
            plugin_command: "node dist/cli/main.js managed".into(),
            seed: 0,
            block_ms: 1000,
            genesis_ms: now_ms() / HOUR_MS * HOUR_MS,
            genesis: None,
            keep: None,
            listen: Vec::new(),
            bootstrap: Vec::new(),
            registry: Registry::Everyone,
            registry_file: None,
            roster_file: None,
            rules_file: None,
            sign_in_host: false,
            node: 0,
            nodes: 1,
            log_level: LogLevel::Info,
        };
        while let Some(name) = arguments.next() {
            if name == "--sign-in-host" {
                options.sign_in_host = true;
                continue;
            }
            let value = arguments.next().ok_or_else(|| format!("{name} needs a value"))?;
            options.set(&name, value).map_err(|why| format!("{name}: {why}"))?;
        }
        if options.data_dir.is_empty() {
            return Err("--data-dir is needed".into());
        }
        if options.listen.is_empty() {
            options.listen.push("/ip4/127.0.0.1/tcp/0".into());
        }
        Ok(options)
    }

    fn set(&mut self, name: &str, value: String) -> Result<(), String> {
        match name {
            "--data-dir" => self.data_dir = value,
            "--plugin-command" => self.plugin_command = value,
            "--seed" => self.seed = number(&value)?,
            "--block-ms" => self.block_ms = number(&value)?.max(1),
            "--genesis-ms" => self.genesis_ms = number(&value)?,
            "--genesis" => self.genesis = Some(hash(&value)?),
            "--keep-blocks" => self.keep = Some(number(&value)?),
            "--listen" => self.listen.push(value),
            "--bootstrap" => self.bootstrap.push(value),
            "--registry" => self.registry = registry(&value)?,
            "--registry-file" => self.registry_file = Some(value),
            "--roster-file" => self.roster_file = Some(value),
            "--rules-file" => self.rules_file = Some(value),
            "--node" => self.node = number(&value)?,
            "--nodes" => self.nodes = number(&value)?.min(1000),
            "--log-level" => self.log_level = level(&value)?,
            _ => return Err("no such option".into()),
        }
        Ok(())
    }
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("{text} is no number"))
}

fn hash(text: &str) -> Result<Bytes32, String> {
    let bytes: Option<Vec<u8>> = (0..32).map(|at| u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()).collect();
    let bytes = bytes.filter(|_| text.len() == 64).and_then(|bytes| bytes.try_into().ok());
    bytes.ok_or_else(|| format!("{text} is not 64 hex digits"))
}

fn registry(text: &str) -> Result<Registry, String> {
    match text {
        "everyone" => Ok(Registry::Everyone),
        "file" => Ok(Registry::File),
        "chain" => Ok(Registry::Chain),
        _ => Err(format!("{text} is no kind of registry")),
    }
}

fn level(text: &str) -> Result<LogLevel, String> {
    let levels = [LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error];
    levels.into_iter().find(|level| level.name() == text).ok_or_else(|| format!("{text} is no level"))
}

pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
