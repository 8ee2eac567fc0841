//! The arrows of the map in `src/lib.rs`: which part may use which. An arrow that is not in the table is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Part → the parts it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("clock", &[]),
    ("secrets", &[]),
    ("wechat", &["disposition"]),
    ("webhook", &["clock"]),
    ("keywords", &[]),
    ("storage", &[]),
    ("article_html", &[]),
    ("disposition", &[]),
    ("config", &["secrets"]),
    ("database", &[]),
    ("error", &["storage", "wechat"]),
    ("audit", &["clock", "error"]),
    ("queue", &["clock", "error"]),
    ("access", &["audit", "clock", "database", "error"]),
    (
        "domain",
        &[
            "access",
            "article_html",
            "audit",
            "clock",
            "database",
            "error",
            "keywords",
            "queue",
            "secrets",
            "storage",
            "webhook",
            "wechat",
        ],
    ),
    ("rest", &["disposition", "error"]),
    ("idempotency", &["access", "clock", "error", "rest"]),
    ("graphql", &["access", "clock", "disposition", "domain", "error", "webhook", "wechat"]),
    ("jobs", &["clock", "domain", "error", "queue", "wechat"]),
    ("telemetry", &["config", "wechat"]),
    ("demo", &["access", "domain", "error"]),
    (
        "server",
        &[
            "access",
            "article_html",
            "clock",
            "config",
            "database",
            "demo",
            "domain",
            "error",
            "graphql",
            "idempotency",
            "jobs",
            "queue",
            "rest",
            "secrets",
            "storage",
            "telemetry",
            "webhook",
            "wechat",
        ],
    ),
    ("cli", &["access", "clock", "config", "database", "graphql", "server", "telemetry"]),
];

fn sources(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

/// The part that a file belongs to: `src/rest/shape.rs` and `src/rest.rs` are `rest`.
fn part(path: &Path) -> String {
    let relative = path.strip_prefix(concat!(env!("CARGO_MANIFEST_DIR"), "/src")).unwrap();
    relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_owned()
}

/// The parts that a text names as `crate::part` or in a group of `use crate::{…}`.
fn used(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for (at, _) in code.match_indices("crate::") {
        if at > 0 && code.as_bytes()[at - 1].is_ascii_alphanumeric() {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            Some(group) => top_level_names(group),
            None => vec![rest],
        };
        for name in names {
            let name: String = name.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                found.push(name);
            }
        }
    }
    found
}

/// The members of `{a, b::{c, d}, e}` at its own level.
fn top_level_names(group: &str) -> Vec<&str> {
    let (mut depth, mut start, mut names) = (0, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                names.push(&group[start..at]);
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(&group[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    names
}

#[test]
fn every_use_follows_an_arrow_of_the_map() {
    let allowed: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let mut files = Vec::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut files);
    let mut wrong = Vec::new();
    for file in files {
        let part = part(&file);
        if matches!(part.as_str(), "lib" | "main") {
            continue;
        }
        let Some(may_use) = allowed.get(part.as_str()) else {
            panic!("src/{part} is not in the table of tests/it/layering.rs");
        };
        for name in used(&std::fs::read_to_string(&file).unwrap()) {
            if name != part && allowed.contains_key(name.as_str()) && !may_use.contains(&name.as_str()) {
                wrong.push(format!("{} uses {name}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_table_itself_has_no_circle() {
    let allowed: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    fn reaches(allowed: &BTreeMap<&str, &[&str]>, from: &str, to: &str) -> bool {
        allowed[from].iter().any(|next| *next == to || reaches(allowed, next, to))
    }
    for part in allowed.keys() {
        assert!(!reaches(&allowed, part, part), "{part} uses itself by a detour");
    }
}

#[test]
fn the_reader_of_uses_reads_groups() {
    assert_eq!(used("use crate::{a, b::{c, d}, e};\nlet x = crate::f::g();"), ["a", "b", "e", "f"]);
    assert_eq!(used("// use crate::a;\nuse mycrate::b;"), Vec::<String>::new());
}

/// The adapter knows no resource of this service: not a name of a type, a field or a table.
#[test]
fn the_rest_adapter_names_no_resource() {
    let mut files = Vec::new();
    sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/rest")), &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap().to_lowercase();
        for resource in ["follower", "openid", "wechat", "weixin", "keyword", "mass_send", "masssend", "voice", "menu"]
        {
            assert!(!text.contains(resource), "{} names {resource}", file.display());
        }
    }
}
