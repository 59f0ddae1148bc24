//! Templates of notices, what became of notices, and what vendors say of them later.

use hongyan_integrations::push::{self, OfChannel, Template};
use hongyan_messaging::push_settings;
use hongyan_model::{App, Error, Feature, Refusal};
use hongyan_platform::Day;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Envelope};
use crate::body;
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::rates::Rate;

const TEMPLATE: &str = "{data: PushTemplate}";
/// Vendors whose name in the published statistics is not that of their channel.
const PUBLISHED: [(&str, &str); 5] = [
    ("HUAWEI", "HUAWEIPUSH"),
    ("XIAOMI", "XIAOMIPUSH"),
    ("MEIZU", "MEIZUPUSH"),
    ("OPPO", "OPPOPUSH"),
    ("VIVO", "VIVOPUSH"),
];

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Push, "Push settings");
    routes
        .put("/users/{user}/notification/template", choose)
        .ids(&["N9"])
        .access(Access::Itself)
        .about(
            "Sets the template of the notices that a user gets; empty is none",
            "设置用户接收推送时使用的模板；空字符串表示不使用",
        )
        .body("{templateName: string(64)}")
        .answers("{data: {templateName: string}}");
    routes
        .get("/users/{user}/notification/template", chosen)
        .access(Access::Itself)
        .about("Reads the template of the notices that a user gets", "查询用户接收推送时使用的模板")
        .answers("{data: {templateName: string}}");
    routes
        .post("/notification/template", create)
        .ids(&["N10"])
        .access(Access::App)
        .rate(Rate::each_second(10))
        .about(
            "Makes a template of notices; `default` and `detail` are used for everybody",
            "创建推送模板；`default` 和 `detail` 对所有用户生效",
        )
        .body("{name: string(64), title_pattern: string(200), content_pattern: string(1000)}")
        .answers(TEMPLATE);
    routes
        .get("/notification/template/{template}", one)
        .ids(&["N11"])
        .access(Access::App)
        .rate(Rate::each_second(10))
        .about("Reads a template of notices", "查询推送模板")
        .answers(TEMPLATE);
    routes
        .put("/notification/template/{template}", change)
        .ids(&["N11"])
        .access(Access::App)
        .rate(Rate::each_second(10))
        .about("Changes what a template of notices says", "修改推送模板的内容")
        .body("{title_pattern: string(200), content_pattern: string(1000)}")
        .answers(TEMPLATE);
    routes
        .delete("/notification/template/{template}", remove)
        .ids(&["N12"])
        .access(Access::App)
        .rate(Rate::each_second(10))
        .about("Removes a template of notices", "删除推送模板")
        .answers(TEMPLATE);
    routes
        .get("/push/data/offline-push/begin/{begin}/end/{end}", statistics)
        .ids(&["N13"])
        .access(Access::App)
        .rate(Rate::each_ten_seconds(10))
        .about(
            "Reads how many notices vendors took, by day and vendor; a year at most",
            "按日期和厂商统计推送数量，最长一年",
        )
        .query(
            "{platform?: 'ALL' | 'APNS' | 'ANDROID' | 'XIAOMIPUSH' | 'HUAWEIPUSH' | 'MEIZUPUSH' | 'OPPOPUSH' \
             | 'VIVOPUSH' | 'HONOR' | 'HARMONY'}",
        )
        .answers_bare(
            "{status: 'OK', data: {[key]: {[key]: {successCount: int, failCount: int, arriveCount?: int, \
             clickCount?: int}}}}",
        );
    routes
        .post("/push/receipts/{secret}/{vendor}", receipt)
        .access(Access::Open)
        .about(
            "For vendors: tells that notices arrived or were tapped on",
            "供推送厂商使用：报告通知已送达或被点击",
        )
        .answers_bare("{code: int, message: 'success', result: int}");
    routes
}

async fn choose(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let name = "templateName";
    let template = call.fields().await?.text(name)?.ok_or(Refusal::Missing { name })?;
    if !template.is_empty() {
        push::template(call.integrations(), call.app(), &template).await?;
    }
    let (m, user) = (call.messaging(), call.path("user"));
    let template = push_settings::set_template(m, &caller, user, &template).await?;
    Ok(Envelope::data(json!({ "templateName": template })).into())
}

async fn chosen(call: Call) -> Result<Answer, Failure> {
    let (caller, user) = (call.caller()?, call.path("user"));
    let template = push_settings::template(call.messaging(), &caller, user).await?;
    Ok(Envelope::data(json!({ "templateName": template })).into())
}

async fn create(mut call: Call) -> Result<Answer, Failure> {
    let fields = call.fields().await?;
    let name = fields.required_text("name")?;
    let (title, content) =
        (fields.required_text("title_pattern")?, fields.required_text("content_pattern")?);
    let patterns = (title.as_str(), content.as_str());
    let made = push::add_template(call.integrations(), call.app(), &name, patterns).await?;
    Ok(Envelope::data(object(call.app(), &made)).into())
}

async fn one(call: Call) -> Result<Answer, Failure> {
    let found = push::template(call.integrations(), call.app(), call.path("template")).await?;
    Ok(Envelope::data(object(call.app(), &found)).into())
}

async fn change(mut call: Call) -> Result<Answer, Failure> {
    let fields = call.fields().await?;
    let (title, content) =
        (fields.required_text("title_pattern")?, fields.required_text("content_pattern")?);
    let (i, name) = (call.integrations(), call.path("template"));
    let changed = push::edit_template(i, call.app(), name, (&title, &content)).await?;
    Ok(Envelope::data(object(call.app(), &changed)).into())
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let (i, name) = (call.integrations(), call.path("template"));
    let removed = push::remove_template(i, call.app(), name).await?;
    Ok(Envelope::data(object(call.app(), &removed)).into())
}

/// One that is as it was built in is as old as the app.
fn object(app: &App, template: &Template) -> Value {
    json!({
        "name": template.name,
        "createAt": template.created.unwrap_or(app.created),
        "updateAt": template.updated.unwrap_or(app.created),
        "title_pattern": template.title,
        "content_pattern": template.content,
    })
}

async fn statistics(call: Call) -> Result<Answer, Failure> {
    let feature = Feature::Push;
    if !call.app().enabled(feature) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    let day = |name: &'static str| {
        let why = || "not a date such as 2026-11-18".to_owned();
        call.path(name).parse::<Day>().map_err(|_| Refusal::Invalid { name, why: why() })
    };
    let days = (day("begin")?, day("end")?);
    let platform = call.query().text("platform").unwrap_or("ALL").to_uppercase();
    // Here the last day is the path's `end`.
    let renamed = |error| match error {
        Error::Refused(Refusal::Invalid { name: "to", why }) => {
            Refusal::Invalid { name: "end", why }.into()
        }
        other => other,
    };
    let found = push::statistics(call.integrations(), call.app(), days).await.map_err(renamed)?;
    let mut data = Map::new();
    for day in found.days {
        let mut channels = Map::new();
        for of in day.channels.iter().filter(|of| !of.channel.is_empty()) {
            let name = published(&of.channel);
            if platform == "ALL" || platform == name {
                channels.insert(name.to_owned(), counts(of));
            }
        }
        if !channels.is_empty() {
            data.insert(day.day.to_string(), channels.into());
        }
    }
    Ok(Answer::Bare(json!({ "status": "OK", "data": data })))
}

fn published(channel: &str) -> &str {
    PUBLISHED.iter().find(|(ours, _)| *ours == channel).map_or(channel, |(_, theirs)| theirs)
}

/// What vendors never told is left out.
fn counts(of: &OfChannel) -> Value {
    let mut counts = json!({ "successCount": of.success, "failCount": of.failure + of.unknown });
    if of.arrived > 0 {
        counts["arriveCount"] = of.arrived.into();
    }
    if of.clicked > 0 {
        counts["clickCount"] = of.clicked.into();
    }
    counts
}

async fn receipt(mut call: Call) -> Result<Answer, Failure> {
    let body = body::bytes(call.take_body()).await?;
    let (secret, vendor) = (call.path("secret"), call.path("vendor"));
    let about =
        push::note_receipts(call.integrations(), call.app(), (secret, vendor), &body).await?;
    Ok(Answer::Bare(json!({ "code": 200, "message": "success", "result": about })))
}
