//! The REST allowlist of an app (REST-IP 白名单): from which addresses the customer's server may send.
//!
//! It concerns calls that send or withdraw messages with an app token. A user token is a client's: it is held by
//! devices all over the world, and no call that sends takes one. The console is no REST client. Where the feature
//! is off the list is kept and means nothing.

use std::net::IpAddr;
use std::sync::Arc;

use hongyan_model::{
    Actor, AllowedNetwork, App, AppId, Caller, Feature, Origin, Refusal, Result, Timestamp, limits,
};
use ipnet::{IpNet, Ipv4Net};

use crate::{Platform, apps};

/// Length of the prefix of IPv6 addresses that stand for IPv4 ones.
const MAPPED_PREFIX: u8 = 96;

/// Refuses a caller who may not send from where it is: the list has an effective line and none names its address.
pub fn admit(caller: &Caller, now: Timestamp) -> Result<(), Refusal> {
    let concerns = caller.origin == Origin::Rest && caller.actor == Actor::App;
    if !concerns || !caller.app.enabled(Feature::RestIpAllowlist) {
        return Ok(());
    }
    let list = &caller.app.settings.ip_allowlist;
    let mut effective = list.iter().filter(|line| line.effective <= now).peekable();
    if effective.peek().is_none() {
        return Ok(());
    }
    let is_on_list = |client: &IpAddr| effective.any(|line| line.network.contains(client));
    if caller.client.as_ref().is_some_and(is_on_list) { Ok(()) } else { Err(Refusal::IpNotAllowed) }
}

/// Adds an address or a network such as `203.0.113.0/24`; answers the app with it. It counts after the
/// installation's delay.
pub async fn add(p: &Platform, app: AppId, given: &str) -> Result<Arc<App>> {
    let network = parse(given)?;
    let now = p.clock().now();
    let delay = i64::try_from(p.console().allowlist_delay.as_millis()).unwrap_or(i64::MAX);
    let line = AllowedNetwork { network, added: now, effective: now.saturating_add(delay) };
    let add = |app: &mut App| {
        if !app.enabled(Feature::RestIpAllowlist) {
            return Err(Refusal::FeatureDisabled { feature: Feature::RestIpAllowlist });
        }
        let list = &mut app.settings.ip_allowlist;
        if list.iter().any(|line| line.network == network) {
            return Err(Refusal::Invalid { name: "ip", why: format!("{network} is on the list") });
        }
        if list.len() >= limits::IP_ALLOWLIST {
            return Err(Refusal::TooMany { name: "ip", limit: limits::IP_ALLOWLIST });
        }
        list.push(line);
        Ok(())
    };
    apps::update(p, app, add).await
}

/// Takes an address or network off the list, at once; answers the app without it. Without the last line everybody
/// may send.
pub async fn remove(p: &Platform, app: AppId, given: &str) -> Result<Arc<App>> {
    let network = parse(given)?;
    let remove = |settings: &mut hongyan_model::AppSettings| {
        let before = settings.ip_allowlist.len();
        settings.ip_allowlist.retain(|line| line.network != network);
        if settings.ip_allowlist.len() == before {
            let why = format!("{network} is not on the list");
            return Err(Refusal::Invalid { name: "ip", why });
        }
        Ok(())
    };
    apps::update_settings(p, app, remove).await
}

/// The list, the oldest line first.
pub async fn list(p: &Platform, app: AppId) -> Result<Vec<AllowedNetwork>> {
    let found = apps::find_by_id(p, app).await?;
    Ok(found.map(|app| app.settings.ip_allowlist.clone()).unwrap_or_default())
}

/// An address is a network of one. Host bits are cleared, and IPv4 in IPv6 clothes is IPv4.
fn parse(given: &str) -> Result<IpNet, Refusal> {
    let given = given.trim();
    let network = given.parse::<IpNet>().or_else(|_| given.parse::<IpAddr>().map(IpNet::from));
    let network = network.map_err(|_| Refusal::Invalid {
        name: "ip",
        why: "neither an address nor a network such as 203.0.113.0/24".to_owned(),
    })?;
    let unmapped = match network {
        IpNet::V6(network) if network.prefix_len() >= MAPPED_PREFIX => {
            let address = network.addr().to_ipv4_mapped();
            address.and_then(|a| Ipv4Net::new(a, network.prefix_len() - MAPPED_PREFIX).ok())
        }
        _ => None,
    };
    Ok(unmapped.map_or(network, IpNet::V4).trunc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_have_one_spelling() {
        for (given, network) in [
            ("203.0.113.9", "203.0.113.9/32"),
            (" 203.0.113.9/24 ", "203.0.113.0/24"),
            ("0.0.0.0/0", "0.0.0.0/0"),
            ("2001:DB8:0::1", "2001:db8::1/128"),
            ("2001:db8::1/32", "2001:db8::/32"),
            ("::ffff:203.0.113.9", "203.0.113.9/32"),
            ("::ffff:203.0.113.9/120", "203.0.113.0/24"),
        ] {
            assert_eq!(parse(given).unwrap().to_string(), network, "{given}");
        }
        for bad in ["", "203.0.113", "203.0.113.9/33", "example.com", "203.0.113.9-10", "1.2.3.4/"]
        {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
