//! What the host brings along.

use std::collections::BTreeSet;
use std::process::Command;

/// The number of dependencies matters to a node's engineers.
const MAX_CRATES: usize = 25;

#[test]
fn a_node_takes_in_at_most_25_crates() {
    let cargo = option_env!("CARGO").unwrap_or("cargo");
    let arguments = ["tree", "--offline", "--locked", "-p", "tos-ai-host", "-e", "normal", "--prefix", "none"];
    let run = Command::new(cargo).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    let tree = String::from_utf8(run.stdout).unwrap();
    let lines: BTreeSet<&str> = tree.lines().collect();
    assert!(run.status.success() && lines.len() > 5, "{}", String::from_utf8_lossy(&run.stderr));
    assert!(lines.len() <= MAX_CRATES, "{} lines:\n{tree}", lines.len());
}
