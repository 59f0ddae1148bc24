//! The real-time audio and video project of an app: an account of its own at whoever carries the calls.
//!
//! One for each app, never shared: a token that opens every channel of a project must not open those of other apps.

use hongyan_model::{App, Refusal, Result};
use hongyan_store::rtc::{self, StoredProject};

use crate::{Platform, seal};

/// Length of a project's id and certificate.
const PART_BYTES: usize = 64;

/// A project.
#[derive(Clone, PartialEq, Eq)]
pub struct RtcProject {
    /// Its id (App ID), which clients see.
    pub id: String,
    /// Its certificate (App Certificate), with which tokens are signed.
    pub certificate: String,
}

impl std::fmt::Debug for RtcProject {
    /// Without the certificate.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RtcProject").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Sets the project of an app; its certificate is sealed.
pub async fn set_project(p: &Platform, app: &App, project: &RtcProject) -> Result<()> {
    check("project", &project.id)?;
    check("certificate", &project.certificate)?;
    let certificate = seal::seal(p, &purpose(app), project.certificate.as_bytes()).await?;
    let stored = StoredProject { project: project.id.clone(), certificate };
    Ok(rtc::set_project(p.store(), app.id, &stored).await?)
}

/// Removes the project of an app.
pub async fn remove_project(p: &Platform, app: &App) -> Result<()> {
    Ok(rtc::remove_project(p.store(), app.id).await?)
}

/// The project of an app, if it has one.
pub async fn project(p: &Platform, app: &App) -> Result<Option<RtcProject>> {
    let Some(stored) = rtc::project(p.store(), app.id).await? else { return Ok(None) };
    let certificate = seal::open(p, &purpose(app), &stored.certificate).await?;
    let certificate = String::from_utf8_lossy(&certificate).into_owned();
    Ok(Some(RtcProject { id: stored.project, certificate }))
}

fn purpose(app: &App) -> String {
    format!("rtc_certificate {}", app.uuid)
}

fn check(name: &'static str, text: &str) -> Result<(), Refusal> {
    let legal = text.bytes().all(|b| b.is_ascii_alphanumeric());
    if (1..=PART_BYTES).contains(&text.len()) && legal {
        return Ok(());
    }
    Err(Refusal::Invalid { name, why: format!("1 to {PART_BYTES} letters and digits") })
}
