//! When a message makes phones ring (docs/push.md, "When"): decided from facts, without I/O.

use hongyan_messaging::push_bindings::PushBinding;
use hongyan_messaging::push_settings::{Interval, PushSettings, Remind};
use hongyan_model::{DeviceId, PushWhen, Timestamp, User, UserId};
use hongyan_push::Vendor;
use hongyan_store::push_certificates::{Cause, PushCertificate};
use hongyan_store::push_settings::ConversationWish;
use serde_json::{Map, Value};

/// A message that is older makes nobody's phone ring.
const OLDEST_MS: i64 = 24 * 3600 * 1000;

/// Why there is no notice, in the published words; those without are ours.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Reason {
    /// The user is gone.
    NoUser,
    /// The message wants none.
    Ignored,
    /// The message is too old.
    Expired,
    /// The group has more members than may be notified (ours).
    GroupTooLarge,
    /// No device of the user is bound.
    NoBinding,
    /// The user wants none now.
    Quiet,
    /// The message does not want this device.
    Filtered,
    /// The app has no certificate of the binding's name.
    NoCertificate,
    /// The certificate is switched off.
    Disabled,
    /// The certificate's vendor refused it too often.
    Banned,
    /// The certificate's vendor takes no more today.
    OutOfLimit,
    /// The vendor was asked and took none.
    Refused,
    /// What the notice says cannot be sent to this vendor.
    InvalidMessage,
    /// A certificate for calls, and no call.
    InvalidVoip,
    /// More notices wait for the certificate than may (ours).
    QueueFull,
    /// It was not to be found out whether the vendor has it (ours).
    Interrupted,
    /// While it waited the message was withdrawn or received, or the device unbound (ours).
    Overtaken,
}

impl Reason {
    /// As events and statistics name it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::NoUser => "no user exist",
            Self::Ignored => "message ignore push",
            Self::Expired => "expire message",
            Self::GroupTooLarge => "group is too large",
            Self::NoBinding => "no push binding",
            Self::Quiet => "user ignore push",
            Self::Filtered => "ignore push device id",
            Self::NoCertificate => "no notifier exist",
            Self::Disabled => "notifier disabled",
            Self::Banned => "notifier is ban",
            Self::OutOfLimit => "notifier out of limit",
            Self::Refused => "push yet but fail",
            Self::InvalidMessage => "invalid message",
            Self::InvalidVoip => "invalid VOIP notification",
            Self::QueueFull => "too many notices wait",
            Self::Interrupted => "interrupted while being sent",
            Self::Overtaken => "overtaken while waiting",
        }
    }

    /// The one of these words.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        use Reason as R;
        const ALL: [Reason; 17] = [
            R::NoUser,
            R::Ignored,
            R::Expired,
            R::GroupTooLarge,
            R::NoBinding,
            R::Quiet,
            R::Filtered,
            R::NoCertificate,
            R::Disabled,
            R::Banned,
            R::OutOfLimit,
            R::Refused,
            R::InvalidMessage,
            R::InvalidVoip,
            R::QueueFull,
            R::Interrupted,
            R::Overtaken,
        ];
        ALL.into_iter().find(|reason| reason.word() == word)
    }
}

/// What holds for all receivers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Situation<'a> {
    pub(super) now: Timestamp,
    /// Minutes since midnight, in the app's time zone.
    pub(super) minute: u16,
    pub(super) when: PushWhen,
    /// Whether users' finer wishes count.
    pub(super) advanced: bool,
    pub(super) certificates: &'a [PushCertificate],
}

/// What the message says of its notices.
#[derive(Clone, Copy, Debug)]
pub(super) struct Said<'a> {
    pub(super) sent: Timestamp,
    pub(super) ext: &'a Map<String, Value>,
    /// Whether it asks phones to ring as for a call.
    pub(super) is_call: bool,
}

/// Whom it is for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Receiver<'a> {
    pub(super) user: Option<&'a User>,
    /// Its devices that are connected, or have the message.
    pub(super) online: &'a [DeviceId],
    pub(super) bindings: &'a [PushBinding],
    pub(super) settings: &'a PushSettings,
    /// What it wishes about the conversation.
    pub(super) wish: ConversationWish,
}

/// What becomes of a message at a receiver.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Decision<'a> {
    /// It is none that anybody would be notified of: who is online has it, who is banned gets nothing.
    Nothing,
    /// No device is notified.
    None(Reason),
    /// For each device that might be.
    Devices(Vec<ForDevice<'a>>),
}

/// What becomes of a message at a device.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct ForDevice<'a> {
    pub(super) binding: &'a PushBinding,
    pub(super) way: Result<&'a PushCertificate, Reason>,
}

/// Decides in the documented order.
pub(super) fn decide<'a>(
    situation: Situation<'a>,
    said: Said<'_>,
    receiver: Receiver<'a>,
) -> Decision<'a> {
    let Some(user) = receiver.user else { return Decision::None(Reason::NoUser) };
    if !user.activated {
        return Decision::Nothing;
    }
    let is_away = |binding: &PushBinding| {
        !receiver.online.iter().any(|device| is_device(device, &binding.device_id))
    };
    match situation.when {
        PushWhen::AllOffline if !receiver.online.is_empty() => return Decision::Nothing,
        PushWhen::AnyOffline
            if !receiver.online.is_empty() && !receiver.bindings.iter().any(is_away) =>
        {
            return Decision::Nothing;
        }
        _ => {}
    }
    if flag(said.ext, "em_ignore_notification") {
        return Decision::None(Reason::Ignored);
    }
    if situation.now - said.sent > OLDEST_MS {
        return Decision::None(Reason::Expired);
    }
    let away: Vec<&PushBinding> = receiver.bindings.iter().filter(|b| is_away(b)).collect();
    if away.is_empty() {
        return Decision::None(Reason::NoBinding);
    }
    if !flag(said.ext, "em_force_notification") && is_quiet(situation, said, receiver, &user.id) {
        return Decision::None(Reason::Quiet);
    }
    let filter = Filter::of(said.ext);
    let is_call = said.is_call;
    let mut devices: Vec<ForDevice<'a>> = Vec::new();
    for binding in away {
        let way = match filter.lets_through(binding) {
            true => way(situation, binding),
            false => Err(Reason::Filtered),
        };
        let new = ForDevice { binding, way };
        // A phone that is bound several times rings once.
        match devices.iter_mut().find(|known| known.binding.device_id == binding.device_id) {
            Some(known) if rank(&new, is_call) < rank(known, is_call) => *known = new,
            Some(_) => {}
            None => devices.push(new),
        }
    }
    Decision::Devices(devices)
}

/// Whether a binding's device is the one of a session: bindings leave out the platform that sessions begin with (`android_d1`,
/// `webim_web_d1`).
pub(super) fn is_device(session: &DeviceId, bound: &str) -> bool {
    let Some(before) = session.as_str().strip_suffix(bound) else { return false };
    // One word; a device may have `_` in its own name.
    let is_platform = |before: &str| !before.is_empty() && !before.contains('_');
    matches!(before, "" | "webim_web_") || before.strip_suffix('_').is_some_and(is_platform)
}

/// Whether a certificate serves calls (VoIP) only.
pub(super) fn is_for_calls(certificate: &PushCertificate) -> bool {
    certificate.shown.contains(".voip\"")
}

/// What comes first: a way over one that is none, then certificates for calls where it is one and others where it is none, then
/// the vendors as client SDKs choose them.
fn rank(device: &ForDevice<'_>, is_call: bool) -> (bool, bool, usize) {
    const PREFERRED: [Vendor; 9] = [
        Vendor::Fcm,
        Vendor::Xiaomi,
        Vendor::Huawei,
        Vendor::Honor,
        Vendor::Meizu,
        Vendor::Oppo,
        Vendor::Vivo,
        Vendor::Apns,
        Vendor::Harmony,
    ];
    let vendor = device.way.map(|certificate| certificate.vendor.as_str());
    let place = PREFERRED.iter().position(|preferred| Ok(preferred.name()) == vendor);
    let is_other = device.way.is_ok_and(|certificate| is_for_calls(certificate) != is_call);
    (device.way.is_err(), is_other, place.unwrap_or(PREFERRED.len()))
}

fn way<'a>(situation: Situation<'a>, binding: &PushBinding) -> Result<&'a PushCertificate, Reason> {
    let mut named = situation.certificates.iter().filter(|c| c.name == binding.notifier);
    let certificate = named.next().ok_or(Reason::NoCertificate)?;
    usable(certificate, situation.now)?;
    Ok(certificate)
}

/// Whether a certificate can be used now.
pub(super) fn usable(certificate: &PushCertificate, now: Timestamp) -> Result<(), Reason> {
    if !certificate.enabled || certificate.expires.is_some_and(|end| end <= now) {
        return Err(Reason::Disabled);
    }
    match &certificate.closed {
        Some(closed) if now < closed.until => Err(match closed.cause {
            Cause::Banned => Reason::Banned,
            Cause::OverQuota => Reason::OutOfLimit,
        }),
        _ => Ok(()),
    }
}

fn is_quiet(
    situation: Situation<'_>,
    said: Said<'_>,
    receiver: Receiver<'_>,
    user: &UserId,
) -> bool {
    let settings = receiver.settings;
    // The older form works without the advanced functions.
    if settings.no_disturbing && in_hours(settings.disturb, situation.minute / 60) {
        return true;
    }
    if !situation.advanced {
        return false;
    }
    let lasts = |until: Timestamp| until > situation.now;
    if lasts(settings.quiet_until)
        || lasts(receiver.wish.quiet_until)
        || settings.interval.is_some_and(|interval| in_interval(interval, situation.minute))
    {
        return true;
    }
    match receiver.wish.remind.unwrap_or(settings.remind) {
        Remind::All => false,
        Remind::Mentions => !mentions(said.ext, user),
        Remind::Nothing => true,
    }
}

/// Over midnight if it ends before it begins, all day if it ends where it begins.
fn in_interval(Interval { from, to }: Interval, minute: u16) -> bool {
    if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
}

fn in_hours((from, to): (Option<u8>, Option<u8>), hour: u16) -> bool {
    match (from, to) {
        (Some(from), Some(to)) => in_interval(Interval { from: from.into(), to: to.into() }, hour),
        _ => true,
    }
}

fn mentions(ext: &Map<String, Value>, user: &UserId) -> bool {
    let is_all = |text: &str| text.eq_ignore_ascii_case("all");
    match ext.get("em_at_list") {
        Some(Value::String(text)) => is_all(text) || is_user(text, user),
        Some(Value::Array(list)) => {
            list.iter().filter_map(Value::as_str).any(|text| is_all(text) || is_user(text, user))
        }
        _ => false,
    }
}

fn is_user(text: &str, user: &UserId) -> bool {
    text.eq_ignore_ascii_case(user.as_str())
}

/// A flag of the sender's; anything but `true` is none.
fn flag(ext: &Map<String, Value>, key: &str) -> bool {
    ext.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// `em_push_filter`.
#[derive(Default)]
struct Filter {
    accept_device: Option<Vec<String>>,
    ignore_device: Vec<String>,
    accept_notifier: Option<Vec<String>>,
    ignore_notifier: Vec<String>,
}

impl Filter {
    fn of(ext: &Map<String, Value>) -> Self {
        let Some(filter) = ext.get("em_push_filter").and_then(Value::as_object) else {
            return Self::default();
        };
        let list = |key: &str| -> Option<Vec<String>> {
            let list = filter.get(key)?.as_array()?;
            Some(list.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        };
        // An empty list of what is accepted restricts nothing: senders fill in forms.
        let accepted = |key| list(key).filter(|list| !list.is_empty());
        Self {
            accept_device: accepted("accept_device_id"),
            ignore_device: list("ignore_device_id").unwrap_or_default(),
            accept_notifier: accepted("accept_notifier_name"),
            ignore_notifier: list("ignore_notifier_name").unwrap_or_default(),
        }
    }

    fn lets_through(&self, binding: &PushBinding) -> bool {
        let is_accepted = |list: &Option<Vec<String>>, name: &String| {
            list.as_ref().is_none_or(|list| list.contains(name))
        };
        is_accepted(&self.accept_device, &binding.device_id)
            && is_accepted(&self.accept_notifier, &binding.notifier)
            && !self.ignore_device.contains(&binding.device_id)
            && !self.ignore_notifier.contains(&binding.notifier)
    }
}
