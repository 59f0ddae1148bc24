//! Data centres.

use std::collections::HashSet;

use anyhow::ensure;
use hongyan_platform::data_centers::{self, DataCenter};
use serde::{Deserialize, Serialize};

const ID_BYTES: usize = 32;

/// A data centre that apps can be made in.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataCenterSettings {
    /// 1–32 of `a-z 0-9 -`.
    pub id: String,
    /// 中文名; empty: the id.
    #[serde(default)]
    pub name_zh: String,
    /// English name; empty: the id.
    #[serde(default)]
    pub name_en: String,
    /// `domestic` or `overseas`.
    #[serde(default)]
    pub region: Region,
    /// Hosts of REST.
    #[serde(default)]
    pub rest_hosts: Vec<String>,
    /// Hosts of the clients' connections.
    #[serde(default)]
    pub ws_hosts: Vec<String>,
}

/// Where a data centre is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Region {
    /// 国内.
    #[default]
    Domestic,
    /// 海外.
    Overseas,
}

impl DataCenterSettings {
    /// How one is written.
    pub(super) const EXAMPLE: &str = "\
[[data_center]]
id = \"beijing1\"
name_zh = \"北京1区\"
name_en = \"Beijing 1\"
region = \"domestic\" # or \"overseas\"
rest_hosts = [\"https://im.example.com\"]
ws_hosts = [\"wss://im.example.com/websocket\"]";

    fn center(&self) -> DataCenter {
        let or_id = |name: &String| if name.is_empty() { self.id.clone() } else { name.clone() };
        DataCenter {
            id: self.id.clone(),
            name_zh: or_id(&self.name_zh),
            name_en: or_id(&self.name_en),
            region: match self.region {
                Region::Domestic => data_centers::Region::Domestic,
                Region::Overseas => data_centers::Region::Overseas,
            },
            rest_hosts: self.rest_hosts.clone(),
            ws_hosts: self.ws_hosts.clone(),
            hosts_are_known: true,
        }
    }
}

/// Refuses ids that are none, or occur twice.
pub(super) fn validate(centers: &[DataCenterSettings]) -> anyhow::Result<()> {
    let mut seen = HashSet::new();
    for DataCenterSettings { id, .. } in centers {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        ensure!(
            (1..=ID_BYTES).contains(&id.len()) && id.bytes().all(legal),
            "data_center.id {id:?} is not 1 to {ID_BYTES} of a-z, 0-9 and -",
        );
        ensure!(seen.insert(id), "two data centres have the id {id:?}");
    }
    Ok(())
}

/// As the platform takes them; without any, the one under `url`, which `is_known` to be right or a guess.
pub(super) fn options(
    centers: &[DataCenterSettings],
    url: &str,
    is_known: bool,
) -> Vec<DataCenter> {
    if !centers.is_empty() {
        return centers.iter().map(DataCenterSettings::center).collect();
    }
    // https becomes wss.
    let ws = url.strip_prefix("http").map(|rest| format!("ws{rest}/websocket"));
    vec![DataCenter {
        rest_hosts: vec![url.to_owned()],
        ws_hosts: ws.into_iter().collect(),
        hosts_are_known: is_known,
        ..DataCenter::default()
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Flags, load};

    fn with_file(text: &str) -> anyhow::Result<Config> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        load(Some(file.path()), [], Flags::default())
    }

    #[test]
    fn without_any_there_is_the_one_of_this_server() {
        let config = with_file("public_url = \"https://im.test/\"").unwrap();
        let centers = config.console_options().data_centers;
        assert_eq!(centers.len(), 1);
        assert_eq!(centers[0].id, "default");
        assert_eq!(centers[0].rest_hosts, ["https://im.test"]);
        assert_eq!(centers[0].ws_hosts, ["wss://im.test/websocket"]);
        assert!(centers[0].hosts_are_known);
        let centers = Config::default().console_options().data_centers;
        assert_eq!(centers[0].ws_hosts, ["ws://127.0.0.1:8080/websocket"]);
        assert!(!centers[0].hosts_are_known);
    }

    #[test]
    fn they_are_tables_of_the_file() {
        let second = "[[data_center]]\nid = \"sg\"\nregion = \"overseas\"\n";
        let text = format!("{}\n{second}", DataCenterSettings::EXAMPLE);
        let centers = with_file(&text).unwrap().console_options().data_centers;
        let ids: Vec<_> = centers.iter().map(|center| center.id.as_str()).collect();
        assert_eq!(ids, ["beijing1", "sg"]);
        assert_eq!(centers[0].name_zh, "北京1区");
        assert_eq!(centers[0].rest_hosts, ["https://im.example.com"]);
        assert_eq!(
            (centers[1].name_en.as_str(), centers[1].region),
            ("sg", data_centers::Region::Overseas)
        );
    }

    #[test]
    fn a_wrong_one_is_refused_by_name() {
        for (text, named) in [
            ("[[data_center]]\nname_zh = \"x\"", "id"),
            ("[[data_center]]\nid = \"x\"\nhosts = []", "hosts"),
            ("[[data_center]]\nid = \"X\"", "data_center.id"),
            ("[[data_center]]\nid = \"\"", "data_center.id"),
            ("[[data_center]]\nid = \"x\"\nregion = \"moon\"", "moon"),
            ("[[data_center]]\nid = \"x\"\n[[data_center]]\nid = \"x\"", "two data centres"),
            ("[data_center]\nid = \"x\"", "data_center"),
        ] {
            let error = with_file(text).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
