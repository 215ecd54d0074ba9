//! Arguments that a server function can read, guessed from the sources: a call must get past its form to prove that it
//! is refused for want of a permission and not of a field.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A server function as its source declares it.
#[derive(Debug, Clone)]
pub struct Declared {
    pub path: String,
    parameters: Vec<(String, String)>,
}

/// All server functions of the sources, and the types that their arguments are made of.
pub struct Sources {
    pub functions: BTreeMap<String, Declared>,
    text: String,
}

/// Depth of structs in structs after which a guess gives up.
const DEPTH_MAX: usize = 4;

impl Sources {
    pub fn read() -> Self {
        let app = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../app");
        let mut files = Vec::new();
        collect(&app, &mut files);
        let text: String = files.iter().map(|f| std::fs::read_to_string(f).expect("a source is read") + "\n").collect();
        let functions = text.match_indices("#[server(prefix").filter_map(|(at, _)| declared(&text[at..]));
        Self { functions: functions.map(|f| (f.path.clone(), f)).collect(), text }
    }

    /// Arguments in form encoding, every text being `word`.
    pub fn arguments(&self, path: &str, word: &str) -> String {
        let Some(function) = self.functions.get(path) else { return String::new() };
        let mut pairs = Vec::new();
        for (name, kind) in &function.parameters {
            self.value(name, kind, word, 0, &mut pairs);
        }
        let encode = |text: &str| text.bytes().map(percent).collect::<String>();
        pairs.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
    }

    fn value(&self, name: &str, kind: &str, word: &str, depth: usize, pairs: &mut Vec<(String, String)>) {
        let kind = kind.trim().rsplit("::").next().unwrap_or_default();
        let mut one = |value: &str| pairs.push((name.to_owned(), value.to_owned()));
        match kind {
            "String" => one(word),
            "bool" => one("true"),
            "i16" | "i32" | "i64" | "u8" | "u16" | "u32" | "u64" | "usize" | "f64" => one("1"),
            "NaiveDate" | "Date" => one("2026-03-01"),
            "Timestamp" => one("2026-03-01T06:00:00Z"),
            _ if kind.starts_with("Option<") || kind.starts_with("Vec<") => {}
            _ if kind == "Uuid" || kind.ends_with("Id") || kind.starts_with("Id<") => one(SOME_ID),
            _ if kind.starts_with("DateTime<") => one("2026-03-01T06:00:00Z"),
            _ => match (self.first_code(kind), self.fields(kind)) {
                (Some(code), _) => one(&code),
                (None, Some(fields)) if depth < DEPTH_MAX => {
                    for (field, kind) in fields {
                        self.value(&format!("{name}[{field}]"), &kind, word, depth + 1, pairs);
                    }
                }
                _ => one(word),
            },
        }
    }

    /// The first word of a list declared by `codes!`.
    fn first_code(&self, kind: &str) -> Option<String> {
        self.text.match_indices(&format!(" {kind} {{")).find_map(|(at, _)| {
            let list = self.text[at..].split('}').next()?;
            let code = list.split("=> \"").nth(1)?.split('"').next()?;
            (!list.contains("pub ")).then(|| code.to_owned())
        })
    }

    /// The fields of a struct; those with a default are sent as well, which does no harm.
    fn fields(&self, kind: &str) -> Option<Vec<(String, String)>> {
        let at = self.text.find(&format!("pub struct {kind} {{"))?;
        let body = self.text[at..].split_once('{')?.1.split("\n}").next()?;
        let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": "));
        Some(fields.map(|(name, kind)| (name.to_owned(), kind.trim_end_matches(',').to_owned())).collect())
    }
}

/// An id that no row has.
const SOME_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-_.[]".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() && entry.file_name() != "target" {
            collect(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

/// Reads `#[server(prefix = "/rpc/staff", endpoint = "a/b")] … fn name(one: A, #[server(default)] two: B) -> …`.
fn declared(source: &str) -> Option<Declared> {
    let attribute = source.split(")]").next()?;
    let quoted = |key: &str| Some(attribute.split(key).nth(1)?.split('"').nth(1)?.to_owned());
    let path = format!("{}/{}", quoted("prefix =")?, quoted("endpoint =")?);
    let after = source.split_once("pub async fn ")?.1;
    let list = after.split_once('(')?.1.split("\n) ->").next()?.split(") ->").next()?;
    let list = list.replace("#[server(default)]", "").replace('\n', " ");
    let mut parameters = Vec::new();
    let mut depth = 0_i32;
    let pieces = list.split(|c| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        c == ',' && depth == 0
    });
    for piece in pieces {
        if let Some((name, kind)) = piece.trim().split_once(':') {
            parameters.push((name.trim().to_owned(), kind.trim().to_owned()));
        }
    }
    Some(Declared { path, parameters })
}

#[test]
fn arguments_are_guessed_from_the_sources() {
    let sources = Sources::read();
    let arguments = sources.arguments("/rpc/staff/identity/sign_in", "x");
    assert_eq!(arguments, "form[name]=x&form[password]=x&form[next]=x");
    assert_eq!(sources.arguments("/rpc/staff/identity/sessions/revoke", "x"), format!("id={SOME_ID}"));
    assert_eq!(sources.arguments("/rpc/staff/identity/shell", "x"), "");
}
