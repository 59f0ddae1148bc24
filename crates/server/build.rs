//! Lets the crate build without Node: the bundles of the pages may be missing, their folders may not.

use std::path::Path;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The same folders as in src/pages.rs.
    for page in ["chat", "console"] {
        let bundle =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web").join(page).join("dist");
        if let Err(error) = std::fs::create_dir_all(&bundle) {
            println!("cargo::error=cannot make {}: {error}", bundle.display());
        }
        println!("cargo::rerun-if-changed={}", bundle.display());
    }
}
