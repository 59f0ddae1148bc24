//! Generates the protobuf types from `proto/msync.proto` without needing `protoc`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto/msync.proto");
    let descriptors = protox::compile(["proto/msync.proto"], ["proto"])?;
    prost_build::Config::new()
        .bytes([".easemob.pb.MSync.payload", ".easemob.pb.Meta.payload", ".easemob.pb.Meta.meta"])
        .compile_fds(descriptors)?;
    Ok(())
}
