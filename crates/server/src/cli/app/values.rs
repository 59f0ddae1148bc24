//! What is written after the key of `hongyan app feature`.

use anyhow::{Context as _, bail, ensure};
use hongyan_model::{DevicePolicy, Feature, FeatureKind, FeatureSettings, Grant};
use hongyan_platform::settings::RecallWindows;

/// One thing to do to a feature.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Change {
    /// Switch it on, granted where the plan lacks it, or off.
    Switch(bool),
    /// Give the app this limit.
    Grant(Grant),
    /// Back to what the plan says.
    FollowPlan,
    /// Set up its windows, where given.
    Recall {
        /// Seconds for the sender.
        client: Option<u64>,
        /// Seconds for the customer's server.
        rest: Option<u64>,
    },
    /// Set up devices: of a platform, or of those that are not named.
    Devices {
        /// The platform.
        platform: Option<String>,
        /// How many.
        devices: u8,
    },
}

/// Reads one word for `feature`.
pub(super) fn parse(feature: Feature, word: &str) -> anyhow::Result<Change> {
    let spec = feature.spec();
    match (word, spec.kind) {
        ("plan", _) => return Ok(Change::FollowPlan),
        ("on" | "off", FeatureKind::Switch) => return Ok(Change::Switch(word == "on")),
        ("unlimited", FeatureKind::Count | FeatureKind::Days) => {
            return Ok(Change::Grant(Grant::Unlimited));
        }
        (number, FeatureKind::Count | FeatureKind::Days) => {
            let limit = number.parse().with_context(|| {
                format!("{} takes a number, unlimited or plan, not {word:?}", spec.key)
            })?;
            return Ok(Change::Grant(Grant::Limit(limit)));
        }
        (_, FeatureKind::Always) => bail!("{} is always on", spec.key),
        (_, FeatureKind::Switch) => {}
    }
    match spec.settings {
        Some(FeatureSettings::RecallWindows) => recall(word),
        Some(FeatureSettings::DevicePolicy) => devices(word),
        Some(
            FeatureSettings::IpAllowlist
            | FeatureSettings::Callbacks
            | FeatureSettings::SensitiveWords
            | FeatureSettings::Moderation
            | FeatureSettings::PushCertificates
            | FeatureSettings::PushTemplates,
        )
        | None => {
            bail!("{} takes on, off or plan, not {word:?}", spec.key)
        }
    }
}

/// `windows` with what `change` sets.
pub(super) fn set_windows(windows: RecallWindows, change: &Change) -> RecallWindows {
    match change {
        Change::Recall { client, rest } => RecallWindows {
            client_seconds: client.unwrap_or(windows.client_seconds),
            rest_seconds: rest.unwrap_or(windows.rest_seconds),
        },
        _ => windows,
    }
}

/// `policy` with what `change` sets.
pub(super) fn set_devices(mut policy: DevicePolicy, change: &Change) -> DevicePolicy {
    if let Change::Devices { platform, devices } = change {
        match platform {
            Some(platform) => drop(policy.platforms.insert(platform.clone(), *devices)),
            None => policy.others = *devices,
        }
    }
    policy
}

/// `2m` for both windows, `client=2m`, `rest=1d`.
fn recall(word: &str) -> anyhow::Result<Change> {
    let (whose, duration) = word.split_once('=').unwrap_or(("", word));
    let seconds = seconds(duration).with_context(|| {
        format!("message_recall takes on, off, plan, a duration such as 10m, client=… or rest=…, not {word:?}")
    })?;
    match whose {
        "" => Ok(Change::Recall { client: Some(seconds), rest: Some(seconds) }),
        "client" => Ok(Change::Recall { client: Some(seconds), rest: None }),
        "rest" => Ok(Change::Recall { client: None, rest: Some(seconds) }),
        _ => bail!("message_recall has a window for client and one for rest, none for {whose:?}"),
    }
}

/// `2` for platforms that are not named, `webim=2` for one.
fn devices(word: &str) -> anyhow::Result<Change> {
    let (platform, number) = match word.split_once('=') {
        Some((platform, number)) => (Some(platform.to_owned()), number),
        None => (None, word),
    };
    let devices = number.parse().with_context(|| {
        format!("multi_device takes on, off, plan, 0 to 4, or PLATFORM=0 to 4, not {word:?}")
    })?;
    Ok(Change::Devices { platform, devices })
}

/// `1d12h`, `10m`, `90s`; a number alone is seconds.
fn seconds(text: &str) -> anyhow::Result<u64> {
    if let Ok(seconds) = text.parse() {
        return Ok(seconds);
    }
    let (mut total, mut number) = (0_u64, String::new());
    for c in text.chars() {
        if c.is_ascii_digit() {
            number.push(c);
            continue;
        }
        let unit = match c {
            'd' => 24 * 3600,
            'h' => 3600,
            'm' => 60,
            's' => 1,
            _ => bail!("{text:?} is no duration"),
        };
        let count: u64 = std::mem::take(&mut number)
            .parse()
            .with_context(|| format!("{text:?} is no duration"))?;
        total = total.saturating_add(count.saturating_mul(unit));
    }
    ensure!(number.is_empty() && !text.is_empty(), "{text:?} is no duration");
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read() {
        for (text, expected) in
            [("10m", 600), ("1d", 86_400), ("1d12h30m5s", 131_405), ("90", 90), ("0s", 0)]
        {
            assert_eq!(seconds(text).unwrap(), expected, "{text}");
        }
        for bad in ["", "m", "10x", "1d12", "-1", "1.5h", "1 d"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn every_kind_of_feature_takes_its_own_words() {
        use Feature as F;
        let recall = |client, rest| Change::Recall { client, rest };
        let devices = |platform: Option<&str>, devices| Change::Devices {
            platform: platform.map(str::to_owned),
            devices,
        };
        for (feature, word, change) in [
            (F::FriendCheck, "on", Change::Switch(true)),
            (F::MessageRecall, "off", Change::Switch(false)),
            (F::MessageRecall, "plan", Change::FollowPlan),
            (F::MessageRecall, "10m", recall(Some(600), Some(600))),
            (F::MessageRecall, "client=2m", recall(Some(120), None)),
            (F::MessageRecall, "rest=1d", recall(None, Some(86_400))),
            (F::MultiDevice, "2", devices(None, 2)),
            (F::MultiDevice, "webim=0", devices(Some("webim"), 0)),
            (F::GroupsMax, "5", Change::Grant(Grant::Limit(5))),
            (F::MsgStorageDays, "unlimited", Change::Grant(Grant::Unlimited)),
            (F::GroupsMax, "plan", Change::FollowPlan),
        ] {
            assert_eq!(parse(feature, word).unwrap(), change, "{} {word}", feature.key());
        }
        for (feature, word) in [
            (F::FriendCheck, "10"),
            (F::FriendCheck, "yes"),
            (F::GroupsMax, "on"),
            (F::GroupsMax, "-1"),
            (F::SingleReadAck, "off"),
            (F::MessageRecall, "server=2m"),
            (F::MultiDevice, "webim=x"),
            (F::MultiDevice, "300"),
        ] {
            assert!(parse(feature, word).is_err(), "{} {word}", feature.key());
        }
    }
}
