//! `/users/{user}/collections`: favourites.

use hongyan_messaging::favourites::{self, FavouriteQuery, NewFavourite};
use hongyan_model::{Favourite, Refusal};
use serde_json::{Value, json};

use crate::answer::{Answer, pair};
use crate::body;
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;

/// Favourites on a page when the caller names no limit.
const PAGE: usize = 100;
/// Largest import: as many and as long favourites as there may be, with every character escaped.
const IMPORT_BYTES: usize = 6 * 1024 * 1024;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Favourites, "Favourites");
    routes
        .post("/users/{user}/collections", add)
        .ids(&["F1"])
        .access(Access::App)
        .about(
            "Adds a favourite of a user; one that has the same id is replaced",
            "为用户添加收藏；ID 相同的收藏会被替换",
        )
        .body("{id?: string, type: int, data: string, ext?: string}")
        .answers_bare("{collection: Favourite}");
    routes
        .post("/collections", import)
        .ids(&["F2"])
        .access(Access::App)
        .about(
            "Imports up to 20 favourites of a user with the times at which they were made",
            "为用户导入最多 20 条收藏，保留各自的创建时间",
        )
        .body(
            "{username: string, collections: {id?: string, type: int, data: string, ext?: string, \
             createdAt?: int}[1..FAVOURITE_BATCH]}",
        )
        .answers_bare("{collections: Favourite[]}");
    routes
        .put("/users/{user}/collections/{favourite}", set_ext)
        .ids(&["F3"])
        .access(Access::App)
        .about("Changes what is noted beside a favourite", "修改收藏的扩展信息")
        .body("{ext: string | null}")
        .answers_bare("{collection: Favourite}");
    routes
        .delete("/users/{user}/collections", remove)
        .ids(&["F4"])
        .access(Access::App)
        .about("Removes up to 20 favourites of a user", "删除用户的最多 20 条收藏")
        .body("{collection_ids: string[1..FAVOURITE_BATCH]}")
        .answers_bare("{result: true}");
    routes
        .get("/users/{user}/collections", list)
        .ids(&["F5"])
        .access(Access::App)
        .about(
            "Reads a user's favourites by time and type, the newest first, from one on",
            "按时间和类型查询用户的收藏，最新的在前，可从某条开始",
        )
        .query(
            "{begin_time?: int, end_time?: int, direction?: 'desc' | 'asc', type?: int, \
             limit?: int(1..200), collection_id?: string}",
        )
        .answers_bare("{collections: Favourite[]}");
    routes
}

async fn add(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let new = new_favourite(&call.fields().await?)?;
    let new = NewFavourite { created: None, ..new };
    let added = favourites::add(call.messaging(), &caller, call.path("user"), new).await?;
    Ok(one(&added))
}

async fn import(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = body::json_up_to(call.take_body(), IMPORT_BYTES).await?;
    let Value::Object(fields) = fields else { return Err(Failure::NotAnObject) };
    let fields = Fields::new(fields);
    let user = fields.required_text("username")?;
    let rows = match fields.value("collections") {
        None => return Err(Refusal::Missing { name: "collections" }.into()),
        Some(Value::Array(rows)) => rows,
        Some(_) => return Err(not_objects().into()),
    };
    let new = rows.iter().map(|row| {
        let row = row.as_object().cloned().ok_or_else(not_objects)?;
        new_favourite(&Fields::new(row))
    });
    let new: Vec<NewFavourite> = new.collect::<Result<_, Refusal>>()?;
    let added = favourites::import(call.messaging(), &caller, &user, new).await?;
    Ok(many(&added))
}

/// An empty `ext`, also `null`, takes what is there.
async fn set_ext(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    if !fields.names().any(|name| name == "ext") {
        return Err(Refusal::Missing { name: "ext" }.into());
    }
    let ext = fields.text("ext")?.unwrap_or_default();
    let (user, id) = (call.path("user"), call.path("favourite"));
    let changed = favourites::set_ext(call.messaging(), &caller, user, id, &ext).await?;
    Ok(one(&changed))
}

async fn remove(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let ids = call.fields().await?.required_texts("collection_ids")?;
    favourites::remove(call.messaging(), &caller, call.path("user"), &ids).await?;
    Ok(Answer::Bare(pair("result", true)))
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let query = call.query();
    let oldest_first = match query.text("direction") {
        None | Some("desc") => false,
        Some("asc") => true,
        Some(_) => {
            let why = "direction should be desc or asc".to_owned();
            return Err(Refusal::Invalid { name: "direction", why }.into());
        }
    };
    let query = FavouriteQuery {
        from: query.text("collection_id").map(str::to_owned),
        begin: whole(&call, "begin_time")?,
        end: whole(&call, "end_time")?,
        kind: whole(&call, "type")?,
        oldest_first,
        limit: query.number("limit").unwrap_or(PAGE),
    };
    let found = favourites::list(call.messaging(), &caller, call.path("user"), query).await?;
    Ok(many(&found))
}

/// A filter: what is no number is refused, since a list without it would look like an answer.
fn whole<T: std::str::FromStr>(call: &Call, name: &'static str) -> Result<Option<T>, Refusal> {
    let given = call.query().text(name).map(str::parse).transpose();
    given.map_err(|_| Refusal::Invalid { name, why: "not a whole number".to_owned() })
}

fn new_favourite(fields: &Fields) -> Result<NewFavourite, Refusal> {
    let kind = fields.signed("type")?.ok_or(Refusal::Missing { name: "type" })?;
    let kind = i32::try_from(kind).map_err(|_| {
        let why = "must be -2147483648 to 2147483647".to_owned();
        Refusal::Invalid { name: "type", why }
    })?;
    Ok(NewFavourite {
        id: fields.text("id")?.filter(|id| !id.is_empty()),
        kind,
        data: fields.required_text("data")?,
        ext: fields.text("ext")?,
        created: fields.signed("createdAt")?,
    })
}

fn not_objects() -> Refusal {
    Refusal::Invalid { name: "collections", why: "not a list of objects".to_owned() }
}

/// Without the envelope.
fn one(favourite: &Favourite) -> Answer {
    Answer::Bare(pair("collection", object(favourite)))
}

fn many(favourites: &[Favourite]) -> Answer {
    Answer::Bare(pair("collections", favourites.iter().map(object).collect::<Value>()))
}

fn object(favourite: &Favourite) -> Value {
    json!({
        "id": favourite.id,
        "type": favourite.kind,
        "data": favourite.data,
        "ext": favourite.ext,
        "createdAt": favourite.created,
        "updatedAt": favourite.modified,
    })
}
