//! Fills the message templates of a transform with what a patch or a posting did.

use super::facts::{CoverFacts, Messages, PatchFacts, PatchText, RenderError, called, extent, sentence};
use super::{items, left_alone};
use crate::transform::{Messages as TransformMessages, Problem, Template, Values};

/// The templates of one run of a transform.
pub struct Templates<'a> {
    /// What its folder holds.
    pub messages: &'a TransformMessages,
    /// The parameters of the run; each is a field.
    pub values: &'a Values,
    /// The transform's name.
    pub name: &'a str,
}

/// A template that a transform lacks.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Missing(String);

impl Messages for Templates<'_> {
    fn patch(&self, facts: &PatchFacts) -> Result<PatchText, RenderError> {
        let template = self.messages.commit(facts.phase).map_err(missing)?;
        Ok(self.fill(template, |field| match field {
            "prefix" => facts.prefix.clone(),
            "changes" => items::told(facts.notes.iter().chain(&facts.changes)),
            "functions" => sentence(facts.functions.iter().map(|name| called(name))),
            "files" => facts.files.len().to_string(),
            "sites" => facts.sites().to_string(),
            "extent" => extent(facts.sites(), facts.files.len()),
            "places" => facts.places.clone(),
            "provided" => provided(&facts.changes, ", as long as what is assumed above holds"),
            "testing" => facts.disclosure.testing(),
            "tool" => facts.disclosure.tool(facts.sites(), facts.files.len()),
            _ => self.shared(field),
        }))
    }

    fn cover(&self, facts: &CoverFacts) -> Result<PatchText, RenderError> {
        let template = self.messages.cover().map_err(missing)?;
        let mut text = self.fill(template, |field| match field {
            "changes" => items::told(facts.notes.iter().chain(&facts.changes)),
            "files" => facts.files.len().to_string(),
            "sites" => facts.sites().to_string(),
            "extent" => extent(facts.sites(), facts.files.len()),
            "behaviour" => under("Behaviour changes:", &facts.changes),
            "assumed" => under("Assumed:", &assumptions(&facts.changes)),
            "patches" => facts.subjects.len().to_string(),
            "provided" => provided(&facts.changes, ", as long as what the patches assume holds"),
            "left-alone" => paragraphs(&left_alone::told(&facts.left_alone), &facts.remarks),
            "testing" => facts.disclosure.testing(),
            "tool" => facts.disclosure.tool(facts.sites(), facts.files.len()),
            _ => self.shared(field),
        });
        if !facts.merge.is_empty() {
            text.body = format!("{}\n\n{}", text.body.trim_end(), facts.merge);
        }
        Ok(text)
    }
}

impl Templates<'_> {
    fn shared(&self, field: &str) -> String {
        match field {
            "transform" => self.name.to_owned(),
            parameter => self
                .values
                .get(parameter)
                .map(ToString::to_string)
                .unwrap_or_default(),
        }
    }

    /// The lines above the first blank one are wordings of the subject.
    fn fill(&self, template: &Template, value: impl FnMut(&str) -> String) -> PatchText {
        let text = template.fill(value);
        let (subject, body) = text.trim_start().split_once("\n\n").unwrap_or((&text, ""));
        PatchText {
            subject: subject.to_owned(),
            body: body.trim_start_matches('\n').to_owned(),
        }
    }
}

fn missing(problem: Problem) -> RenderError {
    Box::new(Missing(problem.diagnostic.message.clone()))
}

/// What a promise about behaviour hangs on, where something was taken for granted.
fn provided(changes: &[String], condition: &str) -> String {
    match changes {
        [] => String::new(),
        _ => condition.to_owned(),
    }
}

/// A list with a heading; nothing where the list is empty.
fn under(heading: &str, changes: &[String]) -> String {
    match changes {
        [] => String::new(),
        _ => format!("{heading}\n\n{}", items::told(changes.iter())),
    }
}

/// The same below a heading that says already what they are.
fn assumptions(changes: &[String]) -> Vec<String> {
    let plain = changes.iter().map(|change| change.replace("assumes that ", ""));
    plain.collect()
}

/// A text and the remarks behind it, one paragraph each.
fn paragraphs(text: &str, remarks: &[String]) -> String {
    let all = std::iter::once(text).chain(remarks.iter().map(String::as_str));
    let all: Vec<&str> = all.filter(|paragraph| !paragraph.is_empty()).collect();
    all.join("\n\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assumptions_stand_below_their_heading() {
        let changes = ["f(): assumes that `n` is not 0", "g(): assumes that `n` is not 0"].map(String::from);
        assert_eq!(
            under("Assumed:", &assumptions(&changes)),
            "Assumed:\n\n- f() and g(): `n` is not 0"
        );
        assert_eq!(under("Assumed:", &[]), "");
    }
}
