//! 附加设置, 安全配置 and 服务概览: what is set up of an app.

use std::collections::BTreeMap;

use hongyan_messaging::metering;
use hongyan_model as model;
use hongyan_model::{DevicePolicy, Feature, ThumbnailPolicy, Timestamp};
use hongyan_platform::roles::Permission;
use hongyan_platform::settings::{self, RecallWindows as Windows};
use hongyan_platform::{allowlist, data_centers};
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::apps::shapes::{DataCenterName, Plan};
use crate::call::Call;
use crate::endpoint::{Access, Routes, write};
use crate::errors::Failure;

const ACCESS: Access = Access::App(Permission::Features);

pub(crate) fn routes() -> Routes {
    const RECALL: &str = "/apps/{org}/{app}/settings/recall";
    const DEVICES: &str = "/apps/{org}/{app}/settings/devices";
    const REGISTRATION: &str = "/apps/{org}/{app}/settings/registration";
    const THUMBNAIL: &str = "/apps/{org}/{app}/settings/thumbnail";
    const ALLOWLIST: &str = "/apps/{org}/{app}/allowlist";
    Routes::default()
        .get(RECALL, ACCESS, recall)
        .write(Method::PUT, RECALL, ACCESS, write("settings", "set_recall"), set_recall)
        .get(DEVICES, ACCESS, devices)
        .write(Method::PUT, DEVICES, ACCESS, write("settings", "set_devices"), set_devices)
        .get(REGISTRATION, ACCESS, registration)
        .write(
            Method::PUT,
            REGISTRATION,
            ACCESS,
            write("settings", "set_registration"),
            set_registration,
        )
        .get(THUMBNAIL, ACCESS, thumbnail)
        .write(Method::PUT, THUMBNAIL, ACCESS, write("settings", "set_thumbnail"), set_thumbnail)
        .get(ALLOWLIST, ACCESS, allowed)
        .write(Method::POST, ALLOWLIST, ACCESS, write("allowlist", "add"), allow)
        .write(
            Method::DELETE,
            "/apps/{org}/{app}/allowlist/{network}",
            ACCESS,
            write("allowlist", "remove"),
            disallow,
        )
        .get("/apps/{org}/{app}/overview", Access::App(Permission::Statistics), overview)
}

/// How long after sending a message may be recalled: 1 second to 7 days each.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct RecallWindows {
    /// By its sender.
    client_seconds: u64,
    /// By the customer's server.
    rest_seconds: u64,
}

impl From<Windows> for RecallWindows {
    fn from(Windows { client_seconds, rest_seconds }: Windows) -> Self {
        Self { client_seconds, rest_seconds }
    }
}

/// Devices of one user that may be online at once, 0–4 of a platform.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct Devices {
    /// Of platforms that are not named.
    others: u8,
    /// By platform, at most 20.
    platforms: BTreeMap<String, u8>,
}

impl From<DevicePolicy> for Devices {
    fn from(DevicePolicy { others, platforms }: DevicePolicy) -> Self {
        Self { others, platforms }
    }
}

/// 用户注册模式.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct Registration {
    /// Whether anybody may register.
    open: bool,
}

/// 图片消息缩略图.
#[derive(Serialize, Deserialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct Thumbnail {
    fit: ThumbnailFit,
    /// Pixels, 1–1024.
    width: u32,
    /// Pixels, 1–1024.
    height: u32,
}

/// Which side has to fit.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "settings.ts")]
pub(crate) enum ThumbnailFit {
    /// 按较长边压缩.
    LongSide,
    /// 按较短边压缩.
    ShortSide,
}

impl From<ThumbnailPolicy> for Thumbnail {
    fn from(ThumbnailPolicy { fit, width, height }: ThumbnailPolicy) -> Self {
        let fit = match fit {
            model::ThumbnailFit::LongSide => ThumbnailFit::LongSide,
            model::ThumbnailFit::ShortSide => ThumbnailFit::ShortSide,
        };
        Self { fit, width, height }
    }
}

/// REST-IP 白名单.
#[derive(Serialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct Allowlist {
    /// Whether the feature is on.
    enabled: bool,
    /// How long it takes until a new line counts.
    delay_seconds: u64,
    items: Vec<AllowlistLine>,
}

/// A line of the list.
#[derive(Serialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct AllowlistLine {
    /// An address, or a network in CIDR notation.
    network: String,
    added: Timestamp,
    /// From when it counts.
    effective: Timestamp,
}

/// A line to be added.
#[derive(Deserialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct Allow {
    network: String,
}

/// 服务概览.
#[derive(Serialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct Overview {
    plan: Plan,
    data_center: DataCenterName,
    rest_hosts: Vec<String>,
    ws_hosts: Vec<String>,
    settings: OverviewSettings,
    figures: OverviewFigures,
}

/// The card 设置.
#[derive(Serialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct OverviewSettings {
    open_registration: bool,
    thumbnail: Thumbnail,
    friend_check: FriendCheck,
}

/// 好友关系检查.
#[derive(Serialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct FriendCheck {
    enabled: bool,
    /// Whether it can be switched.
    included: bool,
}

/// The card 统计数据.
#[derive(Serialize, TS)]
#[ts(export_to = "settings.ts")]
pub(crate) struct OverviewFigures {
    /// 今日DAU.
    dau: u64,
    registered_users: u64,
    /// Of today.
    active_groups: u64,
    groups: u64,
    /// Of today.
    active_rooms: u64,
    rooms: u64,
}

async fn recall(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(&RecallWindows::from(Windows::of(call.app()?))))
}

async fn set_recall(call: Call) -> Result<Answer, Failure> {
    let RecallWindows { client_seconds, rest_seconds } = call.body()?;
    let windows = Windows { client_seconds, rest_seconds };
    settings::set_recall(call.platform(), call.app()?.id, windows).await?;
    Ok(Answer::done())
}

async fn devices(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(&Devices::from(call.app()?.settings.devices.clone())))
}

async fn set_devices(call: Call) -> Result<Answer, Failure> {
    let Devices { others, platforms } = call.body()?;
    let policy = DevicePolicy { others, platforms };
    settings::set_devices(call.platform(), call.app()?.id, policy).await?;
    Ok(Answer::done())
}

async fn registration(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(&Registration { open: call.app()?.settings.open_registration }))
}

async fn set_registration(call: Call) -> Result<Answer, Failure> {
    let Registration { open } = call.body()?;
    settings::set_open_registration(call.platform(), call.app()?.id, open).await?;
    Ok(Answer::done())
}

async fn thumbnail(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(&Thumbnail::from(call.app()?.settings.thumbnail)))
}

async fn set_thumbnail(call: Call) -> Result<Answer, Failure> {
    let Thumbnail { fit, width, height } = call.body()?;
    let fit = match fit {
        ThumbnailFit::LongSide => model::ThumbnailFit::LongSide,
        ThumbnailFit::ShortSide => model::ThumbnailFit::ShortSide,
    };
    let policy = ThumbnailPolicy { fit, width, height };
    settings::set_thumbnail(call.platform(), call.app()?.id, policy).await?;
    Ok(Answer::done())
}

async fn allowed(call: Call) -> Result<Answer, Failure> {
    Ok(allowlist_of(&call, call.app()?))
}

async fn allow(call: Call) -> Result<Answer, Failure> {
    let Allow { network } = call.body()?;
    let app = allowlist::add(call.platform(), call.app()?.id, network.trim()).await;
    let app = app.map_err(|error| Failure::from(error).renamed("ip", "network"))?;
    Ok(allowlist_of(&call, &app).target(network))
}

async fn disallow(call: Call) -> Result<Answer, Failure> {
    let app = allowlist::remove(call.platform(), call.app()?.id, call.path("network")).await;
    let app = app.map_err(|error| Failure::from(error).renamed("ip", "network"))?;
    Ok(allowlist_of(&call, &app))
}

fn allowlist_of(call: &Call, app: &model::App) -> Answer {
    let lines = app.settings.ip_allowlist.iter().map(|line| {
        let network = line.network;
        // One address is shown as what was typed in.
        let is_one = network.prefix_len() == network.max_prefix_len();
        AllowlistLine {
            network: if is_one { network.addr().to_string() } else { network.to_string() },
            added: line.added,
            effective: line.effective,
        }
    });
    Answer::json(&Allowlist {
        enabled: app.enabled(Feature::RestIpAllowlist),
        delay_seconds: call.platform().console().allowlist_delay.as_secs(),
        items: lines.collect(),
    })
}

async fn overview(call: Call) -> Result<Answer, Failure> {
    let app = call.app()?;
    let center = data_centers::of_app(call.platform(), &app.data_center);
    let today = metering::today(call.messaging(), &call.caller()?).await?.figures;
    Ok(Answer::json(&Overview {
        plan: app.plan.into(),
        data_center: (&center).into(),
        settings: OverviewSettings {
            open_registration: app.settings.open_registration,
            thumbnail: app.settings.thumbnail.into(),
            friend_check: FriendCheck {
                enabled: app.enabled(Feature::FriendCheck),
                included: app.includes(Feature::FriendCheck),
            },
        },
        figures: OverviewFigures {
            dau: today.active_users,
            registered_users: today.users,
            active_groups: today.active_groups,
            groups: today.groups,
            active_rooms: today.active_rooms,
            rooms: today.rooms,
        },
        rest_hosts: center.rest_hosts,
        ws_hosts: center.ws_hosts,
    }))
}
