//! Ties a built kernel to its sources, for the build scripts of both bindings: the binding carries the digest of what it
//! was built from, and the loader compares it with the digest of what lies in the package. The same rule in TypeScript
//! is src/kernel/source-digest.ts; a test holds the two together.
//!
//! SHA3-256 over lines, each ended by a newline:
//! - `path sha3-256(content)` of the binding's and the kernel's sources, by path; tests are left out;
//! - of the workspace's Cargo.toml: `[workspace.package]`, `[profile.release...]`, and those of
//!   `[workspace.dependencies]` that the binding reaches;
//! - `name version checksum` of what the binding reaches in Cargo.lock.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, io};

use sha3::{Digest, Sha3_256};

/// Sets TOS_AI_SOURCE_DIGEST for the compilation of `package`, whose manifest lies in `folder` under the workspace.
pub fn emit(package: &str, folder: &str) -> io::Result<()> {
    let own = env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?;
    let root = Path::new(&own).ancestors().nth(folder.split('/').count()).ok_or(io::ErrorKind::NotFound)?;
    let folders = [folder, "native/kernel"];
    for part in ["Cargo.toml", "Cargo.lock", "native/source_digest.rs"].iter().chain(&folders) {
        println!("cargo::rerun-if-changed={}", root.join(part).display());
    }

    let mut paths = BTreeSet::from(["native/source_digest.rs".to_owned()]);
    for folder in folders {
        for name in ["Cargo.toml", "build.rs"] {
            let path = format!("{folder}/{name}");
            if root.join(&path).exists() {
                paths.insert(path);
            }
        }
        collect_sources(root, &format!("{folder}/src"), &mut paths)?;
    }
    let mut lines = Vec::new();
    for path in paths {
        lines.push(format!("{path} {}", hex_digest(&fs::read(root.join(&path))?)));
    }
    let packages = reached_packages(&fs::read_to_string(root.join("Cargo.lock"))?, package);
    let names: BTreeSet<&str> = packages.iter().filter_map(|line| line.split(' ').next()).collect();
    lines.extend(manifest_lines(&fs::read_to_string(root.join("Cargo.toml"))?, &names));
    lines.extend(packages);
    let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    println!("cargo::rustc-env=TOS_AI_SOURCE_DIGEST={}", hex_digest(text.as_bytes()));
    Ok(())
}

fn hex_digest(bytes: &[u8]) -> String {
    Sha3_256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `.rs` files under `folder` but `tests.rs` and what lies in a folder `tests`.
fn collect_sources(root: &Path, folder: &str, paths: &mut BTreeSet<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{folder}/{name}");
        if entry.file_type()?.is_dir() {
            if name != "tests" {
                collect_sources(root, &path, paths)?;
            }
        } else if name.ends_with(".rs") && name != "tests.rs" {
            paths.insert(path);
        }
    }
    Ok(())
}

fn manifest_lines(manifest: &str, names: &BTreeSet<&str>) -> Vec<String> {
    let mut section = "";
    let mut kept = Vec::new();
    for line in manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            section = line;
        }
        let name = line.split([' ', '=', '.']).next().unwrap_or_default();
        if section == "[workspace.package]"
            || section.starts_with("[profile.release")
            || (section == "[workspace.dependencies]" && names.contains(name))
        {
            kept.push(line.to_owned());
        }
    }
    kept
}

/// One package of a lock file, its dependencies as they stand there: `name`, or `name version` where there are several.
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    checksum: &'a str,
    dependencies: Vec<&'a str>,
}

fn read_package(block: &str) -> Package<'_> {
    let mut package = Package { name: "", version: "", checksum: "", dependencies: Vec::new() };
    for line in block.lines() {
        let value = line.split('"').nth(1).unwrap_or_default();
        if line.starts_with("name = ") {
            package.name = value;
        } else if line.starts_with("version = ") {
            package.version = value;
        } else if line.starts_with("checksum = ") {
            package.checksum = value;
        } else if line.starts_with(" \"") {
            package.dependencies.push(value);
        }
    }
    package
}

/// `name version checksum` of `start` and all that it depends on, sorted.
fn reached_packages(lock: &str, start: &str) -> BTreeSet<String> {
    let packages: Vec<Package<'_>> = lock.split("[[package]]\n").skip(1).map(read_package).collect();
    let mut reached = BTreeSet::new();
    let mut waiting = vec![start];
    while let Some(wanted) = waiting.pop() {
        let mut parts = wanted.split(' ');
        let (name, version) = (parts.next(), parts.next());
        let matches = |package: &&Package<'_>| {
            Some(package.name) == name && version.is_none_or(|version| version == package.version)
        };
        for package in packages.iter().filter(matches) {
            let line = format!("{} {} {}", package.name, package.version, package.checksum);
            if reached.insert(line) {
                waiting.extend(&package.dependencies);
            }
        }
    }
    reached
}
