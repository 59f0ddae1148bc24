//! `/chatmessages`: what was said in an hour, as a file.

use hongyan_messaging::exports;
use serde_json::json;

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::files;
use crate::range::Asked;
use crate::rates::Rate;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::History, "Messages");
    routes
        .get("/chatmessages/{hour}", link)
        .ids(&["M19"])
        .access(Access::App)
        .rate(Rate::each_minute(10))
        .about(
            "Gives a link to a file with everything that was said in an hour",
            "获取某一小时内全部消息的文件链接",
        )
        .answers("{data: {url: string}[]}");
    routes
        .get("/chatmessages/{hour}/file", file)
        .about(
            "Downloads the file of an hour by its link: gzip, a JSON object on each line",
            "通过链接下载某一小时的消息文件：gzip 格式，每行一个 JSON 对象",
        )
        .query("{expires: int, signature: string}")
        .answers_bytes();
    routes
}

async fn link(call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let link = exports::link(call.messaging(), &caller, call.path("hour")).await?;
    let (expires, signature) = (link.expires, link.signature);
    let url = format!("{}/file?expires={expires}&signature={signature}", call.uri());
    Ok(Envelope::data(json!([{ "url": url }])).into())
}

/// Without a token: who was given the link hands it on to whatever fetches files.
async fn file(call: Call) -> Result<Answer, Failure> {
    let given = |name| call.query().text(name).unwrap_or_default();
    let signed = (given("expires"), given("signature"));
    let download =
        exports::download(call.messaging(), call.app(), call.path("hour"), signed).await?;
    let asked = Asked::of(call.header("range"), download.size())?;
    Ok(Answer::Raw(files::response(download, asked)))
}
