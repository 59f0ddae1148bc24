//! Where the devices of users are reached by the push services of their vendors.

use hongyan_model::{Caller, Feature, Refusal, Result, limits};
use hongyan_store::push_bindings as stored;

use crate::Messaging;
use crate::users::subject;

pub use hongyan_store::push_bindings::PushBinding;

/// Binds a device, or unbinds it: without a token from the certificate, without a certificate from all. Answers
/// what the device is bound to then.
///
/// An address belongs to one user: a phone that changes hands is taken from the one before.
pub async fn set(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    binding: PushBinding,
) -> Result<Vec<PushBinding>> {
    let id = subject(m, caller, user).await?;
    let app = caller.app.id;
    check("device_id", &binding.device_id)?;
    check("notifier_name", &binding.notifier)?;
    check("device_token", &binding.device_token)?;
    if binding.device_id.is_empty() {
        return Err(Refusal::Missing { name: "device_id" }.into());
    }
    if binding.notifier.is_empty() || binding.device_token.is_empty() {
        let notifier = Some(binding.notifier.as_str()).filter(|name| !name.is_empty());
        stored::unbind(m.store(), app, &id, &binding.device_id, notifier).await?;
    } else {
        let (limit, now) = (caller.app.most(Feature::PushBindingsMax), m.clock().now());
        if !stored::bind(m.store(), app, &id, &binding, limit, now).await? {
            return Err(Refusal::UserNotFound { user: id.to_string() }.into());
        }
    }
    let all = stored::of_user(m.store(), app, &id).await?;
    Ok(all.into_iter().filter(|bound| bound.device_id == binding.device_id).collect())
}

/// The bindings of a user.
pub async fn of_user(m: &Messaging, caller: &Caller, user: &str) -> Result<Vec<PushBinding>> {
    let id = subject(m, caller, user).await?;
    Ok(stored::of_user(m.store(), caller.app.id, &id).await?)
}

fn check(name: &'static str, text: &str) -> Result<(), Refusal> {
    let limit = limits::PUSH_TOKEN_BYTES;
    if text.len() > limit || text.contains('\0') {
        return Err(Refusal::Invalid { name, why: format!("at most {limit} bytes") });
    }
    Ok(())
}
