//! A disk that is soon full.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// A file system of its own in memory; gone with this.
#[derive(Debug)]
pub struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Of so many MiB. `None` where this process may not mount: that takes root.
    pub fn mount(mib: usize) -> Result<Option<Self>> {
        let folder = TempDir::with_prefix("hongyan-disk-").context("cannot make a folder")?;
        let size = format!("size={mib}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: a small disk cannot be mounted");
        }
        Ok(mounted.then_some(Self { folder }))
    }

    /// Its root.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Leaves no room.
    pub fn fill(&self) -> Result<()> {
        let mut file = std::fs::File::create(self.filler())?;
        let piece = vec![0; 1 << 12];
        while file.write_all(&piece).is_ok() {}
        Ok(())
    }

    /// Gives the room back that [`fill`](Self::fill) has taken.
    pub fn clear(&self) -> Result<()> {
        Ok(std::fs::remove_file(self.filler())?)
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    fn unmount(&self) -> Result<()> {
        let output = Command::new("umount").arg("--lazy").arg(self.folder.path()).output()?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        if let Err(error) = self.unmount() {
            eprintln!("{} stays mounted: {error}", self.folder.path().display());
        }
    }
}
