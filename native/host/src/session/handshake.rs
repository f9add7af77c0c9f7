//! From the start to the first event (docs/managed.md, "Start").

use std::sync::Arc;
use std::time::Instant;

use serde_json::value::RawValue;

use super::answers::{self, Init};
use super::payloads::{Hex32, InitParams, ManifestParams, NodeOut, OptionsOut, SignerOut, Versions};
use super::{Effect, Open, Session};
use crate::chain::Tip;
use crate::error::{Death, Stage};
use crate::log::clean;
use crate::wire::{WireError, code};

/// The longest reason that is kept.
const MAX_REASON_CHARS: usize = 512;

impl Session {
    pub(super) fn ask_for_the_manifest(&mut self) {
        let protocol = Versions { min: answers::PROTOCOL_MIN, max: answers::PROTOCOL_MAX };
        let cookie = self.cookie.clone();
        self.ask(Open::Manifest, "getmanifest", ManifestParams { cookie: &cookie, protocol });
    }

    pub(super) fn manifest(&mut self, outcome: Result<&RawValue, WireError>) {
        if self.stage != Stage::Started {
            return;
        }
        let manifest = refused(Stage::Started, outcome).and_then(|raw| answers::read_manifest(raw, &self.cookie));
        match manifest {
            Err(death) => self.die(death),
            Ok(manifest) => {
                self.plugin = manifest.plugin;
                self.stage = Stage::Manifest;
                self.effects.push_back(Effect::Prepare(manifest.wanted));
            }
        }
    }

    /// The answer to [`Effect::Prepare`]: the queue is open, and this is the tip.
    pub fn prepared(&mut self, tip: Option<&Tip>, now: Instant) {
        if self.stage != Stage::Manifest || self.over {
            return;
        }
        // The plugin's time limit starts now.
        self.last_byte = now;
        let setup = Arc::clone(&self.setup);
        let cookie = self.cookie.clone();
        let params = InitParams {
            cookie: &cookie,
            network: setup.network,
            genesis: Hex32(setup.genesis),
            data_dir: &setup.data_dir,
            tip: tip.map(Into::into),
            signer: SignerOut {
                node: setup.node_key.map(Hex32),
                authors: setup.authors.iter().copied().map(Hex32).collect(),
                fresh: setup.fresh.iter().copied().map(Hex32).collect(),
            },
            registry: setup.registry,
            options: OptionsOut(&setup.options),
            host: NodeOut { name: &setup.node.0, version: &setup.node.1 },
        };
        self.ask(Open::Init, "init", params);
    }

    pub(super) fn initialised(&mut self, outcome: Result<&RawValue, WireError>, now: Instant) {
        if self.stage != Stage::Manifest {
            return;
        }
        let plugin = self.plugin.clone();
        let init = refused(Stage::Manifest, outcome)
            .and_then(|raw| answers::read_init(raw, plugin).ok_or(Death::BadAnswer(Stage::Manifest)));
        match init {
            // A restart with the same configuration would be refused again.
            Err(Death::Refused { code: code::INVALID_PARAMS, message, .. }) => {
                self.over = true;
                self.effects.push_back(Effect::Disable(format!("invalid_params: {message}")));
                self.effects.push_back(Effect::Terminate);
            }
            Err(death) => self.die(death),
            Ok(Init::Disable(reason)) => {
                self.over = true;
                self.effects.push_back(Effect::Disable(reason));
            }
            Ok(Init::Ready { plugin, credit }) => {
                self.stage = Stage::Running;
                self.next_ping = now + self.setup.limits.ping_interval;
                self.calls.allow(&plugin.methods);
                self.grant(credit);
                self.effects.push_back(Effect::Ready(plugin));
            }
        }
    }
}

/// The plugin's refusal of the start.
fn refused(stage: Stage, outcome: Result<&RawValue, WireError>) -> Result<&RawValue, Death> {
    outcome.map_err(|WireError { code, message, .. }| match code {
        code::WRONG_COOKIE => Death::WrongCookie,
        code::WRONG_VERSION => Death::WrongVersion,
        _ => Death::Refused { stage, code, message: clean(&message).chars().take(MAX_REASON_CHARS).collect() },
    })
}
