//! Build script: tells the linker how a Node addon is put together, and nothing when the core is built alone.

fn main() {
    #[cfg(feature = "addon")]
    napi_build::setup();
}
