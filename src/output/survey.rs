//! A survey as a table for the terminal, as Markdown, and as a JSON object of the schema `respin.survey/1`.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Serialize;

use crate::diagnostics::Diagnostic;
use crate::ledger::{Answer, Place, Role, Safety, Site, SiteKind, Summary};

use super::json::Message;
use super::style::{Paint, visible};
use super::summary::counted;

/// The name and version of the JSON schema.
pub const SURVEY_SCHEMA: &str = "respin.survey/1";

/// How a survey is written.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// For a person at a terminal.
    Terminal {
        /// Colours.
        paint: Paint,
        /// Also the lines that prove each role and reason.
        proofs: bool,
    },
    /// For a mail or an issue.
    Markdown,
}

/// A survey, as `--json` prints it.
#[derive(Serialize)]
pub struct Object<'a> {
    schema: &'static str,
    api: &'a str,
    sites: Vec<JsonSite<'a>>,
    summary: SurveySummary<'a>,
    incomplete: bool,
    diagnostics: Vec<Message<'a>>,
}

#[derive(Serialize)]
struct JsonSite<'a> {
    #[serde(flatten)]
    site: &'a Site,
    recommend: Option<&'a str>,
}

#[derive(Serialize)]
struct SurveySummary<'a> {
    #[serde(flatten)]
    ledger: Summary,
    recommend: BTreeMap<&'a str, usize>,
}

/// The JSON object of a survey.
pub fn object<'a>(
    api: &'a str,
    answers: &'a [Answer],
    diagnostics: &'a [Diagnostic],
    incomplete: bool,
) -> Object<'a> {
    let sites: Vec<Site> = answers.iter().map(|answer| answer.site.clone()).collect();
    let mut recommend = BTreeMap::new();
    for name in answers.iter().filter_map(|answer| answer.recommend.as_deref()) {
        *recommend.entry(name).or_insert(0) += 1;
    }
    Object {
        schema: SURVEY_SCHEMA,
        api,
        sites: answers
            .iter()
            .map(|answer| JsonSite {
                site: &answer.site,
                recommend: answer.recommend.as_deref(),
            })
            .collect(),
        summary: SurveySummary {
            ledger: Summary::of(&sites),
            recommend,
        },
        incomplete,
        diagnostics: diagnostics.iter().map(Message::from).collect(),
    }
}

/// A survey as text.
pub fn render(api: &str, answers: &[Answer], form: Form) -> String {
    let mut out = String::new();
    let paint = match form {
        Form::Terminal { paint, .. } => paint,
        Form::Markdown => Paint { colored: false },
    };
    let strong = paint.strong();
    let head = headline(api, answers);
    match form {
        Form::Terminal { .. } => {
            let _ = writeln!(out, "{strong}{api}{strong:#}{head}");
        }
        Form::Markdown => {
            let _ = writeln!(out, "`{api}`{head}");
        }
    }
    // What is recommended, best news first; then what stays; then what is no use of the function.
    let mut groups: Vec<(Group, Vec<&Answer>)> = Vec::new();
    for answer in answers {
        let group = Group::of(api, answer);
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, list)) => list.push(answer),
            None => groups.push((group, vec![answer])),
        }
    }
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    for (group, list) in groups {
        out.push('\n');
        let title = group.title(api, list.len());
        match form {
            Form::Terminal { .. } => {
                let _ = writeln!(out, "{strong}{title}{strong:#}");
            }
            Form::Markdown => {
                let _ = writeln!(out, "## {title}\n");
            }
        }
        match (&group, form) {
            (Group::Mentions, _) => mentions(&mut out, &list, form),
            (Group::Implementation, Form::Terminal { .. }) => brief(&mut out, &list),
            (_, Form::Terminal { paint, proofs }) => terminal(&mut out, &list, paint, proofs),
            (_, Form::Markdown) => markdown(&mut out, &list),
        }
    }
    out
}

fn headline(api: &str, answers: &[Answer]) -> String {
    let count = |wanted: &dyn Fn(&Site) -> bool| answers.iter().filter(|answer| wanted(&answer.site)).count();
    let mut files: Vec<_> = answers.iter().map(|answer| &answer.site.path).collect();
    files.dedup();
    if answers.is_empty() {
        return format!(": no occurrence of {api}");
    }
    let calls = count(&|site| site.kind == SiteKind::Call);
    let mentions = count(&is_mention);
    format!(
        ": {} in {}, of them {} and {}",
        counted(answers.len(), "occurrence"),
        counted(files.len(), "file"),
        counted(calls, "call"),
        counted(mentions, "mention"),
    )
}

fn is_mention(site: &Site) -> bool {
    matches!(
        site.kind,
        SiteKind::Comment | SiteKind::String | SiteKind::Documentation
    )
}

/// What answers have in common; groups are shown in this order.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Group {
    Better(String),
    Stays,
    Implementation,
    Other,
    Mentions,
}

impl Group {
    fn of(api: &str, answer: &Answer) -> Self {
        let code = answer.site.reason.as_ref().map(|reason| reason.code);
        match &answer.recommend {
            Some(name) if name != api => Group::Better(name.clone()),
            Some(_) => Group::Stays,
            None if is_mention(&answer.site) => Group::Mentions,
            None if code == Some("implementation") => Group::Implementation,
            None => Group::Other,
        }
    }

    fn title(&self, api: &str, count: usize) -> String {
        let verb = if count == 1 { "s" } else { "" };
        match self {
            Group::Better(name) => {
                format!("{name}() would serve {} better", counted(count, "use"))
            }
            Group::Stays => format!("{api}() is right for {}", counted(count, "use")),
            Group::Implementation => format!("{} the implementation", belongs(count)),
            Group::Other => format!("{} mean{verb} something else", counted(count, "place")),
            Group::Mentions => format!("{} speak{verb} of it", counted(count, "place")),
        }
    }
}

fn belongs(count: usize) -> String {
    match count {
        1 => "1 place is".to_owned(),
        _ => format!("{count} places are"),
    }
}

/// Where each answer stands, in columns, with the reason below where it changes.
fn terminal(out: &mut String, answers: &[&Answer], paint: Paint, proofs: bool) {
    let rows: Vec<[String; 3]> = answers
        .iter()
        .map(|answer| {
            let site = &answer.site;
            [
                format!("{}:{}", visible(&site.path), site.line),
                inside(site),
                role(site.role).to_owned(),
            ]
        })
        .collect();
    let width = |column: usize| {
        let lengths = rows.iter().map(|row| row[column].chars().count());
        lengths.max().unwrap_or(0)
    };
    let (first, second) = (width(0), width(1));
    let faint = paint.faint();
    let notice = paint.notice();
    for (row, answer) in rows.iter().zip(answers) {
        let _ = writeln!(out, "  {:first$}  {:second$}  {}", row[0], row[1], row[2]);
        if let Some(reason) = &answer.site.reason {
            let label = match answer.site.safety {
                Some(Safety::Unsafe) => " (unsafe)",
                _ => "",
            };
            let text = visible(reason.text.as_bytes());
            let _ = writeln!(out, "      {notice}{}{label}{notice:#}: {text}", reason.code);
            if proofs {
                for place in &reason.at {
                    let _ = writeln!(out, "      {faint}{}{faint:#}", proof(place));
                }
            }
        }
    }
}

/// Places alone.
fn brief(out: &mut String, answers: &[&Answer]) {
    for answer in answers {
        let site = &answer.site;
        let what = match site.kind {
            SiteKind::Definition => "definition".to_owned(),
            SiteKind::Declaration => "declaration".to_owned(),
            SiteKind::Export => "export".to_owned(),
            _ => inside(site),
        };
        let _ = writeln!(out, "  {}:{}  {what}", visible(&site.path), site.line);
    }
}

fn mentions(out: &mut String, answers: &[&Answer], form: Form) {
    let mut files: Vec<(String, Vec<String>)> = Vec::new();
    for answer in answers {
        let path = visible(&answer.site.path).into_owned();
        let line = answer.site.line.to_string();
        match files.last_mut() {
            Some((known, lines)) if *known == path => lines.push(line),
            _ => files.push((path, vec![line])),
        }
    }
    for (path, lines) in files {
        let lines = lines.join(", ");
        let _ = match form {
            Form::Terminal { .. } => writeln!(out, "  {path}: {lines}"),
            Form::Markdown => writeln!(out, "- `{path}`: {lines}"),
        };
    }
}

fn markdown(out: &mut String, answers: &[&Answer]) {
    out.push_str("| place | function | role | why |\n|---|---|---|---|\n");
    for answer in answers {
        let site = &answer.site;
        let why = site.reason.as_ref().map_or_else(String::new, |reason| {
            let proofs: Vec<String> = reason
                .at
                .iter()
                .take(4)
                .map(|place| format!("`{}:{}`", visible(&place.path), place.line))
                .collect();
            let shown = if proofs.is_empty() {
                String::new()
            } else {
                format!(" ({})", proofs.join(", "))
            };
            format!(
                "`{}`: {}{shown}",
                reason.code,
                cell(&visible(reason.text.as_bytes()))
            )
        });
        let function = match inside(site) {
            name if name.is_empty() => name,
            name => format!("`{name}`"),
        };
        let path = visible(&site.path);
        let _ = writeln!(
            out,
            "| `{path}:{}` | {function} | {} | {why} |",
            site.line,
            role(site.role)
        );
    }
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn inside(site: &Site) -> String {
    if site.function.is_empty() {
        String::new()
    } else {
        // `SYSCALL_DEFINE3(map, …)` is as long as its parameters.
        let name = site.function.split([',', ')']).next().unwrap_or_default();
        let end = if name.contains('(') { ")" } else { "()" };
        format!("{}{end}", visible(name.as_bytes()))
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::MmapHandler => "mmap handler",
        Role::FaultHandler => "fault handler",
        Role::Both => "mmap and fault handler",
        Role::Core => "implementation",
        Role::Other => "other",
        Role::Unknown => "unknown",
    }
}

fn proof(place: &Place) -> String {
    format!(
        "{}:{}: {}",
        visible(&place.path),
        place.line,
        visible(&place.text)
    )
}
