//! The command that would send a series. It is printed for a person to run; nothing here runs anything.

use std::path::Path;

use crate::diagnostics::{Diagnostic, Severity};

/// The line that sends the mails of a folder that `pattern` names, quoted for a shell.
///
/// To and Cc stand in the mails, so git is told to add nobody; `threaded` says that the mails have their identifiers and
/// refer to each other already.
pub fn send_email_line(folder: &Path, pattern: &str, threaded: bool) -> Result<String, Diagnostic> {
    let unusable = |why: &str| {
        Diagnostic::new(
            Severity::Warning,
            "send-email-line",
            format!("no `git send-email` line is shown: the folder's name {why}"),
        )
        .help("choose another folder with -o")
    };
    let text = folder.to_str().ok_or_else(|| unusable("is not UTF-8"))?;
    if text.chars().any(char::is_control) {
        return Err(unusable("holds control characters"));
    }
    let text = text.trim_end_matches('/');
    let text = match text {
        "" if folder.has_root() => String::new(),
        "" => ".".to_owned(),
        // git would take it for an option.
        _ if text.starts_with('-') => format!("./{text}"),
        _ => text.to_owned(),
    };
    let thread = if threaded { " --no-thread" } else { "" };
    Ok(format!(
        "git send-email{thread} --confirm=always --suppress-cc=author --suppress-cc=body --suppress-cc=cccmd {}/{pattern}",
        shell_quoted(&text)
    ))
}

/// One word of a POSIX shell.
fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+=:,@%".contains(c);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_of(path: &str) -> String {
        let line = send_email_line(Path::new(path), "*.patch", true).expect(path);
        line.rsplit_once("cccmd ").expect("the folder").1.to_owned()
    }

    #[test]
    fn folders_are_quoted() {
        for (path, expected) in [
            ("out", "out/*.patch"),
            ("out/", "out/*.patch"),
            ("/tmp/a-b", "/tmp/a-b/*.patch"),
            ("/", "/*.patch"),
            ("", "./*.patch"),
            ("my patches", "'my patches'/*.patch"),
            ("-rf", "./-rf/*.patch"),
            ("a'b;$(c)`d`", "'a'\\''b;$(c)`d`'/*.patch"),
            ("~x", "'~x'/*.patch"),
            ("ä", "'ä'/*.patch"),
        ] {
            assert_eq!(folder_of(path), expected, "{path}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_shown_is_not() {
        for path in ["a\nb", "\u{1b}[31m", "a\tb"] {
            assert!(
                send_email_line(Path::new(path), "*.patch", false).is_err(),
                "{path:?}"
            );
        }
    }

    #[test]
    fn threads_are_made_once() {
        let line = |threaded| send_email_line(Path::new("x"), "*.patch", threaded).expect("a line");
        assert!(line(true).contains("--no-thread"));
        assert!(!line(false).contains("thread"));
        assert!(line(true).starts_with("git send-email "));
    }
}
