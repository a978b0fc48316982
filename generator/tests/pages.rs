//! The pages, `*.md`: their links lead somewhere, the README leads to each of them, and each says at once what it is.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// A page by its lines.
#[derive(Debug, Default)]
struct Page {
    /// What is text: no line of a fenced block.
    text: Vec<String>,
    blocks: Vec<Block>,
}

/// A fenced block.
#[derive(Debug)]
struct Block {
    /// The line that opens it.
    fence: String,
    /// The last line of text before it.
    before: String,
    lines: Vec<String>,
}

impl Page {
    fn parse(text: &str) -> Self {
        let mut page = Self::default();
        let mut inside = false;
        for line in text.lines() {
            if line.trim_start().starts_with("```") {
                inside = !inside;
                if inside {
                    let before = page.text.iter().rev().find(|line| !line.is_empty());
                    let before = before.cloned().unwrap_or_default();
                    page.blocks.push(Block { fence: line.to_owned(), before, lines: Vec::new() });
                }
            } else if inside {
                page.blocks.last_mut().expect("one was opened").lines.push(line.to_owned());
            } else {
                page.text.push(line.to_owned());
            }
        }
        page
    }

    /// What a link may name behind its `#`: a heading in lower case, its spaces as dashes, without its signs.
    fn anchors(&self) -> BTreeSet<String> {
        let mut times: BTreeMap<String, usize> = BTreeMap::new();
        let headings = self.text.iter().filter(|line| line.starts_with('#'));
        let names = headings.map(|line| line.trim_start_matches('#').trim());
        let anchor = |name: &str| {
            let kept = name.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        };
        let mut anchors = BTreeSet::new();
        for name in names.map(anchor) {
            let before = times.entry(name.clone()).or_default();
            anchors.insert(if *before == 0 { name } else { format!("{name}-{before}") });
            *before += 1;
        }
        anchors
    }

    /// The targets of links that lead to no other site.
    fn links(&self) -> Vec<String> {
        let text = self.text.join("\n");
        let behind = text.match_indices("](").map(|(at, sign)| &text[at + sign.len()..]);
        let targets = behind.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned());
        targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
    }
}

/// The `*.md` of the checkout, by their paths in it. What is built or measured there is no part of it.
fn pages() -> BTreeMap<PathBuf, Page> {
    const NOT_OURS: [&str; 7] = [".git", "target", "dist", "out", "history", "runs", "node_modules"];
    let mut pages = BTreeMap::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder of the checkout") {
            let entry = entry.expect("an entry");
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            if entry.file_type().expect("its type").is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "md") {
                let text = fs::read_to_string(&path).expect("a page");
                let inside = path.strip_prefix(root()).expect("below it").to_owned();
                pages.insert(inside, Page::parse(&text));
            }
        }
    }
    pages
}

/// Where a link of `page` leads: a path in the checkout, and the anchor there.
fn destination(page: &Path, link: &str) -> (PathBuf, Option<String>) {
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor.to_owned())));
    if path.is_empty() {
        return (page.to_owned(), anchor);
    }
    let mut to = PathBuf::new();
    for part in page.parent().unwrap_or(Path::new("")).join(path).components() {
        match part {
            Component::ParentDir => drop(to.pop()),
            Component::CurDir => {}
            part => to.push(part),
        }
    }
    (to, anchor)
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut wrong = Vec::new();
    for (path, page) in &pages {
        for link in page.links() {
            let (to, anchor) = destination(path, &link);
            let has_anchor = |anchor| pages.get(&to).is_some_and(|page| page.anchors().contains(anchor));
            if !root().join(&to).exists() || !anchor.as_ref().is_none_or(has_anchor) {
                wrong.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "these lead nowhere:\n{}", wrong.join("\n"));
}

#[test]
fn the_readme_leads_to_every_page() {
    let pages = pages();
    let mut reached = BTreeSet::new();
    let mut waiting = vec![PathBuf::from("README.md")];
    while let Some(path) = waiting.pop() {
        let Some(page) = pages.get(&path) else { continue };
        if reached.insert(path.clone()) {
            waiting.extend(page.links().iter().map(|link| destination(&path, link).0));
        }
    }
    // What stands beside tests is read by whoever reads those.
    let is_to_be_read = |path: &Path| !path.components().any(|part| part.as_os_str() == "tests");
    let lost: Vec<_> = pages.keys().filter(|path| is_to_be_read(path) && !reached.contains(*path)).collect();
    assert!(lost.is_empty(), "no link of the README, or of a page that it leads to, leads to {lost:?}");
}

#[test]
fn every_page_says_what_it_is_below_its_title() {
    for (path, page) in pages() {
        let title = page.text.first().is_some_and(|line| line.starts_with("# "));
        let first = page.text.get(2).is_some_and(|line| line.starts_with(|c: char| c.is_alphabetic() || c == '*'));
        assert!(title && first, "{}: begins with {:?}", path.display(), &page.text[..page.text.len().min(3)]);
    }
}

#[test]
fn no_page_leaves_a_fence_open() {
    for path in pages().keys() {
        let text = fs::read_to_string(root().join(path)).expect("a page");
        let fences = text.lines().filter(|line| line.trim_start().starts_with("```")).count();
        assert_eq!(fences % 2, 0, "{}", path.display());
    }
}

/// What is wrong with how a page's blocks are written, as far as scripts/readme.sh would pass over it.
fn oversights(page: &Page) -> Vec<String> {
    const KINDS: [&str; 9] = ["sh", "text", "text output", "diff", "rust", "cpp", "toml", "json", "yaml"];
    let is_other_fence = |line: &&String| line.trim_start().starts_with("~~~");
    let mut found: Vec<String> = page.text.iter().filter(is_other_fence).cloned().collect();
    let mut has_commands = false;
    for Block { fence, lines, .. } in &page.blocks {
        match fence.strip_prefix("```") {
            Some(kind) if !KINDS.contains(&kind) => found.push(format!("{fence}: the kinds are {}", KINDS.join(", "))),
            None => found.push(format!("{fence}: it begins its line")),
            Some("text output") if !has_commands => found.push(format!("{fence}: no command before it prints that")),
            Some(_) => {}
        }
        if lines.iter().all(|line| line.trim().is_empty()) {
            found.push(format!("{fence}: nothing is in it"));
        }
        has_commands |= fence == "```sh";
    }
    found
}

#[test]
fn every_block_is_of_a_kind_that_the_script_knows() {
    for (path, page) in pages() {
        assert_eq!(oversights(&page), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn a_block_that_the_script_would_pass_over_is_seen() {
    let of = |text| oversights(&Page::parse(text)).len();
    assert_eq!(of("```sh\ntrue\n```\n```text output\n…\n```\n"), 0);
    for text in [
        "```bash\ntrue\n```\n",
        "```sh \ntrue\n```\n",
        "```\ntrue\n```\n",
        "- A list:\n  ```sh\n  true\n  ```\n",
        "~~~sh",
        "```sh\n\n```\n",
        "```text output\n…\n```\n",
        "```sh\ntrue\n```\n```text output\n```\n",
    ] {
        assert_eq!(of(text), 1, "{text}");
    }
}

/// The example's table of files says how long each is.
#[test]
fn adding_a_kernel_counts_its_lines() {
    let page = &pages()[Path::new("kernels/ADDING.md")];
    let written = page.blocks.iter().filter_map(|Block { before, lines, .. }| {
        let path = before.strip_prefix("**`")?.strip_suffix("`**")?;
        Some(format!("| `{path}` | {} |", lines.len()))
    });
    let written: Vec<String> = written.collect();
    assert!(!written.is_empty());
    for row in written {
        assert!(page.text.iter().any(|line| line.starts_with(&row)), "the table should have {row}");
    }
}

#[test]
fn a_heading_is_named_as_github_names_it() {
    let page = Page::parse(
        "# `comparison-results.json`\n## How to …\n```sh\n# no heading\n```\n## Two words, twice\n## Two words, twice\n",
    );
    let expected = ["comparison-resultsjson", "how-to-", "two-words-twice", "two-words-twice-1"];
    assert_eq!(page.anchors(), expected.map(str::to_owned).into());
}
