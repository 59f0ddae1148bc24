//! The messaging domain's side of callbacks.

use futures_util::future::BoxFuture;
use hongyan_messaging::hooks::{Draft, Happening, Hooks, Verdict};
use hongyan_model::{App, ChatType, EntryKind, Feature, Result};
use hongyan_platform::apps;
use hongyan_store::connections::ConnectionEvent;

use crate::{Integrations, callbacks, push};

impl Hooks for Integrations {
    fn asks(&self, app: &App, chat: ChatType, kind: EntryKind, edit: bool) -> bool {
        callbacks::asks(app, chat, kind, edit)
    }

    fn ask<'a>(&'a self, draft: Draft<'a>) -> BoxFuture<'a, Verdict> {
        Box::pin(callbacks::ask(self, draft))
    }

    fn tell<'a>(&'a self, app: &'a App, what: Happening<'a>) -> BoxFuture<'a, Result<()>> {
        if !tells(app) {
            return Box::pin(async { Ok(()) });
        }
        let events = match what {
            Happening::Muc(caller, muc, what) => callbacks::of_muc(self, app, caller, muc, what),
            Happening::SuperAdmin { caller, user, given } => {
                vec![callbacks::of_super_admin(self, app, caller, user, given)]
            }
            Happening::Thread { caller, group, notification } => {
                vec![callbacks::of_thread(self, app, caller, group, notification)]
            }
            Happening::Roster { from, to, operation, reason } => {
                vec![callbacks::of_roster(self, app, (from, to), operation, reason)]
            }
            Happening::Words { sender, to, chat, words, policy, id } => {
                vec![callbacks::of_words(self, app, (sender, to, chat), words, policy, id)]
            }
            Happening::Moderation(record) => vec![callbacks::of_moderation(self, app, record)],
        };
        Box::pin(callbacks::queue(self, app, events))
    }

    fn tell_connections<'a>(&'a self, events: &'a [ConnectionEvent]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            for of_app in events.chunk_by(|a, b| a.app == b.app) {
                let Some(first) = of_app.first() else { continue };
                let Some(app) = apps::find_by_id(self.platform(), first.app).await? else {
                    continue;
                };
                if app.enabled(Feature::Push)
                    && let Err(error) = push::note_connections(self, app.id, of_app).await
                {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(app = app.key(), error, "logins could not be noted for push");
                }
                if !tells(&app) {
                    continue;
                }
                let told = of_app.iter();
                let told = told.filter_map(|event| callbacks::of_connection(self, &app, event));
                // The others are told all the same.
                if let Err(error) = callbacks::queue(self, &app, told.collect()).await {
                    let error = &error as &dyn std::error::Error;
                    tracing::error!(
                        app = app.key(),
                        error,
                        "logins could not be noted for callbacks"
                    );
                }
            }
            Ok(())
        })
    }
}

/// Whether anybody is told what happens in the app.
fn tells(app: &App) -> bool {
    let has_rule = app.settings.rules_after_sending().any(|rule| rule.enabled);
    has_rule && app.enabled(Feature::CallbackPost)
}
