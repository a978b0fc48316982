//! The tests of the build script, which cargo runs for no other target.

#[path = "../build.rs"]
#[expect(dead_code, reason = "cargo starts it, not a test")]
mod build_script;
