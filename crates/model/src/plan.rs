//! Plans: what an app is entitled to before anything is bought on top.

use serde::{Deserialize, Serialize};

/// The plan of an app (服务版本), in rising order.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Plan {
    /// 免费版: what a new app of the console starts on.
    Free,
    /// 专业版.
    Pro,
    /// 旗舰版.
    Flagship,
    /// 尊享版: what the operator's own commands make, since nobody is billed for those.
    #[default]
    Premier,
}

impl Plan {
    /// Every plan, the smallest first.
    pub const ALL: [Self; 4] = [Self::Free, Self::Pro, Self::Flagship, Self::Premier];

    /// `free`, `pro`, `flagship`, `premier`: as stored, and as written on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Pro => "pro",
            Self::Flagship => "flagship",
            Self::Premier => "premier",
        }
    }

    /// The plan of this key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|plan| plan.key() == key)
    }
}
