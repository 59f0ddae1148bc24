//! What `--demo` sets up, so that a newcomer can click at once.

use std::net::SocketAddr;
use std::sync::Arc;

use hongyan_messaging::Messaging;
use hongyan_messaging::groups::{self, NewGroup};
use hongyan_messaging::users::{self, NewUser};
use hongyan_model::{Actor, App, AppSettings, Caller, Error, Origin, Refusal, Result, limits};
use hongyan_platform::{Platform, apps};

use crate::config::Config;

const ORG: &str = "demo";
const APP: &str = "chat";
const USERS: [&str; 4] = ["alice", "bob", "carol", "dave"];
const GROUP: &str = "鸿雁 Demo";
/// Public, therefore only for a server that nobody else can reach, unless the operator insists.
const PASSWORD: &str = "hongyan";

/// Makes the app, its users and their group, as far as they are not there yet.
pub(crate) async fn set_up(messaging: &Messaging, platform: &Platform) -> Result<()> {
    let app = app(platform).await?;
    let caller =
        Caller { app: app.clone(), actor: Actor::App, origin: Origin::System, device: None };
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
    let new = apps::NewApp { org: ORG.to_owned(), name: APP.to_owned(), settings };
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
        max_users: limits::GROUP_DEFAULT_MEMBERS,
    }
}

/// What a newcomer has to know, for standard output.
pub(crate) fn welcome(config: &Config, addr: SocketAddr) -> String {
    let base = config.public_url().unwrap_or_else(|| {
        let host = if addr.ip().is_unspecified() { "localhost".to_owned() } else { host(addr) };
        format!("http://{host}:{}", addr.port())
    });
    format!(
        "\n  Hongyan 鸿雁 demo\n\n  \
         chat      {base}/chat/   (two windows, two users)\n  \
         App Key   {ORG}#{APP}\n  \
         users     {}\n  \
         password  {PASSWORD}\n\n  \
         Anybody may register more users. Ctrl-C stops the server.\n",
        USERS.join(", "),
    )
}

fn host(addr: SocketAddr) -> String {
    match addr {
        SocketAddr::V4(addr) => addr.ip().to_string(),
        SocketAddr::V6(addr) => format!("[{}]", addr.ip()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_welcome_shows_an_address_that_opens_in_a_browser() {
        let at = |addr: &str| welcome(&Config::default(), addr.parse().unwrap());
        assert!(at("127.0.0.1:8080").contains("http://127.0.0.1:8080/chat/"));
        assert!(at("[::1]:80").contains("http://[::1]:80/chat/"));
        assert!(at("0.0.0.0:81").contains("http://localhost:81/chat/"));
        let config = Config { public_url: "https://im.test/".to_owned(), ..Config::default() };
        assert!(welcome(&config, "0.0.0.0:81".parse().unwrap()).contains("https://im.test/chat/"));
    }
}
