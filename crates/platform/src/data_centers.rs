//! Data centres: where an app can be, and under which hosts it is reached there.
//!
//! An installation is one place as far as Hongyan is concerned; an operator who runs several behind one console
//! names them in the configuration.

use crate::Platform;
use crate::apps::DEFAULT_DATA_CENTER;

/// Where a data centre is (所在地).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Region {
    /// 国内.
    #[default]
    Domestic,
    /// 海外.
    Overseas,
}

/// A place where apps can be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DataCenter {
    /// Id, which apps keep.
    pub id: String,
    /// 中文名.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Where it is.
    pub region: Region,
    /// Hosts of REST, each with its scheme where it is known.
    pub rest_hosts: Vec<String>,
    /// Hosts of the clients' connections.
    pub ws_hosts: Vec<String>,
    /// Whether the operator has named the hosts, rather than that they are guessed from where the server listens.
    pub hosts_are_known: bool,
}

impl Default for DataCenter {
    fn default() -> Self {
        Self {
            id: DEFAULT_DATA_CENTER.to_owned(),
            name_zh: "默认".to_owned(),
            name_en: "Default".to_owned(),
            region: Region::default(),
            rest_hosts: Vec::new(),
            ws_hosts: Vec::new(),
            hosts_are_known: false,
        }
    }
}

/// The data centres, in the order of the configuration.
#[must_use]
pub fn list(p: &Platform) -> &[DataCenter] {
    &p.console().data_centers
}

/// The data centre of this id.
#[must_use]
pub fn find<'p>(p: &'p Platform, id: &str) -> Option<&'p DataCenter> {
    list(p).iter().find(|center| center.id == id)
}

/// The data centre of an app; one that the configuration no longer names has its id as its name, and no hosts.
#[must_use]
pub fn of_app(p: &Platform, id: &str) -> DataCenter {
    find(p, id).cloned().unwrap_or_else(|| DataCenter {
        id: id.to_owned(),
        name_zh: id.to_owned(),
        name_en: id.to_owned(),
        ..DataCenter::default()
    })
}
