//! Turns `texts/en.toml` and `texts/sw.toml` into one typed function per text, from a crate's build script.
//! The rule it keeps: every language has every key with the same placeholders, or the build fails and names the key.
//!
//! A leaf is a string (`"Due on {date}"`) or a plural table (`{ one = "{n} day", other = "{n} days" }`). The key
//! `title` in `[invoices]` of the context `billing` becomes `t::invoices_title()` and `billing.invoices.title`.

mod generate;
mod read;
#[cfg(test)]
mod used;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// For the build script of a ui crate: writes `OUT_DIR/texts.rs`, which `kit::texts!()` includes as `mod t`.
///
/// `dir` is relative to the crate, usually `"texts"`. With the feature `ssr` both languages are embedded; without it
/// each function asks the browser's table, so that a reader downloads one language.
pub fn pages(dir: &str) {
    write_functions(dir, generate::pages);
}

/// For the build script of a server crate: writes `OUT_DIR/texts.rs` with the language as each function's first
/// argument (SMS, mail, PDF). The crate needs `model`, and includes the file in a module of its own.
pub fn server(dir: &str) {
    write_functions(dir, |_, entries| generate::server(entries));
}

/// For the crate that serves the browser's tables: writes `OUT_DIR/{name}.rs` with a function
/// `{name}(lang: model::Lang) -> &'static str` that gives all texts of `dirs` as one flat JSON object.
///
/// The context of each folder is the name of the folder above it. A folder that does not exist adds nothing.
pub fn tables(name: &str, dirs: &[&str]) {
    let mut all = Vec::new();
    for dir in dirs {
        let path = below_manifest(dir);
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_dir() {
            let Some(entries) = read_or_report(&path) else { return };
            all.push((context_of(&path), entries));
        }
    }
    write(&format!("{name}.rs"), &generate::tables(name, &all));
}

fn write_functions(dir: &str, source: impl Fn(&str, &[read::Entry]) -> String) {
    let path = below_manifest(dir);
    println!("cargo::rerun-if-changed={}", path.display());
    if let Some(entries) = read_or_report(&path) {
        write("texts.rs", &source(&context_of(&path), &entries));
    }
}

/// The entries of a folder; `None` after the problems were reported to cargo, which then fails the build.
fn read_or_report(dir: &Path) -> Option<Vec<read::Entry>> {
    match read::folder(dir) {
        Ok(entries) => Some(entries),
        Err(problems) => {
            for problem in problems {
                println!("cargo::error={}: {problem}", dir.display());
            }
            None
        }
    }
}

/// `app/billing/texts` belongs to `billing`.
fn context_of(dir: &Path) -> String {
    let parent = dir.canonicalize().ok().and_then(|d| d.parent().map(Path::to_path_buf)).unwrap_or_default();
    parent.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn below_manifest(dir: &str) -> PathBuf {
    PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default()).join(dir)
}

fn write(file: &str, source: &str) {
    let path = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join(file);
    if let Err(problem) = fs::write(&path, source) {
        println!("cargo::error={}: {problem}", path.display());
    }
}
