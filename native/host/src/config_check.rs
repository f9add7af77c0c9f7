//! Checks of a configuration before the start.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, absolute};
use std::time::Duration;

use crate::config::{HostConfig, Limits, PluginOptions};

/// The plugin's limits of paths, lists and labels (docs/managed.md, "Start").
const MAX_PATH_BYTES: usize = 4096;
const MAX_LABEL_BYTES: usize = 128;
const MAX_NETWORK_NAME_BYTES: usize = 64;

/// An invalid field of a [`HostConfig`]. Nothing was started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The field, such as `data_dir` or `limits.call_timeout`.
    pub field: &'static str,
    /// Its problem.
    pub problem: ConfigProblem,
}

/// A problem of a field of a [`HostConfig`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConfigProblem {
    /// It is empty.
    Empty,
    /// It contains a zero byte, which no program and no file name can have.
    ZeroByte,
    /// It is not UTF-8, as messages to the plugin must be.
    NotUtf8,
    /// It is longer than this, in bytes.
    TooLong(usize),
    /// It is the name of an environment variable and contains `=`.
    EqualsSign,
    /// It has an unclosed quote.
    UnclosedQuote,
    /// It is not a TOS network: mainnet, testnet, stagenet, devnet.
    UnknownNetwork,
    /// It is zero.
    Zero,
    /// The node's current directory can't be read; the text is the system's error. Use an absolute path.
    NoCurrentDirectory(String),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HostConfig: {} ", self.field)?;
        match &self.problem {
            ConfigProblem::Empty => formatter.write_str("is empty"),
            ConfigProblem::ZeroByte => formatter.write_str("contains a zero byte"),
            ConfigProblem::NotUtf8 => formatter.write_str("is not UTF-8"),
            ConfigProblem::TooLong(most) => write!(formatter, "is longer than {most} bytes"),
            ConfigProblem::EqualsSign => formatter.write_str("has a name that contains '='"),
            ConfigProblem::UnclosedQuote => formatter.write_str("has a quote without an end"),
            ConfigProblem::UnknownNetwork => formatter.write_str("is none of mainnet, testnet, stagenet, devnet"),
            ConfigProblem::Zero => formatter.write_str("is zero"),
            ConfigProblem::NoCurrentDirectory(why) => {
                write!(formatter, "is relative, and the current directory can't be found: {why}; name an absolute path")
            }
        }
    }
}

impl std::error::Error for ConfigError {}

/// Absolute paths for the plugin: they do not depend on `current_dir` or on a later change of the node's directory.
#[derive(Debug, PartialEq, Eq)]
pub struct CheckedPaths {
    /// Ends with `/`.
    pub data_dir: String,
    pub options: PluginOptions,
}

/// Checks a configuration without the file system: a missing directory may exist later.
pub fn check(config: &HostConfig) -> Result<CheckedPaths, ConfigError> {
    check_command(config)?;
    check_limits(&config.limits)?;
    for (field, text) in [("node name", &config.node.0), ("node version", &config.node.1)] {
        fits(field, text.as_bytes(), MAX_LABEL_BYTES)?;
    }
    let mut options = config.options.clone();
    if let Some(name) = &options.network_name {
        is_there("options.network_name", name.as_bytes())?;
        fits("options.network_name", name.as_bytes(), MAX_NETWORK_NAME_BYTES)?;
    }
    for (field, file) in [
        ("options.registry_file", &mut options.registry_file),
        ("options.roster_file", &mut options.roster_file),
        ("options.rules_file", &mut options.rules_file),
    ] {
        if let Some(path) = file {
            is_there(field, path.as_bytes())?;
            *path = absolute_text(field, Path::new(path))?;
        }
    }
    // Empty means the current directory.
    let empty = config.data_dir.as_os_str().is_empty();
    let mut data_dir = absolute_text("data_dir", if empty { Path::new(".") } else { &config.data_dir })?;
    if !data_dir.ends_with('/') {
        data_dir.push('/');
    }
    Ok(CheckedPaths { data_dir, options })
}

fn check_command(config: &HostConfig) -> Result<(), ConfigError> {
    is_there("command", config.command.as_bytes())?;
    no_zero_byte("command", &config.command)?;
    for argument in &config.args {
        no_zero_byte("args", argument)?;
    }
    for (name, value) in &config.env {
        is_there("env", name.as_bytes())?;
        no_zero_byte("env", name)?;
        no_zero_byte("env", value)?;
        if name.as_bytes().contains(&b'=') {
            return Err(ConfigError { field: "env", problem: ConfigProblem::EqualsSign });
        }
    }
    if let Some(folder) = &config.current_dir {
        is_there("current_dir", folder.as_os_str().as_bytes())?;
        no_zero_byte("current_dir", folder.as_os_str())?;
    }
    Ok(())
}

fn check_limits(limits: &Limits) -> Result<(), ConfigError> {
    let zero = |field| Err(ConfigError { field, problem: ConfigProblem::Zero });
    for (field, wait) in [
        ("limits.start_timeout", limits.start_timeout),
        ("limits.longest_start", limits.longest_start),
        ("limits.ping_interval", limits.ping_interval),
        ("limits.call_timeout", limits.call_timeout),
        ("limits.chain_timeout", limits.chain_timeout),
        ("limits.restart.first_wait", limits.restart.first_wait),
        ("limits.restart.longest_wait", limits.restart.longest_wait),
    ] {
        if wait == Duration::ZERO {
            return zero(field);
        }
    }
    // A refill of zero is valid: a budget for one burst.
    match (limits.restart.breaker_deaths, limits.signing.burst) {
        (0, _) => zero("limits.restart.breaker_deaths"),
        (_, 0) => zero("limits.signing.burst"),
        _ => Ok(()),
    }
}

fn is_there(field: &'static str, bytes: &[u8]) -> Result<(), ConfigError> {
    if bytes.is_empty() { Err(ConfigError { field, problem: ConfigProblem::Empty }) } else { Ok(()) }
}

fn no_zero_byte(field: &'static str, text: &OsStr) -> Result<(), ConfigError> {
    let found = text.as_bytes().contains(&0);
    if found { Err(ConfigError { field, problem: ConfigProblem::ZeroByte }) } else { Ok(()) }
}

fn fits(field: &'static str, bytes: &[u8], most: usize) -> Result<(), ConfigError> {
    let problem = ConfigProblem::TooLong(most);
    if bytes.len() > most { Err(ConfigError { field, problem }) } else { Ok(()) }
}

fn absolute_text(field: &'static str, path: &Path) -> Result<String, ConfigError> {
    no_zero_byte(field, path.as_os_str())?;
    let missing = |error: std::io::Error| ConfigProblem::NoCurrentDirectory(error.to_string());
    let whole = absolute(path).map_err(|error| ConfigError { field, problem: missing(error) })?;
    let text = whole.into_os_string().into_string();
    let text = text.map_err(|_| ConfigError { field, problem: ConfigProblem::NotUtf8 })?;
    fits(field, text.as_bytes(), MAX_PATH_BYTES - 1)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    use std::path::PathBuf;
    use std::sync::Arc;

    use super::*;
    use crate::chain::{Block, ChainError, ChainFuture, ChainSource, Tip};
    use crate::config::Network;

    struct NoChain;

    impl ChainSource for NoChain {
        fn tip(self: Arc<Self>) -> ChainFuture<Tip> {
            Box::pin(std::future::ready(Err(ChainError::Unavailable)))
        }

        fn blocks(self: Arc<Self>, _from: u64, _to: u64) -> ChainFuture<Vec<Block>> {
            Box::pin(std::future::ready(Err(ChainError::Unavailable)))
        }
    }

    fn config(data_dir: impl Into<PathBuf>) -> HostConfig {
        HostConfig::new(data_dir, Network::Devnet, [1; 32], Arc::new(NoChain))
    }

    fn here() -> String {
        std::env::current_dir().unwrap().into_os_string().into_string().unwrap()
    }

    #[test]
    fn an_empty_directory_is_the_current_one_and_a_relative_one_lies_in_it() {
        let dir = |text: &str| check(&config(text)).unwrap().data_dir;
        assert_eq!(dir(""), format!("{}/", here()));
        assert_eq!(dir("."), format!("{}/", here()));
        assert_eq!(dir("./data"), format!("{}/data/", here()));
        assert_eq!(dir("data/"), format!("{}/data/", here()));
        assert_eq!(dir("/"), "/");
        assert_eq!(dir("/srv/tos"), "/srv/tos/");
    }

    #[test]
    fn a_file_of_the_options_does_not_depend_on_the_folder_that_the_plugin_runs_in() {
        let mut config = config("/srv/");
        config.current_dir = Some("/".into());
        config.options.rules_file = Some("rules.json".into());
        assert_eq!(check(&config).unwrap().options.rules_file, Some(format!("{}/rules.json", here())));
    }

    fn refused(change: impl FnOnce(&mut HostConfig)) -> (&'static str, ConfigProblem) {
        let mut config = config("/srv/");
        change(&mut config);
        let ConfigError { field, problem } = check(&config).unwrap_err();
        (field, problem)
    }

    #[test]
    fn refuses_what_can_not_be_meant_and_names_the_field() {
        use ConfigProblem::{Empty, EqualsSign, NotUtf8, TooLong, ZeroByte};
        let not_utf8 = || OsString::from_vec(b"/srv/\xff".to_vec());
        assert_eq!(refused(|config| config.data_dir = "/srv\0/x".into()), ("data_dir", ZeroByte));
        assert_eq!(refused(|config| config.data_dir = not_utf8().into()), ("data_dir", NotUtf8));
        assert_eq!(refused(|config| config.data_dir = "/x".repeat(5000).into()), ("data_dir", TooLong(4095)));
        assert_eq!(refused(|config| config.command = "".into()), ("command", Empty));
        assert_eq!(refused(|config| config.command = "no\0de".into()), ("command", ZeroByte));
        assert_eq!(refused(|config| config.args.push("\0".into())), ("args", ZeroByte));
        assert_eq!(refused(|config| config.env.push(("".into(), "x".into()))), ("env", Empty));
        assert_eq!(refused(|config| config.env.push(("A=B".into(), "x".into()))), ("env", EqualsSign));
        assert_eq!(refused(|config| config.env.push(("A".into(), "\0".into()))), ("env", ZeroByte));
        assert_eq!(refused(|config| config.current_dir = Some("".into())), ("current_dir", Empty));
        let empty_file = |config: &mut HostConfig| config.options.registry_file = Some(String::new());
        assert_eq!(refused(empty_file), ("options.registry_file", Empty));
        let empty_name = |config: &mut HostConfig| config.options.network_name = Some(String::new());
        assert_eq!(refused(empty_name), ("options.network_name", Empty));
        assert_eq!(refused(|config| config.node.1 = "v".repeat(129)), ("node version", TooLong(128)));
    }

    #[test]
    fn refuses_limits_within_which_nothing_could_happen() {
        fn zero(change: impl FnOnce(&mut Limits)) -> &'static str {
            let (field, problem) = refused(|config| change(&mut config.limits));
            assert_eq!(problem, ConfigProblem::Zero);
            field
        }
        assert_eq!(zero(|limits| limits.start_timeout = Duration::ZERO), "limits.start_timeout");
        assert_eq!(zero(|limits| limits.longest_start = Duration::ZERO), "limits.longest_start");
        assert_eq!(zero(|limits| limits.ping_interval = Duration::ZERO), "limits.ping_interval");
        assert_eq!(zero(|limits| limits.call_timeout = Duration::ZERO), "limits.call_timeout");
        assert_eq!(zero(|limits| limits.chain_timeout = Duration::ZERO), "limits.chain_timeout");
        assert_eq!(zero(|limits| limits.restart.first_wait = Duration::ZERO), "limits.restart.first_wait");
        assert_eq!(zero(|limits| limits.restart.longest_wait = Duration::ZERO), "limits.restart.longest_wait");
        assert_eq!(zero(|limits| limits.restart.breaker_deaths = 0), "limits.restart.breaker_deaths");
        assert_eq!(zero(|limits| limits.signing.burst = 0), "limits.signing.burst");
        let mut config = config("/srv/");
        config.limits.terminate_wait = Duration::ZERO;
        config.limits.signing.per_second = 0;
        assert!(check(&config).is_ok());
    }
}
