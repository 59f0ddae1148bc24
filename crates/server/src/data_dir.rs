//! The directory of everything the server keeps.

use std::fs::{DirBuilder, Permissions};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::Context as _;

/// Makes the directory, readable for its owner only; an existing one is narrowed to that.
pub(crate) fn prepare(path: &Path) -> anyhow::Result<()> {
    const OWNER_ONLY: u32 = 0o700;
    DirBuilder::new()
        .recursive(true)
        .mode(OWNER_ONLY)
        .create(path)
        .with_context(|| format!("cannot make the data directory {}", path.display()))?;
    let mode = path.metadata().map(|m| m.permissions().mode() & 0o777);
    if mode.is_ok_and(|mode| mode != OWNER_ONLY) {
        std::fs::set_permissions(path, Permissions::from_mode(OWNER_ONLY))
            .with_context(|| format!("cannot close the data directory {}", path.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_gets_in() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("a/b");
        prepare(&dir).unwrap();
        assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        std::fs::set_permissions(&dir, Permissions::from_mode(0o755)).unwrap();
        prepare(&dir).unwrap();
        assert_eq!(dir.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}
