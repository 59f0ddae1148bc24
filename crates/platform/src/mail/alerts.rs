//! Mail about what goes wrong with an app.

use hongyan_model::{App, Result};

use super::{Mail, send, texts};
use crate::Platform;

/// Tells everybody on the app's list that the deliveries of a callback rule fail; refused without a mail server.
pub fn callbacks_failed(
    p: &Platform,
    app: &App,
    rule: &str,
    failures: u32,
    last: &str,
) -> Result<()> {
    let mut done = Ok(());
    for to in &app.settings.callback_alert.emails {
        let (subject, text) = texts::callbacks_failed(&app.key(), rule, failures, last);
        let (purpose, org) = ("callback_alert", Some(app.org_id));
        let sent = send(p, Mail { purpose, to: to.clone(), org, subject, text });
        done = done.and(sent);
    }
    done
}
