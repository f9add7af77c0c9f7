//! docs/embedding.md has the code that is compiled here, and not other code.

use std::fs;
use std::path::Path;

/// The most that one file of an embedding may have; all else is in the crate.
const MAX_LINES: usize = 60;

const PLUGIN: &str = include_str!("core/ai_plugin.rs");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

#[test]
fn the_plugins_file_is_short_and_stands_in_the_document_word_for_word() {
    assert!(PLUGIN.lines().count() < MAX_LINES, "{} lines", PLUGIN.lines().count());
    assert!(
        read("docs/embedding.md").contains(&format!("```rust\n{PLUGIN}```\n")),
        "another text in docs/embedding.md"
    );
}

#[test]
fn the_methods_that_a_node_registers_are_those_of_the_api() {
    let mut names: Vec<&str> = Vec::new();
    tos_ai_host::for_each_reading_method!(NAME => names.push(NAME));
    let reading = names.len();
    tos_ai_host::for_each_signing_method!(NAME => names.push(NAME));
    assert!(reading > 5 && names.len() > reading + 3);
    let api = read("src/api/methods.ts");
    let (_, table) = api.split_once("export const METHODS = {").unwrap();
    let member = |line: &str| {
        let name = line.trim().trim_start_matches("async ").split(['(', ':']).next().unwrap_or_default().to_owned();
        (line.starts_with("  ") && !line.starts_with("   ") && name.starts_with("ai_")).then_some(name)
    };
    let mut expected: Vec<String> = table.lines().filter_map(member).collect();
    expected.sort();
    names.sort_unstable();
    assert_eq!(names, expected);
}
