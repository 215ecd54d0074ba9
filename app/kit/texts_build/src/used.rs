//! No text is kept that nobody reads.

use crate::read;
use std::fs;
use std::path::{Path, PathBuf};

fn sources(dir: &Path, all: &mut String) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|e| e == "rs") {
            all.push_str(&fs::read_to_string(&path).expect("a source is read"));
        }
    }
}

/// Whether `all` names the function by a path.
fn names(all: &str, function: &str) -> bool {
    all.match_indices(function).any(|(at, _)| {
        let after = all[at + function.len()..].chars().next();
        let before = &all[..at];
        (before.ends_with("::") || before.ends_with("::r#")) && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
    })
}

#[test]
fn every_text_is_shown_or_sent_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root.join("app")).expect("the contexts").flatten().map(|entry| entry.path()).collect();
    folders.push(root.join("app"));
    let (mut texts, mut unused) = (0, Vec::new());
    for folder in folders.into_iter().filter(|folder| folder.join("texts").is_dir()) {
        let mut all = String::new();
        sources(&folder.join("src"), &mut all);
        // The navigation of all contexts.
        sources(&root.join("app/src"), &mut all);
        // A context's server crate sends what its pages do not show.
        sources(&root.join("server").join(folder.file_name().unwrap_or_default()).join("src"), &mut all);
        for entry in read::folder(&folder.join("texts")).expect("texts are read") {
            texts += 1;
            if !names(&all, &entry.function()) {
                unused.push(format!("{}: {}", folder.display(), entry.key));
            }
        }
    }
    assert!(texts > 1000, "only {texts} texts: the folders were not found");
    assert!(unused.is_empty(), "texts that nobody reads:\n{}", unused.join("\n"));
}
