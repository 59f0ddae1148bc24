//! The shapes of the API as TypeScript, which the page is compiled against.
//!
//! `HONGYAN_TEST_UPDATE_TYPES=1 cargo test -p hongyan-console` writes them to `web/console/src/api/types`.

use std::collections::BTreeMap;
use std::path::Path;

use ts_rs::{Config, ExportError, TS};

use crate::account::{
    audit, invites, login, members, organisations, profile, registration, security, session, words,
};
use crate::{
    apps, billing, callbacks, features, groups, messages, moderation, muc, page, push, queries,
    reports, rooms, sensitive_words, settings, statistics, users,
};

/// Writes the type and every type of ours that it is made of.
type Export = fn(&Config) -> Result<(), ExportError>;

/// Every type that a request or an answer is.
const TYPES: &[Export] = &[
    // The parameter stands for any type of item.
    page::CursorPage::<()>::export_all,
    // --- account
    session::SessionInfo::export_all,
    login::LoginRequest::export_all,
    login::LoginState::export_all,
    login::FactorRequest::export_all,
    login::TicketRequest::export_all,
    words::Challenge::export_all,
    registration::RegisterRequest::export_all,
    registration::NameCheck::export_all,
    registration::InviteInfo::export_all,
    registration::VerifyEmailRequest::export_all,
    registration::ForgotRequest::export_all,
    registration::ResetRequest::export_all,
    profile::EditAccount::export_all,
    profile::ChangePassword::export_all,
    profile::ChangeEmail::export_all,
    profile::EmailChange::export_all,
    security::Security::export_all,
    security::SetProtection::export_all,
    security::TotpOffer::export_all,
    security::ConfirmTotp::export_all,
    security::RecoveryCodes::export_all,
    security::OfferedFactors::export_all,
    security::VerifyRequest::export_all,
    security::Verified::export_all,
    members::Member::export_all,
    members::CreateMember::export_all,
    members::EditMember::export_all,
    members::ResetMemberPassword::export_all,
    invites::Invite::export_all,
    invites::CreateInvite::export_all,
    invites::CreatedInvite::export_all,
    organisations::Organisations::export_all,
    organisations::CreateOrganisation::export_all,
    organisations::MailStatus::export_all,
    audit::AuditLine::export_all,
    // --- billing
    billing::purchase::Offers::export_all,
    billing::purchase::PurchaseRequest::export_all,
    billing::purchase::Estimate::export_all,
    billing::purchase::Purchase::export_all,
    billing::orders::OrderDetail::export_all,
    billing::orders::Product::export_all,
    billing::orders::SetAutoRenew::export_all,
    billing::account::BillingAccount::export_all,
    billing::account::Resource::export_all,
    billing::account::SetAlert::export_all,
    billing::account::LedgerEntry::export_all,
    billing::account::RechargeRow::export_all,
    billing::account::AddRecharge::export_all,
    billing::bills::BillDetail::export_all,
    billing::bills::Costs::export_all,
    billing::operator::OrgAccounts::export_all,
    billing::operator::SetCreditLimit::export_all,
    billing::operator::AdjustBalance::export_all,
    billing::operator::Rerun::export_all,
    billing::operator::RerunResult::export_all,
    billing::operator::ChangePlan::export_all,
    billing::operator::AppGrants::export_all,
    billing::operator::GrantFeature::export_all,
    billing::plans::CatalogueText::export_all,
    // --- callbacks
    callbacks::Callbacks::export_all,
    callbacks::CallbackForm::export_all,
    callbacks::EnableCallback::export_all,
    callbacks::TestCallback::export_all,
    callbacks::CallbackTest::export_all,
    callbacks::CallbackDeliveries::export_all,
    callbacks::ReplayCallbacks::export_all,
    callbacks::ReplayedCallbacks::export_all,
    // --- reports
    reports::Reports::export_all,
    reports::HandleReports::export_all,
    reports::HandledReports::export_all,
    // --- sensitive words
    sensitive_words::SensitiveWords::export_all,
    sensitive_words::WordPage::export_all,
    sensitive_words::WordText::export_all,
    sensitive_words::WordImport::export_all,
    sensitive_words::RemoveWords::export_all,
    sensitive_words::RemovedWords::export_all,
    sensitive_words::WordTest::export_all,
    sensitive_words::WordHits::export_all,
    moderation::Moderation::export_all,
    moderation::rules::ModerationRuleForm::export_all,
    moderation::rules::TryModeration::export_all,
    moderation::rules::ModerationTrial::export_all,
    moderation::lists::KeywordListForm::export_all,
    moderation::tags::TagForm::export_all,
    moderation::tags::TagName::export_all,
    moderation::tags::TagMembers::export_all,
    moderation::tags::TaggedMembers::export_all,
    moderation::tags::TagsMembers::export_all,
    moderation::records::ModerationRecords::export_all,
    moderation::records::ModerationStatistics::export_all,
    // --- apps
    apps::shapes::App::export_all,
    apps::shapes::AppDetail::export_all,
    apps::shapes::DataCenter::export_all,
    apps::CreateApp::export_all,
    apps::EditApp::export_all,
    apps::DeleteApp::export_all,
    apps::credentials::ClientSecret::export_all,
    apps::credentials::ResetSecret::export_all,
    apps::credentials::TokenTtl::export_all,
    apps::credentials::IssueAppToken::export_all,
    apps::credentials::AppToken::export_all,
    // --- features and settings
    features::Features::export_all,
    features::SwitchFeature::export_all,
    settings::RecallWindows::export_all,
    settings::Devices::export_all,
    settings::Registration::export_all,
    settings::Thumbnail::export_all,
    settings::Allowlist::export_all,
    settings::Allow::export_all,
    settings::Overview::export_all,
    // --- users
    users::UserRow::export_all,
    users::UserDetail::export_all,
    users::CreateUser::export_all,
    users::UpdateUser::export_all,
    users::NewPassword::export_all,
    users::IssueToken::export_all,
    users::IssuedToken::export_all,
    users::relations::Friend::export_all,
    users::relations::PushBindingRow::export_all,
    users::relations::UserPush::export_all,
    users::relations::UserPushForm::export_all,
    push::Push::export_all,
    push::PushPolicyForm::export_all,
    push::PushCertificate::export_all,
    push::CertificateForm::export_all,
    push::EnableCertificate::export_all,
    push::CertificateTest::export_all,
    push::CertificateTested::export_all,
    push::PushTemplates::export_all,
    push::PushTemplateForm::export_all,
    push::PushStatistics::export_all,
    users::relations::BlockedUser::export_all,
    users::relations::OtherUser::export_all,
    users::standing::UserMutes::export_all,
    users::standing::MuteUser::export_all,
    users::standing::MutedUsers::export_all,
    // --- groups and chat rooms
    groups::GroupRow::export_all,
    groups::GroupDetail::export_all,
    groups::CreateGroup::export_all,
    groups::UpdateGroup::export_all,
    muc::MemberRow::export_all,
    rooms::RoomRow::export_all,
    rooms::RoomDetail::export_all,
    rooms::CreateRoom::export_all,
    rooms::UpdateRoom::export_all,
    muc::OneUser::export_all,
    muc::SomeUsers::export_all,
    muc::MuteMembers::export_all,
    muc::MutedMember::export_all,
    muc::Switched::export_all,
    muc::NewText::export_all,
    muc::UserOutcome::export_all,
    messages::SendMessage::export_all,
    messages::SentMessage::export_all,
    // --- statistics and live queries
    statistics::DayStatistics::export_all,
    statistics::Realtime::export_all,
    statistics::MessageDay::export_all,
    statistics::HotKind::export_all,
    statistics::HotSubject::export_all,
    queries::DeliveryRow::export_all,
    queries::DeliveryDetail::export_all,
    queries::ConnectionRow::export_all,
];

const CHECKED_IN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../web/console/src/api/types");

#[test]
fn the_page_is_compiled_against_the_shapes_of_the_api() {
    let folder = tempfile::tempdir().unwrap();
    // Numbers of JSON are numbers of JavaScript: ids and times of ours fit.
    let config = Config::new().with_large_int("number").with_out_dir(folder.path());
    for export in TYPES {
        export(&config).unwrap();
    }
    let fresh = files(folder.path());
    if std::env::var_os("HONGYAN_TEST_UPDATE_TYPES").is_some() {
        let _ = std::fs::remove_dir_all(CHECKED_IN);
        std::fs::create_dir_all(CHECKED_IN).unwrap();
        for (name, text) in &fresh {
            std::fs::write(Path::new(CHECKED_IN).join(name), text).unwrap();
        }
    }
    let checked_in = files(Path::new(CHECKED_IN));
    let names = |of: &BTreeMap<String, String>| of.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&checked_in), names(&fresh), "see the comment of this module");
    for (name, text) in &fresh {
        assert!(checked_in[name] == *text, "{name} is stale; see the comment of this module");
    }
}

fn files(folder: &Path) -> BTreeMap<String, String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, std::fs::read_to_string(entry.path()).unwrap())
        })
        .collect()
}
