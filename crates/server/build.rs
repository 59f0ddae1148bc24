//! Lets the crate build without Node: the demo chat's bundle may be missing, its folder may not.

use std::path::Path;

fn main() {
    // The same folder as in src/pages.rs.
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/chat/dist");
    if let Err(error) = std::fs::create_dir_all(&bundle) {
        println!("cargo::error=cannot make {}: {error}", bundle.display());
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", bundle.display());
}
