//! What the console answers when it does not do what was asked: `{"error", "message", "field"?, "params"?}`.
//!
//! `error` is a code that the page has words for in both languages; `message` is for whoever reads the traffic.

use axum::body::Body;
use axum::response::Response;
use hongyan_model::billing::BillingRefusal;
use hongyan_model::{Error, ModerationRefusal, Refusal, StaffRefusal};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

/// Why a request was not done.
#[derive(Debug)]
pub(crate) struct Failure {
    status: StatusCode,
    /// Code, in snake case.
    pub(crate) error: &'static str,
    message: String,
    field: Option<&'static str>,
    /// Boxed, so that results stay small.
    params: Box<Map<String, Value>>,
}

impl Failure {
    /// A failure without field and parameters.
    pub(crate) fn new(status: StatusCode, error: &'static str, message: impl Into<String>) -> Self {
        Self { status, error, message: message.into(), field: None, params: Box::default() }
    }

    /// A body or query that does not have the shape of the endpoint.
    pub(crate) fn malformed(why: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed_request", why)
    }

    /// The field of the form that it is about.
    pub(crate) fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// The form's name `to` of the field that the domain calls `from`.
    pub(crate) fn renamed(mut self, from: &str, to: &'static str) -> Self {
        if self.field == Some(from) {
            self.field = Some(to);
        }
        self
    }

    /// A value that the page's words for it show.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn into_response(self) -> Response {
        let mut body = json!({ "error": self.error, "message": self.message });
        if let Some(field) = self.field {
            body["field"] = field.into();
        }
        let retry_after = self.params.get("retry_after_seconds").and_then(Value::as_i64);
        if !self.params.is_empty() {
            body["params"] = Value::Object(*self.params);
        }
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Fault(fault) => {
                let error = &fault as &dyn std::error::Error;
                tracing::error!(error, "a console request failed");
                Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error")
            }
        }
    }
}

impl From<StaffRefusal> for Failure {
    fn from(refusal: StaffRefusal) -> Self {
        use StaffRefusal as R;
        let message = refusal.to_string();
        let of = |status, error| Self::new(status, error, message);
        match refusal {
            R::SignedOut => of(StatusCode::UNAUTHORIZED, "signed_out"),
            R::LoginFailed => of(StatusCode::FORBIDDEN, "login_failed"),
            R::ChallengeRequired { challenge, difficulty } => {
                of(StatusCode::FORBIDDEN, "challenge_required")
                    .with("challenge", challenge)
                    .with("difficulty", difficulty)
            }
            R::TooSoon { retry_after_seconds } => of(StatusCode::TOO_MANY_REQUESTS, "too_soon")
                .with("retry_after_seconds", retry_after_seconds),
            R::WrongCode => of(StatusCode::FORBIDDEN, "wrong_code").field("code"),
            R::NotActivated => of(StatusCode::FORBIDDEN, "not_activated"),
            R::PasswordChangeRequired => of(StatusCode::FORBIDDEN, "password_change_required"),
            R::VerificationRequired { factors } => {
                let factors: Vec<&str> = factors.iter().map(|factor| factor.as_str()).collect();
                of(StatusCode::FORBIDDEN, "verification_required").with("factors", factors)
            }
            R::EmailTaken => of(StatusCode::CONFLICT, "email_taken").field("email"),
            R::LinkInvalid => of(StatusCode::GONE, "link_invalid"),
            R::InvitationRequired => of(StatusCode::FORBIDDEN, "invitation_required"),
            R::RegistrationClosed => of(StatusCode::FORBIDDEN, "registration_closed"),
            R::MailNotConfigured => of(StatusCode::CONFLICT, "mail_not_configured"),
            R::NoSecondFactor => of(StatusCode::CONFLICT, "no_second_factor"),
            R::FactorState => of(StatusCode::CONFLICT, "factor_state"),
            R::OrganisationExists => of(StatusCode::CONFLICT, "organisation_exists").field("org"),
            R::OrganisationNotFound => of(StatusCode::NOT_FOUND, "organisation_not_found"),
            R::OrganisationHasApps => of(StatusCode::CONFLICT, "organisation_has_apps"),
            R::ClosingNotRequested => of(StatusCode::CONFLICT, "closing_not_requested"),
            R::MemberNotFound => of(StatusCode::NOT_FOUND, "member_not_found"),
            R::LastSuperAdmin => of(StatusCode::CONFLICT, "last_super_admin"),
            R::OwnAccount => of(StatusCode::CONFLICT, "own_account"),
        }
    }
}

impl From<BillingRefusal> for Failure {
    fn from(refusal: BillingRefusal) -> Self {
        use BillingRefusal as R;
        const CONFLICT: StatusCode = StatusCode::CONFLICT;
        const NONE: StatusCode = StatusCode::NOT_FOUND;
        let message = refusal.to_string();
        let of = |status, error| Self::new(status, error, message);
        match refusal {
            R::BillingOff => of(CONFLICT, "billing_off"),
            R::AgreementRequired => {
                of(StatusCode::BAD_REQUEST, "agreement_required").field("agreed")
            }
            R::PlanNotAllowed => {
                of(StatusCode::UNPROCESSABLE_ENTITY, "plan_not_allowed").field("plan")
            }
            R::ServiceNotAllowed { key } => {
                of(StatusCode::UNPROCESSABLE_ENTITY, "service_not_allowed")
                    .field("services")
                    .with("key", key)
            }
            R::UnfinishedPurchase { purchase } => {
                of(CONFLICT, "unfinished_purchase").with("purchase_no", purchase)
            }
            R::BalanceTooLow { available, due } => {
                of(StatusCode::PAYMENT_REQUIRED, "balance_too_low")
                    .with("balance", available.0)
                    .with("due", due.0)
            }
            R::InArrears => of(CONFLICT, "in_arrears"),
            R::PurchaseNotFound => of(NONE, "purchase_not_found"),
            R::PurchaseClosed => of(CONFLICT, "purchase_closed"),
            R::OrderNotFound => of(NONE, "order_not_found"),
            R::BillNotFound => of(NONE, "bill_not_found"),
            R::RechargeNotFound => of(NONE, "recharge_not_found"),
            R::RechargePaid => of(CONFLICT, "recharge_paid"),
            R::MonthNotBillable => of(CONFLICT, "month_not_billable").field("month"),
        }
    }
}

impl From<ModerationRefusal> for Failure {
    fn from(refusal: ModerationRefusal) -> Self {
        use ModerationRefusal as R;
        let field = match refusal {
            R::ListExists => "name",
            R::WordExists => "word",
            R::TextOff | R::NoTextRule | R::TextRuleOff => "rule",
            R::ListNotFound | R::WordNotFound | R::ExportNotFound | R::ExportNotReady => "id",
        };
        let why = refusal.to_string();
        Self::new(StatusCode::BAD_REQUEST, "invalid", format!("{field}: {why}"))
            .field(field)
            .with("why", why)
    }
}

/// The page's forms name their fields as the domain names its parameters; where they differ, the handler says so
/// with [`Failure::field`].
impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        use Refusal as R;
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
        const NONE: StatusCode = StatusCode::NOT_FOUND;
        const CONFLICT: StatusCode = StatusCode::CONFLICT;
        let message = refusal.to_string();
        let of = |status, error| Self::new(status, error, message);
        match refusal {
            R::Staff(refusal) => refusal.into(),
            R::Billing(refusal) => refusal.into(),
            R::AppNotFound { .. } => of(NONE, "app_not_found"),
            R::AppExists { .. } => of(CONFLICT, "app_exists").field("name"),
            R::AppSuspended => of(FORBIDDEN, "app_suspended"),
            R::FeatureDisabled { feature } => {
                of(FORBIDDEN, "feature_disabled").with("feature", feature.key())
            }
            R::QuotaExceeded { feature } => {
                of(CONFLICT, "quota_exceeded").with("feature", feature.key())
            }
            R::PlatformNotAllowed => of(FORBIDDEN, "platform_not_allowed"),
            R::TokenExpired | R::TokenCorrupt | R::TokenInvalid | R::TokenUserGone => {
                of(FORBIDDEN, "token_invalid")
            }
            R::NotPermitted => of(FORBIDDEN, "not_permitted"),
            R::ClientIdMismatch | R::ClientSecretMismatch => {
                of(FORBIDDEN, "credentials_do_not_match")
            }
            R::WrongPassword => of(FORBIDDEN, "wrong_password").field("password"),
            R::UserBanned => of(FORBIDDEN, "user_banned"),
            R::RegistrationClosed => of(FORBIDDEN, "app_registration_closed"),
            R::Missing { name } => of(BAD, "missing").field(name),
            R::Invalid { name, why } => of(BAD, "invalid").field(name).with("why", why),
            R::TooMany { name, limit } => of(BAD, "too_many").field(name).with("limit", limit),
            R::InvalidUserId { .. } => of(BAD, "invalid_user_id").field("user"),
            R::UserIdTooLong => of(BAD, "user_id_too_long").field("user"),
            R::NicknameTooLong => of(BAD, "nickname_too_long").field("nickname"),
            R::PasswordTooLong => of(BAD, "password_too_long").field("password"),
            R::InvalidDevice => of(BAD, "invalid_device"),
            R::UserNotFound { user } => of(NONE, "user_not_found").field("user").with("user", user),
            R::UserExists { user } => of(CONFLICT, "user_exists").field("user").with("user", user),
            R::AttributesTooLarge { limit } => of(BAD, "attributes_too_large").with("limit", limit),
            R::FavouriteNotFound => of(NONE, "favourite_not_found"),
            R::PushTemplateNotFound { .. } => of(NONE, "template_not_found"),
            R::PushTemplateExists { .. } => of(CONFLICT, "template_exists").field("name"),
            R::Blocked => of(FORBIDDEN, "blocked"),
            R::NotContact => of(FORBIDDEN, "not_contact"),
            R::SensitiveWords => of(CONFLICT, "sensitive_words").field("text"),
            R::InUse { name } => of(CONFLICT, "in_use").field(name),
            R::Moderated => of(CONFLICT, "blocked_by_moderation").field("text"),
            R::BlockedByServer { .. } => of(CONFLICT, "blocked_by_server"),
            R::NotInvited => of(CONFLICT, "not_invited"),
            R::ConversationNotFound { .. } => of(NONE, "conversation_not_found"),
            R::InviterContactsFull | R::InviteeContactsFull => of(CONFLICT, "contacts_full"),
            R::GroupNotFound { .. } => of(NONE, "group_not_found"),
            R::GroupExists { .. } => of(CONFLICT, "group_exists"),
            R::NotMembers { .. } => of(CONFLICT, "not_members").field("user"),
            R::NotInGroup => of(CONFLICT, "not_in_group"),
            R::AlreadyMember { user, .. } => {
                of(CONFLICT, "already_member").field("user").with("user", user)
            }
            R::GroupFull => of(CONFLICT, "group_full"),
            R::UserGroupsFull { user } => {
                of(CONFLICT, "user_groups_full").field("user").with("user", user)
            }
            R::GroupDisabled => of(CONFLICT, "group_disabled"),
            R::GroupNotPublic => of(CONFLICT, "group_not_public"),
            R::NoRequest { user, .. } => of(NONE, "no_request").field("user").with("user", user),
            R::RoomNotFound { .. } => of(NONE, "room_not_found"),
            R::RoomTagNotFound => of(NONE, "room_tag_not_found"),
            R::RoomFull => of(CONFLICT, "room_full"),
            R::UserRoomsFull { user } => {
                of(CONFLICT, "user_rooms_full").field("user").with("user", user)
            }
            R::BroadcastTooSoon | R::BroadcastsExhausted => {
                of(StatusCode::TOO_MANY_REQUESTS, "too_many_broadcasts")
            }
            R::TooLong { name, limit } => of(BAD, "too_long").field(name).with("limit", limit),
            R::GroupOwner => of(CONFLICT, "group_owner"),
            R::RoleTooLow => of(FORBIDDEN, "role_too_low"),
            R::NotMember { user, .. } => {
                of(CONFLICT, "not_member").field("user").with("user", user)
            }
            R::NotAdministrator { user, .. } => {
                of(CONFLICT, "not_administrator").field("user").with("user", user)
            }
            R::SameOwner => of(CONFLICT, "same_owner").field("owner"),
            R::OnBlockList { user, .. } => {
                of(CONFLICT, "on_block_list").field("user").with("user", user)
            }
            R::ListFull { list, limit } => {
                of(CONFLICT, "list_full").field(list).with("limit", limit)
            }
            R::AnnouncementTooLong => of(BAD, "announcement_too_long").field("announcement"),
            R::Muted => of(FORBIDDEN, "muted"),
            R::AllMuted => of(FORBIDDEN, "all_muted"),
            R::GloballyMuted => of(FORBIDDEN, "globally_muted"),
            R::ThreadNotFound { .. } => of(NONE, "thread_not_found"),
            R::ThreadExists => of(CONFLICT, "thread_exists"),
            R::AlreadyInThread => of(CONFLICT, "already_in_thread"),
            R::UserThreadsFull { user } => {
                of(CONFLICT, "user_threads_full").field("user").with("user", user)
            }
            R::ThreadNameTooLong => of(BAD, "thread_name_too_long").field("name"),
            R::NotGroupMessage => of(BAD, "not_group_message"),
            R::MessageOfOtherGroup => of(BAD, "message_of_other_group"),
            R::ThreadNested => of(BAD, "thread_nested"),
            R::MessageTooLarge => of(BAD, "message_too_large"),
            R::MessageNotFound => of(NONE, "message_not_found"),
            R::Stream(_) => of(CONFLICT, "stream"),
            R::Export(_) => of(CONFLICT, "export"),
            R::Moderation(refusal) => refusal.into(),
            // Of REST alone.
            R::TooManyMessages => of(StatusCode::TOO_MANY_REQUESTS, "too_many_messages"),
            R::NotKept { days } => of(BAD, "not_kept").with("days", days),
            R::NotFetched { .. } => of(StatusCode::BAD_GATEWAY, "not_fetched"),
            R::Idempotency(_) => of(CONFLICT, "idempotency"),
            R::NotSender => of(FORBIDDEN, "not_sender"),
            R::ReactionExists => of(CONFLICT, "reaction_exists"),
            R::ReactionNotFound => of(NONE, "reaction_not_found"),
            R::EditLimit => of(CONFLICT, "edit_limit"),
            R::EditFormat => of(CONFLICT, "edit_format"),
            R::EditConflict => of(CONFLICT, "edit_conflict"),
            R::RecallTooLate => of(CONFLICT, "recall_too_late"),
            R::IpNotAllowed => of(FORBIDDEN, "ip_not_allowed"),
            R::FileNotFound => of(NONE, "file_not_found"),
            R::FileExpired { .. } => of(StatusCode::GONE, "file_expired"),
            R::FileForbidden => of(FORBIDDEN, "file_forbidden"),
            R::FileTooLarge => of(StatusCode::PAYLOAD_TOO_LARGE, "file_too_large"),
            R::LanguageNotSupported => of(BAD, "language_not_supported"),
            R::TextTooLong => of(BAD, "text_too_long"),
            R::InvalidAudio => of(BAD, "invalid_audio"),
            R::AudioTooLong => of(BAD, "audio_too_long"),
            R::RtcNotSetUp => of(CONFLICT, "rtc_not_set_up"),
            R::ProviderLimit => of(StatusCode::TOO_MANY_REQUESTS, "provider_limit"),
            R::ProviderFailed => of(StatusCode::BAD_GATEWAY, "provider_failed"),
            R::TooManyReports { limit } => {
                of(StatusCode::TOO_MANY_REQUESTS, "too_many_reports").with("limit", limit)
            }
            R::TooManyCalls => of(StatusCode::TOO_MANY_REQUESTS, "too_many_calls"),
            R::Overloaded => of(StatusCode::SERVICE_UNAVAILABLE, "overloaded"),
        }
    }
}
