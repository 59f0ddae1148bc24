//! Members of an organisation: made, activated, changed and removed by its super admin, or by an operator.

use hongyan_model::{App, AppId, OrgId, Refusal, Result, StaffId, StaffRefusal};
use hongyan_store::organisations;
use hongyan_store::staff::{self, Membership, NewStaff, StaffRow, Verdict};

use crate::accounts::{PASSWORD_CHARS, check_texts, hash_new_password, parse_email};
use crate::invitations::require_member_role;
use crate::organisations::managed;
use crate::roles::Role;
use crate::sessions::{self, Session};
use crate::staff::{AppGrants, Language, Staff};
use crate::{Platform, apps, factors, lockout};

/// Members of one organisation.
pub const LIMIT: usize = 200;

/// A member of an organisation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Member {
    /// Its account.
    pub staff: Staff,
    /// Names of the apps it is limited to; `None` for all.
    pub apps: Option<Vec<String>>,
}

/// A member to be made. It cannot log in before it is activated, and changes its password at the first login.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMember {
    /// Address.
    pub email: String,
    /// First password.
    pub password: String,
    /// Admin or developer; operators also make super admins.
    pub role: Role,
    /// Name.
    pub name: String,
    /// Phone number.
    pub phone: String,
    /// Remark, ≤ 128 characters.
    pub remark: String,
    /// Names of the apps it is limited to; `None` for all.
    pub apps: Option<Vec<String>>,
    /// Whether it may see client secrets, where its role allows it.
    pub may_reveal_secret: bool,
}

/// New values of a member; absent ones stay.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct MemberChange {
    /// Role in the organisation.
    pub role: Option<Role>,
    /// Names of the apps it is limited to; `Some(None)` for all.
    pub apps: Option<Option<Vec<String>>>,
    /// Whether it may see client secrets.
    pub may_reveal_secret: Option<bool>,
    /// Name.
    pub name: Option<String>,
    /// Phone number.
    pub phone: Option<String>,
    /// Remark.
    pub remark: Option<String>,
}

/// The members of the organisation called `org`, or of one's own, the oldest first.
pub async fn list(p: &Platform, by: &Staff, org: Option<&str>) -> Result<Vec<Member>> {
    let org = managed(p, by, org).await?;
    let apps = apps::of_org(p, org).await?;
    let rows = staff::of_org(p.store(), org).await?;
    rows.into_iter().map(|row| Ok(member(Staff::of_row(row)?, &apps))).collect()
}

/// Makes a member of the organisation called `org`, or of one's own.
pub async fn create(
    p: &Platform,
    session: &Session,
    org: Option<&str>,
    new: NewMember,
) -> Result<Member> {
    let org = managed(p, &session.staff, org).await?;
    sessions::require_verified(p, session)?;
    require_member_role(&session.staff, new.role)?;
    let email = parse_email(&new.email)?;
    check_texts(Some(&new.name), Some(&new.phone), Some(&new.remark))?;
    let apps = apps::of_org(p, org).await?;
    let longest = *PASSWORD_CHARS.end();
    let stored = NewStaff {
        email,
        password_hash: hash_new_password(p, "password", &new.password, longest).await?,
        role: Some(new.role.as_str().to_owned()),
        name: new.name,
        phone: new.phone,
        remark: new.remark,
        language: Language::default().as_str().to_owned(),
        email_verified: false,
        activated: false,
        must_change_password: true,
        may_reveal_secret: new.may_reveal_secret,
        granted_apps: granted(new.apps.filter(|_| new.role != Role::SuperAdmin), &apps)?,
        created: p.clock().now(),
    };
    let id = match staff::insert_member(p.store(), org, &stored, LIMIT, None).await? {
        Membership::Done(id) => id,
        Membership::NoOrganisation | Membership::NoInvitation => {
            return Err(StaffRefusal::OrganisationNotFound.into());
        }
        Membership::EmailTaken => return Err(StaffRefusal::EmailTaken.into()),
        Membership::Full => {
            return Err(Refusal::TooMany { name: "members", limit: LIMIT }.into());
        }
    };
    let made = crate::staff::find(p, id).await?.ok_or(StaffRefusal::MemberNotFound)?;
    Ok(member(made, &apps))
}

/// Makes an active super admin without being asked by anybody: for the installation itself. An address that has an
/// account stays as it is.
pub async fn install_super_admin(
    p: &Platform,
    org: &str,
    email: &str,
    password: &str,
) -> Result<()> {
    let org = organisations::find(p.store(), org).await?;
    let org = org.ok_or(StaffRefusal::OrganisationNotFound)?;
    if staff::find_by_email(p.store(), &parse_email(email)?).await?.is_some() {
        return Ok(());
    }
    let stored = first_super_admin(p, email, password, false).await?;
    match staff::insert_member(p.store(), org.id, &stored, LIMIT, None).await? {
        // Somebody else was in between.
        Membership::Done(_) | Membership::EmailTaken => Ok(()),
        Membership::NoOrganisation | Membership::NoInvitation => {
            Err(StaffRefusal::OrganisationNotFound.into())
        }
        Membership::Full => Err(Refusal::TooMany { name: "members", limit: LIMIT }.into()),
    }
}

/// An active super admin, to be stored.
pub(crate) async fn first_super_admin(
    p: &Platform,
    email: &str,
    password: &str,
    must_change_password: bool,
) -> Result<NewStaff> {
    Ok(NewStaff {
        email: parse_email(email)?,
        password_hash: hash_new_password(p, "password", password, *PASSWORD_CHARS.end()).await?,
        role: Some(Role::SuperAdmin.as_str().to_owned()),
        language: Language::default().as_str().to_owned(),
        activated: true,
        must_change_password,
        may_reveal_secret: true,
        created: p.clock().now(),
        ..NewStaff::default()
    })
}

/// Lets a member log in.
pub async fn activate(
    p: &Platform,
    session: &Session,
    org: Option<&str>,
    id: StaffId,
) -> Result<Member> {
    sessions::require_verified(p, session)?;
    let org = managed(p, &session.staff, org).await?;
    let change = |row: &mut StaffRow, _| {
        row.activated = true;
        Ok(Verdict::Save)
    };
    update(p, org, id, change).await
}

/// Changes role, grants and texts of a member. The last super admin stays one.
pub async fn change(
    p: &Platform,
    session: &Session,
    org: Option<&str>,
    id: StaffId,
    change: MemberChange,
) -> Result<Member> {
    sessions::require_verified(p, session)?;
    let org = managed(p, &session.staff, org).await?;
    if change.role == Some(Role::Operator) {
        let why = "super_admin, admin or developer".to_owned();
        return Err(Refusal::Invalid { name: "role", why }.into());
    }
    check_texts(change.name.as_deref(), change.phone.as_deref(), change.remark.as_deref())?;
    let granted = match change.apps {
        Some(names) => Some(granted(names, &apps::of_org(p, org).await?)?),
        None => None,
    };
    let apply = |row: &mut StaffRow, other_super_admins| {
        if let Some(role) = change.role {
            let steps_down = is_super_admin(row) && role != Role::SuperAdmin;
            if steps_down && other_super_admins == 0 {
                return Err(StaffRefusal::LastSuperAdmin.into());
            }
            row.role = Some(role.as_str().to_owned());
        }
        if let Some(granted) = granted {
            row.granted_apps = granted;
        }
        if row.role.as_deref() == Some(Role::SuperAdmin.as_str()) {
            row.granted_apps = None;
        }
        row.may_reveal_secret = change.may_reveal_secret.unwrap_or(row.may_reveal_secret);
        row.name = change.name.unwrap_or_else(|| std::mem::take(&mut row.name));
        row.phone = change.phone.unwrap_or_else(|| std::mem::take(&mut row.phone));
        row.remark = change.remark.unwrap_or_else(|| std::mem::take(&mut row.remark));
        Ok(Verdict::Save)
    };
    update(p, org, id, apply).await
}

/// Sets a member's password, which it has to change at the next login; ends its sessions and unbinds its
/// authenticator app, which may be what it lost.
pub async fn reset_password(
    p: &Platform,
    session: &Session,
    org: Option<&str>,
    id: StaffId,
    password: &str,
) -> Result<Member> {
    sessions::require_verified(p, session)?;
    let org = managed(p, &session.staff, org).await?;
    require_other(session, id)?;
    let hash = hash_new_password(p, "password", password, *PASSWORD_CHARS.end()).await?;
    let change = |row: &mut StaffRow, _| {
        row.password_hash = hash;
        row.must_change_password = true;
        Ok(Verdict::Save)
    };
    let member = update(p, org, id, change).await?;
    sessions::end_all_of(p, id, None).await?;
    factors::remove_totp(p, id).await?;
    lockout::forgive(p, &member.staff.email);
    Ok(member)
}

/// Removes a member, who is signed out at once. The last super admin stays.
pub async fn remove(
    p: &Platform,
    session: &Session,
    org: Option<&str>,
    id: StaffId,
) -> Result<Member> {
    sessions::require_verified(p, session)?;
    let org = managed(p, &session.staff, org).await?;
    require_other(session, id)?;
    let change = |row: &mut StaffRow, other_super_admins| {
        if is_super_admin(row) && other_super_admins == 0 {
            return Err(StaffRefusal::LastSuperAdmin.into());
        }
        Ok(Verdict::Delete)
    };
    update(p, org, id, change).await
}

async fn update(
    p: &Platform,
    org: OrgId,
    id: StaffId,
    change: impl FnOnce(&mut StaffRow, i64) -> Result<Verdict, Refusal>,
) -> Result<Member> {
    let counted = Role::SuperAdmin.as_str();
    let changed = staff::update_member(p.store(), org, id, counted, change).await?;
    let staff = Staff::of_row(changed.ok_or(StaffRefusal::MemberNotFound)??)?;
    Ok(member(staff, &apps::of_org(p, org).await?))
}

fn member(staff: Staff, own: &[App]) -> Member {
    let apps = match &staff.apps {
        AppGrants::All => None,
        // One that is gone is not shown.
        AppGrants::Only(ids) => {
            let granted = own.iter().filter(|app| ids.contains(&app.id));
            Some(granted.map(|app| app.name.clone()).collect())
        }
    };
    Member { staff, apps }
}

/// The numbers of the named apps: only the organisation's own can be granted.
fn granted(names: Option<Vec<String>>, own: &[App]) -> Result<Option<Vec<AppId>>, Refusal> {
    let number = |name: String| {
        let app = own.iter().find(|app| app.name == name);
        let why = format!("{name} is no app of the organisation");
        app.map(|app| app.id).ok_or(Refusal::Invalid { name: "apps", why })
    };
    names.map(|names| names.into_iter().map(number).collect()).transpose()
}

/// Whether it is one who can act: not before its activation.
fn is_super_admin(row: &StaffRow) -> bool {
    row.activated && row.role.as_deref() == Some(Role::SuperAdmin.as_str())
}

fn require_other(session: &Session, id: StaffId) -> Result<()> {
    if session.staff.id == id { Err(StaffRefusal::OwnAccount.into()) } else { Ok(()) }
}
