//! What the nodes of one installation ask each other, and what they do when they do not hear each other.

mod catching_up;
mod dead;

use std::collections::HashSet;

use hongyan_cluster::{Answer, Question};
use hongyan_model::{AppId, ConversationKey, Result, UserId};

use crate::{Messaging, conversations, devices, messages};

/// Under which nodes forget what devices of a user have acknowledged and read.
const ACKNOWLEDGED: &str = "acknowledged";

/// Starts what needs the whole domain; it ends with the last [`Messaging`].
pub(crate) fn start(m: &Messaging) {
    answer(m);
    catching_up::start(m);
    dead::start(m);
}

/// Answers the questions of other nodes from now on.
fn answer(m: &Messaging) {
    let weak = m.downgrade();
    m.router().on_signal(ACKNOWLEDGED, {
        let weak = weak.clone();
        move |key| {
            let key = key.and_then(|key| postcard::from_bytes::<(AppId, UserId)>(key).ok());
            if let (Some(m), Some((app, user))) = (weak.upgrade().map(Messaging), key) {
                forget_acknowledged_here(&m, app, &user);
            }
        }
    });
    m.router().on_parting({
        let weak = weak.clone();
        move |app, user| {
            let m = weak.upgrade().map(Messaging);
            Box::pin(async move {
                if let Some(m) = m {
                    flush_or_warn(&m, app, &user).await;
                }
            })
        }
    });
    m.router().answer_with(Box::new(move |question| {
        let m = weak.upgrade().map(Messaging);
        Box::pin(async move {
            match (m, question) {
                (Some(m), Question::Flush { app, user }) => flush_or_warn(&m, app, &user).await,
                (Some(m), Question::Errand(errand)) => {
                    return Answer::Errand(messages::do_stream_errand(&m, &errand).await);
                }
                _ => {}
            }
            Answer::Done
        })
    }));
}

/// Forgets what a user's devices have acknowledged and read and what is not written yet (the user is deleted).
pub(crate) fn forget_acknowledged(m: &Messaging, app: AppId, user: &UserId) {
    forget_acknowledged_here(m, app, user);
    m.router().signal(ACKNOWLEDGED, || postcard::to_stdvec(&(app, user)).unwrap_or_default());
}

fn forget_acknowledged_here(m: &Messaging, app: AppId, user: &UserId) {
    m.0.cursors.forget(app, user);
    m.0.reading.forget(app, user);
}

async fn flush_or_warn(m: &Messaging, app: AppId, user: &UserId) {
    if let Err(error) = flush_here(m, app, user).await {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(error, "other nodes do not see yet what a user has received");
    }
}

async fn flush_here(m: &Messaging, app: AppId, user: &UserId) -> Result<()> {
    devices::flush_user_here(m, app, user).await?;
    conversations::flush_user_here(m, app, user).await
}

/// Has the other nodes to which `user` is connected write what its devices have received and read.
pub(crate) async fn flush_elsewhere(m: &Messaging, app: AppId, user: &UserId) {
    m.router().ask_nodes_of(app, user, &Question::Flush { app, user: user.clone() }).await;
}

/// The members of a group or thread, known by its conversation, who have a session, on whatever node.
pub async fn online_in(m: &Messaging, app: AppId, circle: &ConversationKey) -> HashSet<UserId> {
    let mut online = m.router().online_here(app, circle);
    let answers = m.router().ask_all(&Question::OnlineIn { app, circle: circle.clone() }).await;
    for answer in answers {
        if let Answer::Users(users) = answer {
            online.extend(users);
        }
    }
    online
}
