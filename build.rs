//! Tells the program which commit it was built from, so that a run can say so.

use std::process::Command;

fn main() {
    // The commit changes with HEAD and with the branch that it points to.
    println!("cargo:rerun-if-changed=.git/HEAD");
    println!("cargo:rerun-if-changed=.git/logs/HEAD");
    let commit = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    if let Some(commit) = commit.ok().filter(|output| output.status.success()) {
        println!("cargo:rustc-env=VIVIT_COMMIT={}", String::from_utf8_lossy(&commit.stdout).trim());
    }
}
