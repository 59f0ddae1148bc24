//! What vendors say later: that a notice arrived, that somebody tapped on it.

use hmac::{Hmac, Mac};
use hongyan_model::{App, Refusal, Result};
use hongyan_push::Receipt;
use hongyan_store::push_certificates::PushCertificate;
use hongyan_store::push_figures::{self, Figure};
use serde_json::Value;
use sha2::Sha256;

use crate::Integrations;

/// Vendors that tell what became of a notice.
const TELLING: [&str; 6] = ["HUAWEI", "HONOR", "XIAOMI", "OPPO", "VIVO", "MEIZU"];
/// Devices of which one call may tell: more is no receipt.
const MOST: u64 = 100_000;

/// Where the vendors of an app tell what became of notices, without the vendor's name; `None` where the installation does not
/// know its own address. It holds a secret: whoever knows it can count.
pub async fn url(i: &Integrations, app: &App) -> Result<Option<String>> {
    let Some(public) = i.0.public_url.as_deref() else { return Ok(None) };
    let secret = secret(i, app).await?;
    let public = public.trim_end_matches('/');
    Ok(Some(format!("{public}/{}/{}/push/receipts/{secret}", app.org, app.name)))
}

/// What the notices of a certificate say of receipts.
pub(super) async fn of_notices(
    i: &Integrations,
    app: &App,
    certificate: &PushCertificate,
) -> Result<Option<Receipt>> {
    if !TELLING.contains(&certificate.vendor.as_str()) {
        return Ok(None);
    }
    let url = url(i, app).await?;
    let vendor = certificate.vendor.to_lowercase();
    Ok(url.map(|url| Receipt { url: format!("{url}/{vendor}"), param: certificate.id.clone() }))
}

/// Counts what a vendor tells in `body`, as JSON or as a form; how many notices it was about.
pub async fn note(
    i: &Integrations,
    app: &App,
    (shown, vendor): (&str, &str),
    body: &[u8],
) -> Result<u64> {
    let vendor = vendor.to_uppercase();
    let known = TELLING.contains(&vendor.as_str());
    if !known || !is_secret(&secret(i, app).await?, shown) {
        return Err(Refusal::NotPermitted.into());
    }
    let (arrived, clicked) = count(&vendor, body).ok_or_else(|| {
        let why = format!("no receipt of {vendor}");
        Refusal::Invalid { name: "body", why }
    })?;
    if arrived + clicked > 0 {
        let day = i.platform().calendar().day(i.0.clock.now()).number();
        let figure = Figure { day, channel: vendor, arrived, clicked, ..Figure::default() };
        push_figures::add_later(i.store(), app.id, &[figure]).await?;
    }
    Ok(arrived + clicked)
}

async fn secret(i: &Integrations, app: &App) -> Result<String> {
    let key = i.0.pushing.receipt_key(i).await?;
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mut mac| {
        mac.update(b"push receipts ");
        mac.update(app.uuid.as_bytes());
        mac.finalize().into_bytes()
    });
    // A key of any length is one.
    Ok(mac.map(|mac| hex(&mac[..16])).unwrap_or_default())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// In a time that does not tell how much of it is right.
fn is_secret(secret: &str, shown: &str) -> bool {
    !secret.is_empty()
        && secret.len() == shown.len()
        && secret.bytes().zip(shown.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// How many notices arrived and were tapped on; `None` for what is no receipt of the vendor.
fn count(vendor: &str, body: &[u8]) -> Option<(u64, u64)> {
    let value = match vendor {
        "XIAOMI" => form_field(body, "data"),
        "MEIZU" => form_field(body, "cb"),
        _ => None,
    };
    let value: Value = match value {
        Some(text) => serde_json::from_str(&text).ok()?,
        None => serde_json::from_slice(body).ok()?,
    };
    let (mut arrived, mut clicked) = (0_u64, 0_u64);
    match vendor {
        "HUAWEI" | "HONOR" => {
            let statuses = value["statuses"].as_array()?;
            arrived =
                statuses.iter().filter(|one| number(&one["status"]) == Some(0)).count() as u64;
        }
        "OPPO" => {
            let all = match &value {
                Value::Array(all) => all.as_slice(),
                one => std::slice::from_ref(one),
            };
            for one in all {
                let devices = targets(&one["registrationIds"])?;
                match one["eventType"].as_str()? {
                    "push_arrive" => arrived += devices,
                    "push_click" => clicked += devices,
                    _ => {}
                }
            }
        }
        // By message: what happened, and at which devices.
        _ => {
            for one in value.as_object()?.values() {
                let devices = targets(&one["targets"])?;
                let kind = if vendor == "VIVO" { &one["ackType"] } else { &one["type"] };
                // Meizu and Xiaomi say 1 and 2, vivo 0 and 1, and nothing for what arrived.
                let clicks = if vendor == "VIVO" { 1 } else { 2 };
                match number(kind) {
                    Some(kind) if kind == clicks => clicked += devices,
                    Some(kind) if kind + 1 == clicks => arrived += devices,
                    None => arrived += devices,
                    Some(_) => {}
                }
            }
        }
    }
    (arrived + clicked <= MOST).then_some((arrived, clicked))
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Devices of a list, or of a text with commas.
fn targets(value: &Value) -> Option<u64> {
    match value {
        Value::Array(all) => Some(all.len() as u64),
        Value::String(text) => {
            Some(text.split(',').filter(|id| !id.trim().is_empty()).count() as u64)
        }
        _ => None,
    }
}

fn form_field(body: &[u8], name: &str) -> Option<String> {
    let mut fields = form_urlencoded::parse(body);
    fields.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_vendor_counts_in_its_own_words() {
        let counted = |vendor: &str, body: &str| count(vendor, body.as_bytes());
        let huawei = r#"{"statuses":[{"status":0,"token":"a"},{"status":2},{"status":"0"}]}"#;
        assert_eq!(counted("HUAWEI", huawei), Some((2, 0)));
        let oppo = r#"[{"registrationIds":"a,b","eventType":"push_arrive"},
            {"registrationIds":"a","eventType":"push_click"},
            {"registrationIds":"c","eventType":"regid_invalid"}]"#;
        assert_eq!(counted("OPPO", oppo), Some((2, 1)));
        let xiaomi = r#"{"m1":{"type":1,"targets":"a,b"},"m2":{"type":2,"targets":"a"},"m3":{"type":16,"targets":"z"}}"#;
        let form: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("data", xiaomi).finish();
        assert_eq!(counted("XIAOMI", &form), Some((2, 1)));
        let meizu = r#"{"m1":{"type":1,"targets":["a"]},"m2":{"type":"2","targets":["a","b"]}}"#;
        let form: String =
            form_urlencoded::Serializer::new(String::new()).append_pair("cb", meizu).finish();
        assert_eq!(counted("MEIZU", &form), Some((1, 2)));
        let vivo = r#"{"t1":{"param":"","targets":"a,b"},"t2":{"ackType":"1","targets":"a"},"t3":{"ackType":"0","targets":"a"}}"#;
        assert_eq!(counted("VIVO", vivo), Some((3, 1)));
        for vendor in TELLING {
            assert_eq!(counted(vendor, "hello"), None, "{vendor}");
        }
    }
}
