//! A plugin for the tests of a host: it speaks the managed protocol (docs/managed.md) well, or badly in one chosen way.
//!
//! `tos-ai-fake-plugin PERSONALITY`, or `--list`. docs/testing-kit.md says more.

#![forbid(unsafe_code)]

mod methods;
mod output;
mod personality;
mod plugin;

use std::process::ExitCode;

use personality::Personality;
use plugin::Plugin;

fn main() -> ExitCode {
    let argument = std::env::args().nth(1).unwrap_or_default();
    if argument == "--list" {
        for (name, does) in personality::NAMES {
            println!("{name:<20} {does}");
        }
        return ExitCode::SUCCESS;
    }
    match Personality::read(&argument) {
        Some(personality) => Plugin::new(personality).run(),
        None => {
            eprintln!("tos-ai-fake-plugin PERSONALITY, one of --list");
            ExitCode::from(64)
        }
    }
}
