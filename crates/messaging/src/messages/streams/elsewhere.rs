//! Chunks that reach another node than the one that has the message.

use std::time::Duration;

use hongyan_model::{Error, Fault, IdGenerator, Refusal, Result, StreamRefusal};
use serde::{Deserialize, Serialize};

use super::{Next, ended};
use crate::Messaging;

/// How long the other node may take to store a chunk.
const WITHIN: Duration = Duration::from_secs(5);

/// What the other node has made of a chunk.
#[derive(Serialize, Deserialize)]
enum Done {
    Stored,
    Refused(StreamRefusal),
    Overloaded,
    Failed,
}

/// Hands a chunk to the node that took the first one.
pub(super) async fn go_on(m: &Messaging, next: Next) -> Result<()> {
    let (app, message) = (next.app, next.message);
    let node = IdGenerator::node_of(message);
    let errand = serde_json::to_vec(&next).map_err(|error| fault(error.to_string()))?;
    let came = m.router().send_errand(node, errand, WITHIN).await;
    match came.and_then(|came| serde_json::from_slice(&came).ok()) {
        Some(Done::Stored) => Ok(()),
        Some(Done::Refused(refusal)) => Err(refusal.into()),
        Some(Done::Overloaded) => Err(Refusal::Overloaded.into()),
        Some(Done::Failed) => Err(fault("it says why in its own log".to_owned()).into()),
        // What a node had that is gone is ended, or soon will be.
        None if !m.store().log().nodes().await?.contains(&node) => {
            Err(ended(m, app, message).await?.into())
        }
        None => Err(fault(format!("node {node} does not answer")).into()),
    }
}

/// Takes a chunk that another node hands on; the answer is for that node.
pub(crate) async fn do_errand(m: &Messaging, errand: &[u8]) -> Vec<u8> {
    let done = match serde_json::from_slice::<Next>(errand) {
        Ok(next) => match super::go_on(m, next).await {
            Ok(()) => Done::Stored,
            Err(Error::Refused(Refusal::Stream(refusal))) => Done::Refused(refusal),
            Err(Error::Refused(_)) => Done::Overloaded,
            Err(Error::Fault(fault)) => {
                let error = &fault as &dyn std::error::Error;
                tracing::error!(error, "a chunk that another node handed on is not stored");
                Done::Failed
            }
        },
        Err(error) => {
            tracing::error!(%error, "another node hands on what this version does not know");
            Done::Failed
        }
    };
    serde_json::to_vec(&done).unwrap_or_default()
}

fn fault(why: String) -> Fault {
    Fault::new("a chunk could not be handed to the node that has its message", why)
}
