//! `/token`: app and user tokens.

use hongyan_messaging::tokens::{self, IssuedToken};
use hongyan_model::{Refusal, Timestamp, User};
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::rates::Rate;

/// Shown as the lifetime in seconds of a token that never expires: 68 years. Server SDKs keep a token for as long as
/// this says, some of them in 32 bits; 0 would have them fetch one for every call.
const NEVER: u64 = i32::MAX as u64;
/// The same in milliseconds.
const NEVER_MS: i64 = i32::MAX as i64 * 1000;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Token, "Tokens");
    routes
        .post("/token", issue)
        .ids(&["T1"])
        .rate(Rate::each_second(300))
        .about(
            "Issues a token for the app, by its client secret, or for a user, by its password or by the app's token",
            "以 Client Secret 签发 App Token，或以密码、App Token 签发用户 Token",
        )
        .body(
            "{grant_type: 'client_credentials', client_id: string, client_secret: string, ttl?: int} \
             | {grant_type: 'password', username: string, password: string, ttl?: int} \
             | {grant_type: 'inherit', username: string, autoCreateUser?: bool, ttl?: int} \
             | {grant_type: 'agora'}",
        )
        .answers_bare(
            "{access_token: string, expires_in?: int, application?: string, user?: User, expire_timestamp?: int}",
        );
    routes
        .get("/sdk/users/{user}/token/expires", expires)
        .area(Area::Users)
        .access(Access::Itself)
        .about(
            "Says when the token in the header ends, in ms",
            "查询请求头中 Token 的到期时间（毫秒）",
        )
        .answers_bare("{expire_timestamp: int}");
    routes
}

async fn issue(mut call: Call) -> Result<Answer, Failure> {
    let fields = call.fields().await?;
    let ttl = fields.number("ttl")?;
    let body = match fields.required_text("grant_type")?.as_str() {
        "client_credentials" => by_client_credentials(&call, &fields, ttl).await?,
        "password" => by_password(&call, &fields, ttl).await?,
        "inherit" => inherited(&call, &fields, ttl).await?,
        "agora" => exchanged(&call).await?,
        _ => {
            return Err(Refusal::Invalid { name: "grant_type", why: "not supported".into() }.into());
        }
    };
    Ok(Answer::Bare(body))
}

async fn by_client_credentials(
    call: &Call,
    fields: &Fields,
    ttl: Option<u64>,
) -> Result<Value, Failure> {
    let client_id = fields.required_text("client_id")?;
    let client_secret = fields.required_text("client_secret")?;
    let token =
        tokens::issue_app(call.messaging(), call.app(), &client_id, &client_secret, ttl).await?;
    Ok(json!({
        "access_token": token.access_token,
        "expires_in": expires_in(&token),
        "application": call.app().uuid,
    }))
}

async fn by_password(call: &Call, fields: &Fields, ttl: Option<u64>) -> Result<Value, Failure> {
    let username = fields.required_text("username")?;
    let password = fields.required_text("password")?;
    let (token, user) =
        tokens::issue_by_password(call.messaging(), call.app(), &username, &password, ttl).await?;
    Ok(user_token(&token, &user))
}

async fn inherited(call: &Call, fields: &Fields, ttl: Option<u64>) -> Result<Value, Failure> {
    let caller = call.caller()?;
    let username = fields.required_text("username")?;
    let auto_create = fields.flag("autoCreateUser")?.unwrap_or(false);
    let (token, user) =
        tokens::issue_inherited(call.messaging(), &caller, &username, auto_create, ttl).await?;
    Ok(user_token(&token, &user))
}

/// What the oldest builds call renewing: a user token in the header against one of ours. It is one of ours already.
async fn exchanged(call: &Call) -> Result<Value, Failure> {
    let caller = call.caller()?;
    let expires_at = call.token_expires_at();
    let (token, user) = tokens::exchange(call.messaging(), &caller, expires_at).await?;
    let mut body = user_token(&token, &user);
    body["expire_timestamp"] = expire_timestamp(call, expires_at).into();
    Ok(body)
}

fn user_token(token: &IssuedToken, user: &User) -> Value {
    json!({
        "access_token": token.access_token,
        "expires_in": expires_in(token),
        "user": {
            "uuid": user.uuid,
            "type": "user",
            "created": user.created,
            "modified": user.modified,
            "username": user.id.as_str(),
            "activated": user.activated,
        },
    })
}

/// Lifetime in seconds.
fn expires_in(token: &IssuedToken) -> u64 {
    if token.expires_in == 0 { NEVER } else { token.expires_in.min(NEVER) }
}

/// When the token of this very request expires; the SDK asks before it switches to a new one.
async fn expires(call: Call) -> Result<Answer, Failure> {
    call.caller_for_path_user()?;
    let expires_at = call.token_expires_at();
    Ok(Answer::Bare(json!({ "expire_timestamp": expire_timestamp(&call, expires_at) })))
}

fn expire_timestamp(call: &Call, expires_at: Option<Timestamp>) -> Timestamp {
    expires_at.unwrap_or_else(|| call.messaging().clock().now() + NEVER_MS)
}
