//! `/share_files` below `/chatgroups/{group}` and `/chatrooms/{room}`: files that a group or chat room shares.

use hongyan_messaging::files::Upload;
use hongyan_messaging::muc::{self, SharedFile};
use hongyan_model::{Feature, Muc, Refusal};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope, pair};
use crate::body;
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::files::response;
use crate::muc::place;
use crate::range::Asked;

/// Default and most files on a page.
const PAGE: usize = 1000;

pub(crate) fn routes() -> Routes {
    let mut groups = Routes::of(Area::Groups, "Files");
    let mut rooms = Routes::of(Area::Rooms, "Files");
    below(&mut groups, "/chatgroups/{group}", &[&["G14"], &["G15"], &["G16"], &["G17"]]);
    below(&mut rooms, "/chatrooms/{room}", &[&[], &[], &[], &[]]);
    groups.merge(rooms)
}

/// The ids are those of listing, sharing, downloading and removing.
fn below(routes: &mut Routes, base: &str, ids: &[&'static [&'static str]; 4]) {
    let (all, one) = (format!("{base}/share_files"), format!("{base}/share_files/{{file}}"));
    routes
        .get(&all, list)
        .ids(ids[0])
        .access(Access::Member)
        .about(
            "Reads the shared files, the newest first, on pages from 1",
            "查询共享文件，最新的在前，页码从 1 开始",
        )
        .query("{pagenum?: int, pagesize?: int(1..1000)}")
        .answers("{data: SharedFile[], count: int}");
    routes
        .post(&all, share)
        .ids(ids[1])
        .access(Access::Member)
        .about("Uploads a file that all members can read", "上传一个所有成员可读的文件")
        .multipart("{file: file}")
        .answers(
            "{data: {file_id: string, file_name: string, file_owner: string, file_size: int, \
             created: int, file_url: string, group_id?: string, id?: string}}",
        );
    routes
        .get(&one, download)
        .ids(ids[2])
        .access(Access::Member)
        .about(
            "Downloads a shared file, all of it or the range that is asked for",
            "下载共享文件，可为全部内容或指定范围",
        )
        .answers_bytes();
    routes
        .delete(&one, remove)
        .ids(ids[3])
        .access(Access::Member)
        .about(
            "Removes a shared file; for who shared it, the owner and administrators",
            "删除共享文件；上传者、所有者和管理员可用",
        )
        .answers("{data: {file_id: string, result: true, group_id?: string, id?: string}}");
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let page = call.query().number("pagenum").unwrap_or(1).max(1);
    let size = call.query().number("pagesize").unwrap_or(PAGE).clamp(1, PAGE);
    let place = place(&call)?;
    let files = muc::files(call.messaging(), &call.caller()?, &place, page, size).await?;
    let rows: Vec<Value> = files.iter().map(facts).collect();
    let count = rows.len();
    Ok(Envelope::data(rows).count(count).into())
}

async fn share(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let place = place(&call)?;
    let body = call.take_body();
    let most = call.app().most(Feature::FileBytesMax);
    let file = body::upload(call.headers(), body, most).await?.file;
    let file = file.ok_or(Refusal::Missing { name: "file" })?;
    let upload = Upload {
        name: file.name,
        content_type: file.content_type,
        bytes: file.bytes,
        restrict: true,
        thumbnail: (None, None),
    };
    let shared = muc::share_file(call.messaging(), &caller, &place, upload).await?;
    let mut row = facts(&shared);
    row["file_url"] = format!("{}/{}", call.uri(), shared.file.id).into();
    for name in ids(&place) {
        row[*name] = place.id().into();
    }
    Ok(Envelope::data(row).into())
}

async fn download(call: Call) -> Result<Answer, Failure> {
    let (place, file) = (place(&call)?, call.path("file"));
    let found = muc::download_file(call.messaging(), &call.caller()?, &place, file).await?;
    let asked = Asked::of(call.header("range"), found.size())?;
    Ok(Answer::Raw(response(found, asked)))
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let (place, file) = (place(&call)?, call.path("file"));
    muc::remove_file(call.messaging(), &call.caller()?, &place, file).await?;
    let mut row = pair("file_id", file);
    row["result"] = true.into();
    for name in ids(&place) {
        row[*name] = place.id().into();
    }
    Ok(Envelope::data(row).into())
}

fn facts(shared: &SharedFile) -> Value {
    json!({
        "file_id": shared.file.id.as_str(),
        "file_name": shared.file.name,
        "file_owner": shared.owner.as_str(),
        "file_size": shared.file.size,
        "created": shared.file.created,
    })
}

/// The names under which answers show the id of a group, and of a room.
fn ids(place: &Muc) -> &'static [&'static str] {
    if place.is_room() { &["id"] } else { &["group_id"] }
}
