use std::ffi::OsStr;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::process::{ExitStatus, Stdio};
use std::task::{Context, Poll};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};

use crate::config::{HostConfig, INHERITED};

/// The capacity of a pipe, which bounds one read.
const READ_BYTES: usize = 64 << 10;

/// An event of the process.
pub enum Io {
    Exited(Option<ExitStatus>),
    /// Number of bytes written to its standard input.
    Took(usize),
    /// Its standard input is closed.
    StdinClosed,
    /// Number of bytes read from its standard output; 0 at its end.
    Stdout(usize),
    /// Number of bytes read from its standard error; 0 at its end.
    Stderr(usize),
}

/// A child process with its pipes, in its own process group, so that it does not receive the signals of the node's
/// terminal. Dropping it kills the process.
pub struct Process {
    group: Pid,
    pub pid: u32,
    wait: Option<Pin<Box<dyn Future<Output = io::Result<ExitStatus>> + Send>>>,
    input: Option<ChildStdin>,
    output: Option<ChildStdout>,
    error: Option<ChildStderr>,
    output_first: bool,
    buffer: Box<[u8]>,
}

impl Process {
    /// Starts the plugin.
    pub fn start(config: &HostConfig, cookie: &str, protocol: u32) -> io::Result<Self> {
        let mut command = Command::new(&config.command);
        command.args(&config.args).env_clear().envs(std::env::vars_os().filter(|(name, _)| is_inherited(name)));
        command.envs(config.env.iter().map(|(name, value)| (name, value)));
        command.env("TOS_AI_PLUGIN_COOKIE", cookie).env("TOS_AI_PLUGIN_PROTOCOL", protocol.to_string());
        if let Some(folder) = &config.current_dir {
            command.current_dir(folder);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.process_group(0).kill_on_drop(true).spawn()?;
        let gone = || io::Error::other("it ended at once");
        let pid = child.id().ok_or_else(gone)?;
        Ok(Self {
            group: Pid::from_raw(i32::try_from(pid).map_err(|_| gone())?),
            pid,
            input: child.stdin.take(),
            output: child.stdout.take(),
            error: child.stderr.take(),
            wait: Some(Box::pin(async move { child.wait().await })),
            output_first: false,
            buffer: vec![0; READ_BYTES].into(),
        })
    }

    /// The process has exited and both outputs are closed.
    pub const fn is_over(&self) -> bool {
        self.wait.is_none() && self.output.is_none() && self.error.is_none()
    }

    pub const fn has_exited(&self) -> bool {
        self.wait.is_none()
    }

    /// The bytes of the last [`Io::Stdout`] or [`Io::Stderr`].
    pub fn read(&self, bytes: usize) -> &[u8] {
        self.buffer.get(..bytes).unwrap_or_default()
    }

    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Signals the process group: the process and its children, which may hold its pipes.
    pub fn signal(&self, signal: Signal) {
        if !self.is_over() {
            // Fails if the group has just ended.
            let _ = killpg(self.group, signal);
        }
    }

    /// The next event. `chunk`: bytes to write. `listen`: whether the outputs are read.
    pub fn poll(&mut self, context: &mut Context<'_>, chunk: &[u8], listen: bool) -> Poll<Io> {
        if let Some(input) = self.input.as_mut().filter(|_| !chunk.is_empty())
            && let Poll::Ready(written) = Pin::new(input).poll_write(context, chunk)
        {
            return Poll::Ready(match written {
                Ok(bytes) if bytes > 0 => Io::Took(bytes),
                Ok(_) | Err(_) => {
                    self.input = None;
                    Io::StdinClosed
                }
            });
        }
        // Alternates the order, so that a flood of one output does not starve the other.
        self.output_first = !self.output_first;
        for turn in [self.output_first, !self.output_first].into_iter().filter(|_| listen) {
            if turn {
                if let Poll::Ready(bytes) = poll_read(&mut self.output, context, &mut self.buffer) {
                    return Poll::Ready(Io::Stdout(bytes));
                }
            } else if let Poll::Ready(bytes) = poll_read(&mut self.error, context, &mut self.buffer) {
                return Poll::Ready(Io::Stderr(bytes));
            }
        }
        if let Some(wait) = &mut self.wait
            && let Poll::Ready(status) = wait.as_mut().poll(context)
        {
            self.wait = None;
            return Poll::Ready(Io::Exited(status.ok()));
        }
        Poll::Pending
    }
}

fn is_inherited(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| {
        INHERITED.iter().any(|allowed| match allowed.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == *allowed,
        })
    })
}

/// The number of bytes read. At its end the pipe is closed, and the number is 0.
fn poll_read(pipe: &mut Option<impl AsyncRead + Unpin>, context: &mut Context<'_>, buffer: &mut [u8]) -> Poll<usize> {
    let Some(open) = pipe else { return Poll::Pending };
    let mut read = ReadBuf::new(buffer);
    match Pin::new(open).poll_read(context, &mut read) {
        Poll::Pending => Poll::Pending,
        Poll::Ready(outcome) => {
            let bytes = if outcome.is_ok() { read.filled().len() } else { 0 };
            if bytes == 0 {
                *pipe = None;
            }
            Poll::Ready(bytes)
        }
    }
}
