//! Finding the programs that the steps need, and installing missing ones after saying so.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::step::{command, output, run};

const CARGO_DENY: &str = "cargo-deny@0.20.2";
const SCHEMATHESIS: &str = "schemathesis==4.32.5";

/// The file of a program in `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|file| file.is_file())
}

pub(crate) fn is_root() -> bool {
    output(&mut command("id", &["-u"])).is_ok_and(|uid| uid.trim() == "0")
}

/// Installs `package` of Debian unless `is_there` finds it.
pub(crate) fn debian_package<T>(
    package: &str,
    is_there: impl Fn() -> Option<T>,
) -> anyhow::Result<T> {
    if let Some(found) = is_there() {
        return Ok(found);
    }
    if find("apt-get").is_none() {
        bail!("{package} is missing, and there is no apt-get to install it: please install it");
    }
    let sudo: &[&str] = match (is_root(), find("sudo")) {
        (true, _) => &[],
        (false, Some(_)) => &["sudo"],
        (false, None) => bail!("{package} is missing: as root, run `apt-get install {package}`"),
    };
    eprintln!("    {package} is missing: installing the Debian package");
    let apt = |args: &[&str]| {
        let words = [sudo, &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"], args];
        let words = words.concat();
        run(&mut command(words[0], &words[1..]))
    };
    apt(&["update"])?;
    apt(&["install", "--yes", "--no-install-recommends", package])?;
    is_there().with_context(|| format!("{package} was installed, but what it brings is not there"))
}

/// The folder of `initdb` and `pg_ctl`, which Debian keeps out of `PATH`.
pub(crate) fn postgres_programs() -> anyhow::Result<PathBuf> {
    debian_package("postgresql", || {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = versions.map(|v| v.path().join("bin")).collect();
        folders.sort();
        folders.extend(find("initdb").and_then(|file| Some(file.parent()?.to_owned())));
        folders.into_iter().find(|folder| folder.join("initdb").is_file())
    })
}

/// The program of NATS, the bus between nodes; Debian keeps it where only root looks.
pub(crate) fn nats_server() -> anyhow::Result<PathBuf> {
    debian_package("nats-server", || {
        let debian = PathBuf::from("/usr/sbin/nats-server");
        find("nats-server").or_else(|| debian.is_file().then_some(debian))
    })
}

/// A Chromium that Playwright may drive.
pub(crate) fn chromium() -> anyhow::Result<PathBuf> {
    debian_package("chromium", || find("chromium"))
}

pub(crate) fn cargo_deny() -> anyhow::Result<()> {
    if find("cargo-deny").is_some() {
        return Ok(());
    }
    eprintln!("    cargo-deny is missing: installing it with cargo");
    // It reads some files: what an optimised build saves is less than it takes to make.
    run(&mut command("cargo", &["install", "--quiet", "--locked", "--debug", CARGO_DENY]))
}

/// schemathesis, in an environment of its own.
pub(crate) fn schemathesis() -> anyhow::Result<PathBuf> {
    let folder = std::path::absolute(format!("target/{SCHEMATHESIS}"))?;
    let program = folder.join("bin/schemathesis");
    if program.is_file() {
        return Ok(program);
    }
    debian_package("python3-venv", || {
        output(&mut command("python3", &["-c", "import ensurepip, venv"])).ok()
    })?;
    eprintln!("    {SCHEMATHESIS} is missing: installing it with pip in {}", folder.display());
    run(command("python3", &["-m", "venv"]).arg(&folder))?;
    let pip = folder.join("bin/pip");
    run(&mut command(&pip.to_string_lossy(), &["install", "--quiet", SCHEMATHESIS]))?;
    Ok(program)
}

/// Installs the packages of a web folder as its lock file says, unless that has been done.
pub(crate) fn npm_packages(folder: &Path) -> anyhow::Result<()> {
    if find("npm").is_none() {
        bail!("npm is missing: install Node 20 or newer");
    }
    let changed = |file: &str| folder.join(file).metadata().and_then(|m| m.modified()).ok();
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    eprintln!("    installing the npm packages of {}", folder.display());
    run(command("npm", &["ci", "--no-audit", "--no-fund"]).current_dir(folder))
}
