//! What the documents say of this crate.

use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn the_testing_kit_names_every_personality() {
    let kit = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/testing-kit.md")).unwrap();
    let list = Command::new(env!("CARGO_BIN_EXE_tos-ai-fake-plugin")).arg("--list").output().unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let names: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 30);
    for name in names {
        assert!(kit.contains(&format!("`{name}`")), "{name}");
    }
}
