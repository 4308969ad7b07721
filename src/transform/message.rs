//! The messages of a transform: commit messages per phase, and the cover letter.

use crate::plan::Phase;

use super::folder::Folder;
use super::parameter::PassKind;
use super::problem::{Problem, Problems};
use super::template::Template;

/// Fields that every commit message may use, next to the parameters of the pass.
pub const COMMIT_FIELDS: [&str; 11] = [
    "prefix",
    "places",
    "changes",
    "provided",
    "functions",
    "files",
    "sites",
    "extent",
    "testing",
    "transform",
    "tool",
];

/// Fields that every cover letter may use, next to the parameters of the pass.
pub const COVER_FIELDS: [&str; 12] = [
    "changes",
    "behaviour",
    "assumed",
    "provided",
    "files",
    "sites",
    "extent",
    "patches",
    "left-alone",
    "testing",
    "transform",
    "tool",
];

/// The templates of one transform.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Messages {
    commit: Option<Template>,
    by_phase: [Option<Template>; 3],
    cover: Option<Template>,
}

/// The file that holds the message of patches of one phase only.
fn phase_file(phase: Phase) -> &'static str {
    match phase {
        Phase::Introduce => "commit-message.introduce.txt",
        Phase::Convert => "commit-message.convert.txt",
        Phase::Retire => "commit-message.retire.txt",
    }
}

const PHASES: [Phase; 3] = [Phase::Introduce, Phase::Convert, Phase::Retire];
const COMMIT_FILE: &str = "commit-message.txt";
const COVER_FILE: &str = "cover-letter.txt";

impl Messages {
    /// Reads the templates of a folder; a transform without them can do everything but make a series.
    pub(super) fn load(folder: &Folder, pass: PassKind) -> Result<Self, Problems> {
        let parameters: Vec<&str> = pass.parameters().iter().map(|known| known.name).collect();
        let commit_fields = [&COMMIT_FIELDS[..], &parameters].concat();
        let cover_fields = [&COVER_FIELDS[..], &parameters].concat();
        let mut problems = Vec::new();
        let mut read = |file, fields: &[&str]| match read_template(folder, file, fields) {
            Ok(template) => template,
            Err(Problems(found)) => {
                problems.extend(found);
                None
            }
        };
        let messages = Self {
            commit: read(COMMIT_FILE, &commit_fields),
            by_phase: PHASES.map(|phase| read(phase_file(phase), &commit_fields)),
            cover: read(COVER_FILE, &cover_fields),
        };
        if problems.is_empty() {
            Ok(messages)
        } else {
            Err(Problems(problems))
        }
    }

    /// For a file of rules by itself: what its comment says, and the rules.
    pub(super) fn of_rules(folder: &Folder, rules: &[u8]) -> Result<Self, Problems> {
        let (commit, cover) = super::rules::templates(&folder.name(), rules);
        let parse = |text: &str, fields: &[&str]| Template::parse(&folder.shown(""), text.as_bytes(), fields);
        Ok(Self {
            commit: Some(parse(&commit, &COMMIT_FIELDS)?),
            by_phase: [None, None, None],
            cover: Some(parse(&cover, &COVER_FIELDS)?),
        })
    }

    /// The template for a patch; `phase` is the phase of a patch in a series that has several of them.
    pub fn commit(&self, phase: Option<Phase>) -> Result<&Template, Problem> {
        phase
            .and_then(|phase| self.by_phase[phase as usize].as_ref())
            .or(self.commit.as_ref())
            .ok_or_else(|| missing(COMMIT_FILE))
    }

    /// The template of the cover letter.
    pub fn cover(&self) -> Result<&Template, Problem> {
        self.cover.as_ref().ok_or_else(|| missing(COVER_FILE))
    }
}

fn read_template(folder: &Folder, file: &str, fields: &[&str]) -> Result<Option<Template>, Problems> {
    folder
        .read(file)?
        .map(|text| Template::parse(&folder.shown(file), &text, fields))
        .transpose()
}

fn missing(file: &str) -> Problem {
    Problem::new(
        "missing-file",
        format!("the transform has no {file}, so its patches can't be described"),
    )
    .help("docs/transforms.md says what goes into it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_and_parameter_is_documented() {
        let document = include_str!("../../docs/transforms.md");
        for field in COMMIT_FIELDS.iter().chain(&COVER_FIELDS) {
            assert!(document.contains(&format!("`{{{field}}}`")), "{field}");
        }
        for pass in PassKind::ALL {
            let heading = format!("### The pass `{}`", pass.name());
            let (_, section) = document.split_once(&heading).expect("a section for the pass");
            for parameter in pass.parameters() {
                assert!(
                    section.contains(&format!("| `{}` |", parameter.name)),
                    "{}",
                    parameter.name
                );
            }
        }
    }
}
