//! What the mails say, in both languages.

use hongyan_model::catalogue::Money;

use crate::staff::Language;

/// Subject and text.
pub(crate) type Words = (String, String);

/// To addresses of an app, whose language nobody knows: in both.
pub(crate) fn callbacks_failed(app: &str, rule: &str, failures: u32, last: &str) -> Words {
    (
        format!("消息回调失败 Callbacks fail: {app} - 鸿雁 Hongyan"),
        format!(
            "应用 {app} 的回调规则“{rule}”已有 {failures} 次投递失败。最近一次失败的原因：{last}\n\n\
             {failures} deliveries of the callback rule \"{rule}\" of the app {app} have failed. The last \
             reason: {last}\n"
        ),
    )
}

/// How far it is with the apps of who owes money.
pub(crate) enum Debt {
    Due { stops: String, ends: String },
    Stopped { since: String, ends: String },
    Deleted { restorable: String },
}

pub(crate) fn arrears(language: Language, owed: Money, debt: &Debt) -> Words {
    let (subject, what) = match language {
        Language::Zh => (
            format!("账户欠费 {owed} 元 - 鸿雁"),
            match debt {
                Debt::Due { stops, ends } => format!(
                    "如果不充值，应用将于 {stops} 停止服务，数据保留至 {ends}，之后删除。\n\n充值后即可继续使用。"
                ),
                Debt::Stopped { since, ends } => format!(
                    "应用已于 {since} 停止服务，数据保留至 {ends}，之后删除。\n\n充值后服务会在一分钟内恢复。"
                ),
                Debt::Deleted { restorable } => {
                    format!("应用已被删除。如需恢复，请在 {restorable} 之前充值，并联系运维人员。")
                }
            },
        ),
        Language::En => (
            format!("Your account owes {owed} - Hongyan"),
            match debt {
                Debt::Due { stops, ends } => format!(
                    "Unless it pays, its apps are stopped on {stops}; their data are kept until {ends}, and deleted \
                     then.\n\nOnce it pays they go on serving."
                ),
                Debt::Stopped { since, ends } => format!(
                    "Its apps were stopped on {since}; their data are kept until {ends}, and deleted then.\n\nOnce it \
                     pays they serve again within a minute."
                ),
                Debt::Deleted { restorable } => format!(
                    "Its apps have been deleted. To have them back, pay before {restorable} and ask the operator."
                ),
            },
        ),
    };
    let text = match language {
        Language::Zh => format!("您好！\n\n贵公司账户已欠费 {owed} 元。{what}\n"),
        Language::En => format!("Hello,\n\nyour organisation owes {owed}. {what}\n"),
    };
    (subject, text)
}

pub(crate) fn balance_low(language: Language, balance: Money) -> Words {
    match language {
        Language::Zh => (
            format!("账户余额不足：{balance} 元 - 鸿雁"),
            format!("您好！\n\n贵公司账户余额为 {balance} 元，低于您设置的预警值。请及时充值。\n"),
        ),
        Language::En => (
            format!("Your balance is low: {balance} - Hongyan"),
            format!(
                "Hello,\n\nthe balance of your organisation is {balance}, less than you want to be told of. Please recharge in \
                 time.\n"
            ),
        ),
    }
}

pub(crate) fn verify_email(language: Language, link: &str) -> Words {
    match language {
        Language::Zh => (
            "验证您的邮箱 - 鸿雁".to_owned(),
            format!(
                "您好！\n\n请打开下面的链接，完成邮箱验证：\n\n{link}\n\n\
                 链接在 24 小时内有效，且只能使用一次。如果这不是您的操作，请忽略本邮件。\n"
            ),
        ),
        Language::En => (
            "Verify your e-mail address - Hongyan".to_owned(),
            format!(
                "Hello,\n\nopen this link to verify your e-mail address:\n\n{link}\n\n\
                 It is valid for 24 hours and works once. If you did not ask for it, ignore this mail.\n"
            ),
        ),
    }
}

pub(crate) fn reset_password(language: Language, link: &str) -> Words {
    match language {
        Language::Zh => (
            "重置密码 - 鸿雁".to_owned(),
            format!(
                "您好！\n\n请打开下面的链接，设置新密码：\n\n{link}\n\n\
                 链接在 1 小时内有效，且只能使用一次。如果这不是您的操作，请忽略本邮件，您的密码不会改变。\n"
            ),
        ),
        Language::En => (
            "Reset your password - Hongyan".to_owned(),
            format!(
                "Hello,\n\nopen this link to set a new password:\n\n{link}\n\n\
                 It is valid for one hour and works once. If you did not ask for it, ignore this mail: your \
                 password stays as it is.\n"
            ),
        ),
    }
}

pub(crate) fn code(language: Language, code: &str) -> Words {
    match language {
        Language::Zh => (
            format!("验证码 {code} - 鸿雁"),
            format!(
                "您好！\n\n您的验证码是：{code}\n\n\
                 验证码在 10 分钟内有效。请勿告诉他人。如果这不是您的操作，请尽快修改密码。\n"
            ),
        ),
        Language::En => (
            format!("Your code {code} - Hongyan"),
            format!(
                "Hello,\n\nyour code is {code}\n\nIt is valid for 10 minutes. Tell it to nobody. If you did not \
                 ask for it, change your password soon.\n"
            ),
        ),
    }
}

/// `org` is the organisation to join; `None` to register a new one.
pub(crate) fn invitation(language: Language, org: Option<&str>, link: &str) -> Words {
    match (language, org) {
        (Language::Zh, Some(org)) => (
            format!("邀请您加入 {org} - 鸿雁"),
            format!(
                "您好！\n\n{org} 邀请您成为开发者后台的成员。请打开下面的链接，设置密码：\n\n{link}\n\n\
                 链接在 7 天内有效，且只能使用一次。\n"
            ),
        ),
        (Language::Zh, None) => (
            "邀请您注册 - 鸿雁".to_owned(),
            format!(
                "您好！\n\n您被邀请注册开发者后台。请打开下面的链接：\n\n{link}\n\n\
                 链接在 7 天内有效，且只能使用一次。\n"
            ),
        ),
        (Language::En, Some(org)) => (
            format!("Join {org} - Hongyan"),
            format!(
                "Hello,\n\n{org} invites you to its console. Open this link and choose a password:\n\n{link}\n\n\
                 It is valid for 7 days and works once.\n"
            ),
        ),
        (Language::En, None) => (
            "You are invited - Hongyan".to_owned(),
            format!(
                "Hello,\n\nyou are invited to register. Open this link:\n\n{link}\n\n\
                 It is valid for 7 days and works once.\n"
            ),
        ),
    }
}
