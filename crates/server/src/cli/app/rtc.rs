//! `hongyan app rtc`: whoever carries an app's audio and video calls.

use std::io::Read as _;

use anyhow::Context as _;
use hongyan_platform::apps;
use hongyan_platform::rtc::{self, RtcProject};

use super::super::{StorageArgs, print, with_runtime};
use crate::config::Flags;
use crate::parts::Parts;

/// A certificate is short.
const INPUT_BYTES: u64 = 1024;

/// Without --project or --remove it says what is set.
#[derive(clap::Args)]
pub(in crate::cli) struct RtcArgs {
    #[command(flatten)]
    storage: StorageArgs,
    /// Organisation, first half of the App Key.
    #[arg(long)]
    org: String,
    /// App, second half of the App Key.
    #[arg(long)]
    name: String,
    /// Id of the app's project at the carrier (App ID). Its certificate (App Certificate) is read from
    /// standard input, so that it stands in no list of processes.
    #[arg(long, value_name = "ID")]
    project: Option<String>,
    /// Takes the project away: clients get no tokens any more.
    #[arg(long, conflicts_with = "project")]
    remove: bool,
}

pub(super) fn run(args: RtcArgs) -> anyhow::Result<()> {
    let RtcArgs { storage, org, name, project, remove } = args;
    let project = match project {
        Some(id) => Some(RtcProject { id, certificate: certificate()? }),
        None => None,
    };
    let config = storage.load(Flags::default())?;
    with_runtime(async {
        let parts = Parts::open_control(&config).await?;
        let done = async {
            let p = &parts.platform;
            let app = apps::find_any(p, &org, &name).await?;
            if let Some(project) = &project {
                rtc::set_project(p, &app, project).await?;
            } else if remove {
                rtc::remove_project(p, &app).await?;
            }
            anyhow::Ok(rtc::project(p, &app).await?)
        };
        let done = done.await;
        parts.store.close().await;
        let project = done.with_context(|| format!("the app {org}#{name}"))?;
        print(&match project {
            Some(project) => format!("{org}#{name} has the project {}\n", project.id),
            None => format!("{org}#{name} has no project for calls\n"),
        })
    })
}

fn certificate() -> anyhow::Result<String> {
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(INPUT_BYTES);
    input.read_to_string(&mut text).context("cannot read the certificate from standard input")?;
    Ok(text.trim().to_owned())
}
