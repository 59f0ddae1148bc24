//! The modes of `hongyan bench`.

mod disk;
mod drive;
mod export;
mod flow;
mod modes;
mod rest;
mod room;
mod storm;

use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::Result;
use tempfile::TempDir;

pub(crate) use export::export;
pub(crate) use modes::{group, idle, latency, login, one_to_one, rest_send};
pub(crate) use room::room;
pub(crate) use storm::storm;

use crate::api::Api;
use crate::device::Identity;
use crate::process::{ServerOptions, ServerProcess};
use crate::socket::Endpoint;

/// The server to measure.
pub(crate) struct Bench {
    pub(crate) endpoint: Endpoint,
    /// The server that was started for the run, as its command line knows it.
    pub(crate) started: Option<ServerOptions>,
    pub(crate) api: Api,
    pub(crate) server_pids: Vec<u32>,
    /// A folder on the disk that the server writes to.
    pub(crate) disk: Option<PathBuf>,
    /// Threads of the generator.
    pub(crate) threads: usize,
    /// A server started for the run; ends with it.
    pub(crate) _server: Option<(ServerProcess, TempDir)>,
}

impl Bench {
    /// Lets an app of the server that was started for the run have as many as it wants of something.
    fn unlimited(&self, feature: &str) -> Result<()> {
        match &self.started {
            Some(options) => options.set_feature(self.api.app_key(), feature, "unlimited"),
            // Whoever runs a server sets its limits.
            None => Ok(()),
        }
    }

    /// `count` users that no earlier run used, with one device each.
    async fn identities(&self, count: usize) -> Result<Vec<Identity>> {
        let since_epoch = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let run = since_epoch.as_millis();
        let users: Vec<_> = (0..count).map(|n| format!("load-{run}-{n}")).collect();
        let tokens = self.api.user_tokens(&users).await?;
        let identity = |(user, token)| Identity {
            app_key: self.api.app_key().to_owned(),
            user,
            token,
            resource: "webim_web_load".to_owned(),
        };
        Ok(users.into_iter().zip(tokens).map(identity).collect())
    }
}
