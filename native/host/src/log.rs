use std::borrow::Cow;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Instant;

use crate::bucket::Bucket;

/// The longest log message (docs/managed.md, "Requests").
pub const MAX_LOG_BYTES: usize = 8 << 10;

/// The longest escape of a character: `\u{9b}`.
const ESCAPED_BYTES: usize = 6;

/// The rate limit of the plugin's lines. A start logs some tens of lines, a plugin in trouble a few a second.
const LOG_BURST: u32 = 500;
const LOGS_PER_SECOND: u32 = 50;

/// The level of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// For debugging.
    Debug,
    /// Normal events.
    Info,
    /// A handled problem.
    Warn,
    /// A problem that needs a person.
    Error,
}

impl LogLevel {
    /// Its name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// The level of this name in another library's logging, such as `log::Level`.
    pub fn named<T: FromStr>(self, otherwise: T) -> T {
        self.name().parse().unwrap_or(otherwise)
    }

    pub(crate) fn read(name: &str) -> Option<Self> {
        [Self::Debug, Self::Info, Self::Warn, Self::Error].into_iter().find(|level| level.name() == name)
    }
}

/// The source of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogSource {
    /// This crate.
    Host,
    /// The plugin, by its `log` messages.
    Plugin,
    /// The plugin's standard error.
    StandardError,
}

/// One line for the node's log. Control characters are escaped.
#[derive(Debug)]
pub struct LogRecord<'a> {
    /// Its level.
    pub level: LogLevel,
    /// Its source.
    pub source: LogSource,
    /// At most 8 KiB.
    pub message: &'a str,
    /// Further fields as a JSON object; at most 8 KiB.
    pub fields: Option<&'a str>,
}

/// Receives log lines on the host's thread. It should not block.
pub type LogSink = Arc<dyn Fn(&LogRecord<'_>) + Send + Sync>;

/// Passes lines to the node's log. The plugin's lines are rate-limited.
pub struct Logger {
    sink: LogSink,
    bucket: Bucket,
    dropped: u64,
}

impl Logger {
    pub fn new(sink: LogSink, now: Instant) -> Self {
        Self { sink, bucket: Bucket::new(LOG_BURST, LOGS_PER_SECOND, now), dropped: 0 }
    }

    /// A line of this crate; not rate-limited.
    pub fn host(&self, level: LogLevel, message: &str) {
        self.hand_on(&LogRecord { level, source: LogSource::Host, message: &clean(message), fields: None });
    }

    /// A line of the plugin. False: it was dropped at the rate limit.
    pub fn plugin(
        &mut self,
        now: Instant,
        level: LogLevel,
        source: LogSource,
        message: &str,
        fields: Option<&str>,
    ) -> bool {
        if !self.bucket.take(now) {
            self.dropped += 1;
            return false;
        }
        if self.dropped > 0 {
            let dropped = std::mem::take(&mut self.dropped);
            self.host(LogLevel::Warn, &format!("{dropped} log lines of the plugin were dropped: too many at once"));
        }
        let fields = fields.and_then(clean_object);
        self.hand_on(&LogRecord { level, source, message: &clean(message), fields: fields.as_deref() });
        true
    }

    fn hand_on(&self, record: &LogRecord<'_>) {
        // A panic of the log must not end the plugin, and there is no other place to report it.
        let _ = catch_unwind(AssertUnwindSafe(|| (self.sink)(record)));
    }
}

/// Limits the text to 8 KiB on one line and escapes control characters.
pub fn clean(text: &str) -> Cow<'_, str> {
    let text = text.trim_end();
    let cut = text.get(..text.floor_char_boundary_at(MAX_LOG_BYTES)).unwrap_or_default();
    if !cut.contains(char::is_control) {
        return Cow::Borrowed(cut);
    }
    let mut safe = String::with_capacity(cut.len() + 16);
    for character in cut.chars() {
        if safe.len() + ESCAPED_BYTES > MAX_LOG_BYTES {
            break;
        }
        if character.is_control() && character != '\t' {
            let _ = write!(safe, "\\u{{{:x}}}", u32::from(character));
        } else {
            safe.push(character);
        }
    }
    Cow::Owned(safe)
}

/// The same object on one line; `None` if it is not an object of at most 8 KiB.
fn clean_object(json: &str) -> Option<Cow<'_, str>> {
    if !json.starts_with('{') || json.len() > MAX_LOG_BYTES {
        return None;
    }
    if !json.contains(char::is_control) {
        return Some(Cow::Borrowed(json));
    }
    let mut safe = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        match character {
            // White space between members; inside strings JSON escapes these.
            '\n' | '\r' | '\t' => safe.push(' '),
            control if control.is_control() => _ = write!(safe, "\\u{:04x}", u32::from(control)),
            other => safe.push(other),
        }
    }
    (safe.len() <= MAX_LOG_BYTES).then_some(Cow::Owned(safe))
}

/// `str::floor_char_boundary` for the Rust versions without it.
trait CharBoundary {
    fn floor_char_boundary_at(&self, index: usize) -> usize;
}

impl CharBoundary for str {
    fn floor_char_boundary_at(&self, index: usize) -> usize {
        (0..=index.min(self.len())).rev().find(|at| self.is_char_boundary(*at)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_line_cannot_forge_another_or_speak_to_the_terminal() {
        assert_eq!(clean("one\ntwo\u{85}\x1b[31m\n"), "one\\u{a}two\\u{85}\\u{1b}[31m");
        assert_eq!(clean(&"é".repeat(5000)).len(), MAX_LOG_BYTES);
        assert!(clean(&"\u{1b}".repeat(5000)).len() <= MAX_LOG_BYTES);
        assert!(matches!(clean("plain ü\n"), Cow::Borrowed("plain ü")));
    }

    #[test]
    fn fields_are_an_object_and_stay_json() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let sink: LogSink = Arc::new(move |record| kept.lock().unwrap().push(record.fields.map(str::to_owned)));
        let mut logger = Logger::new(sink, Instant::now());
        let mut logged = |fields: &str| {
            logger.plugin(Instant::now(), LogLevel::Info, LogSource::Plugin, "x", Some(fields));
            lines.lock().unwrap().pop().unwrap()
        };
        assert_eq!(logged("{\n\t\"a\":\"\u{9b}31m\u{7f}\"}"), Some("{  \"a\":\"\\u009b31m\\u007f\"}".into()));
        assert_eq!(logged("{\"a\":1}"), Some("{\"a\":1}".into()));
        let long = format!("{{\"a\":\"{}\"}}", "\u{9b}".repeat(3000));
        for bad in ["[1]", "7", "\"{}\"", &long] {
            assert_eq!(logged(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_flood_is_cut_and_counted_and_a_sink_that_panics_harms_nobody() {
        let now = Instant::now();
        let lines = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&lines);
        let sink: LogSink = Arc::new(move |record| {
            kept.lock().unwrap().push(record.message.to_owned());
            assert!(record.message != "x", "a sink that panics");
        });
        let mut logger = Logger::new(sink, now);
        let passed = (0..10_000).filter(|_| logger.plugin(now, LogLevel::Info, LogSource::Plugin, "x", None)).count();
        assert_eq!(passed, 500);
        assert!(logger.plugin(now + Duration::from_secs(1), LogLevel::Info, LogSource::Plugin, "after", None));
        let lines = lines.lock().unwrap();
        assert_eq!(lines.len(), 502);
        assert!(lines[500].starts_with("9500 log lines"));
    }
}
