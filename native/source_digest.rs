//! The digest of a binding's sources, for the build scripts of both bindings. A binding has the digest of the sources
//! of its build, and the loader compares it with the digest of the sources in the package.
//! `src/kernel/source-digest.ts` computes the same digest; a test compares the two.
//!
//! The digest is SHA3-256 over lines, each ended by a newline:
//! - `path sha3-256(content)` of the sources of the binding and of the kernel without tests, sorted by path;
//! - the lines of the workspace's Cargo.toml in `[workspace.package]` and `[profile.release...]`, and those in
//!   `[workspace.dependencies]` of packages that the binding depends on;
//! - `name version checksum` of each package in Cargo.lock that the binding depends on.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs, io};

use sha3::{Digest, Sha3_256};

/// Sets TOS_AI_SOURCE_DIGEST (hex) for the compilation of `package`. `folder` is the path of its manifest's folder from
/// the root of the workspace. An error is that of a file that cannot be read.
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

/// Adds the paths of the `.rs` files under `folder`, except `tests.rs` and the files in folders `tests`.
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

/// The lines of the manifest that the digest covers; `names` are the packages that the binding depends on.
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

/// One package of a lock file. A dependency is `name`, or `name version` if the lock has several versions.
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

/// `name version checksum` of `start` and all its direct and indirect dependencies, sorted.
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
