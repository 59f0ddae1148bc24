//! What `--demo` sets up, so that a newcomer can click at once.

use std::sync::Arc;

use hongyan_messaging::Messaging;
use hongyan_messaging::groups::{self, NewGroup};
use hongyan_messaging::users::{self, NewUser};
use hongyan_model::{Actor, App, AppSettings, Caller, Error, Origin, Refusal, Result};
use hongyan_platform::{Platform, apps, members};

use crate::config::Config;

const ORG: &str = "demo";
const APP: &str = "chat";
const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
const GROUP: &str = "鸿雁 Demo";
/// Public, therefore only for a server that nobody else can reach, unless the operator insists.
const PASSWORD: &str = "hongyan";
/// The organisation's super admin, as public as the users.
const SUPER_ADMIN: &str = "demo@hongyan.local";
const SUPER_ADMIN_PASSWORD: &str = "hongyan-demo";

/// Makes the app, its users and their group, as far as they are not there yet.
pub(crate) async fn set_up(messaging: &Messaging, platform: &Platform) -> Result<()> {
    let app = app(platform).await?;
    members::install_super_admin(platform, ORG, SUPER_ADMIN, SUPER_ADMIN_PASSWORD).await?;
    let caller = Caller {
        app: app.clone(),
        actor: Actor::App,
        origin: Origin::System,
        device: None,
        client: None,
    };
    for username in USERS {
        let new = NewUser {
            username: username.to_owned(),
            password: PASSWORD.to_owned(),
            nickname: None,
        };
        match users::register(messaging, Some(&caller), &app, new).await {
            Ok(_) | Err(Error::Refused(Refusal::UserExists { .. })) => {}
            Err(error) => return Err(error),
        }
    }
    let (joined, _) = groups::joined(messaging, &caller, USERS[0], 1, 100).await?;
    if !joined.iter().any(|(group, _)| group.name == GROUP) {
        groups::create(messaging, &caller, group()).await?;
    }
    Ok(())
}

async fn app(platform: &Platform) -> Result<Arc<App>> {
    match apps::find(platform, ORG, APP).await {
        Err(Error::Refused(Refusal::AppNotFound { .. })) => {}
        found => return found,
    }
    let settings = AppSettings { open_registration: true, ..AppSettings::default() };
    let new = apps::NewApp { settings, ..apps::NewApp::named(ORG, APP) };
    let (app, _) = apps::create(platform, new).await?;
    Ok(app)
}

fn group() -> NewGroup {
    let [owner, members @ ..] = USERS.map(str::to_owned);
    NewGroup {
        id: None,
        name: GROUP.to_owned(),
        description: "Everybody of the demo · 演示群".to_owned(),
        avatar: String::new(),
        custom: String::new(),
        owner,
        members: members.to_vec(),
        public: true,
        members_only: false,
        allow_invites: true,
        invite_need_confirm: false,
        max_users: None,
    }
}

/// What a newcomer has to know, for standard output.
pub(crate) fn welcome(config: &Config) -> String {
    let base = config.browser_url();
    format!(
        "\n  Hongyan 鸿雁 demo\n\n  \
         chat      {base}/chat/   (two windows, two users)\n  \
         App Key   {ORG}#{APP}\n  \
         users     {}\n  \
         password  {PASSWORD}\n\n  \
         console   {base}/console/\n  \
         account   {SUPER_ADMIN}\n  \
         password  {SUPER_ADMIN_PASSWORD}\n\n  \
         Anybody may register more users, and organisations. Ctrl-C stops the server.\n",
        USERS.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_welcome_shows_an_address_that_opens_in_a_browser() {
        let at =
            |addr: &str| welcome(&Config { listen: addr.parse().unwrap(), ..Config::default() });
        assert!(at("127.0.0.1:8080").contains("http://127.0.0.1:8080/chat/"));
        assert!(at("[::1]:80").contains("http://[::1]:80/chat/"));
        assert!(at("0.0.0.0:81").contains("http://localhost:81/console/"));
        let config = Config { public_url: "https://im.test/".to_owned(), ..Config::default() };
        assert!(welcome(&config).contains("https://im.test/chat/"));
    }
}
