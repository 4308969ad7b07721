//! Occurrences outside of C: documentation, assembler, and files that respin does not read.

use crate::ledger::SiteKind;
use crate::text::TextRange;

use super::super::{Language, SourceFile};
use super::Occurrence;
use super::meaning::{Meaning, names_file};

/// What an occurrence in a file that is not C means.
pub(super) fn occurrence(file: &SourceFile, range: TextRange) -> Occurrence {
    let (kind, meaning) = match file.language {
        Language::Documentation if names_file(&file.text[range.end as usize..]) => {
            let text = "it is part of the name of a file".into();
            (
                SiteKind::Documentation,
                Meaning::Other {
                    code: "file-name",
                    text,
                    at: None,
                },
            )
        }
        Language::Documentation if file.text[range.end as usize..].starts_with(b"`_") => {
            let text = "it is a link whose target is spelt the same".into();
            let code = "link";
            (SiteKind::Documentation, Meaning::Other { code, text, at: None })
        }
        Language::Documentation => (SiteKind::Documentation, Meaning::Documentation),
        // Assembler has one name space for symbols, so the name means the function.
        Language::Assembler => (SiteKind::Reference, Meaning::Function),
        Language::Other if is_rust_binding(&file.path, &file.text, range) => {
            (SiteKind::Reference, Meaning::Function)
        }
        Language::C | Language::Header | Language::Other => (
            SiteKind::Documentation,
            Meaning::Other {
                code: "other-file",
                text: "files of this type are not rewritten; see whether it means the function".into(),
                at: Some(range),
            },
        ),
    };
    Occurrence {
        range,
        kind,
        function: String::new(),
        meaning,
        reason: None,
    }
}

/// `bindings::name` is how Rust code of the kernel calls a function of C.
fn is_rust_binding(path: &[u8], text: &[u8], range: TextRange) -> bool {
    path.ends_with(b".rs") && text[..range.start as usize].ends_with(b"bindings::")
}
