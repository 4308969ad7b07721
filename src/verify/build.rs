//! The kernel's own make in a folder of its own: configure, compile some objects, preprocess them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use bstr::{ByteSlice, ByteVec};

use super::compiled::{Seen, seen};
use super::process::{self, Ran};

/// How long one call of make may take.
const PATIENCE: Duration = Duration::from_secs(2 * 3600);
/// So many lines of what a compiler says are shown.
const SHOWN: usize = 12;
/// Macros show up in preprocessed text, and a function without a prototype is told.
const FLAGS: &str = "KCFLAGS=-dD -Wmissing-prototypes";

/// A tree that is written to and built in.
pub struct Kernel<'a> {
    /// Its folder.
    pub folder: &'a Path,
    /// How many commands make runs at once.
    pub jobs: usize,
    /// Whether the user asked to stop.
    pub stop: &'a dyn Fn() -> bool,
}

/// Why nothing could be built, in one sentence, with what make said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Trouble(pub String);

/// What came of compiling.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Compiled {
    /// Objects that did not compile.
    pub missing: Vec<String>,
    /// Whether make had nothing to complain of.
    pub is_clean: bool,
    /// Warnings without line numbers, so that they can be compared.
    pub warnings: BTreeSet<String>,
    /// The compiler's words about what failed.
    pub words: String,
}

impl Kernel<'_> {
    /// Writes .config: `config`, or make's defconfig, with `options` on.
    ///
    /// Returns those that are off even so, as something they need is not there.
    pub fn configure(
        &self,
        config: Option<&Path>,
        options: &BTreeSet<String>,
    ) -> Result<Vec<String>, Trouble> {
        let target = self.folder.join(".config");
        let io = |error: std::io::Error| Trouble(format!("the configuration cannot be written: {error}"));
        match config {
            Some(config) => {
                fs::copy(config, &target)
                    .map_err(|error| Trouble(format!("{} cannot be read: {error}", config.display())))?;
            }
            None => self.must(&["defconfig"])?,
        }
        let mut text = fs::read(&target).map_err(io)?;
        for option in options {
            text.push_str(format!("\nCONFIG_{option}=y"));
        }
        // New warnings are told one by one; they need not break the build.
        text.push_str("\n# CONFIG_WERROR is not set\n");
        fs::write(&target, text).map_err(io)?;
        self.must(&["olddefconfig"])?;
        let text = fs::read(&target).map_err(io)?;
        let on: BTreeSet<&[u8]> = text
            .lines()
            .filter_map(|line| line.split_once_str("="))
            .map(|(name, _)| name)
            .collect();
        let is_off = |option: &&String| !on.contains(format!("CONFIG_{option}").as_bytes());
        Ok(options.iter().filter(is_off).cloned().collect())
    }

    /// Compiles objects, each as far as it goes.
    pub fn compile(&self, objects: &[String]) -> Result<Compiled, Trouble> {
        if objects.is_empty() {
            return Ok(Compiled {
                is_clean: true,
                ..Compiled::default()
            });
        }
        let mut arguments = vec!["-k".to_owned(), format!("-j{}", self.jobs)];
        arguments.extend(objects.iter().cloned());
        let ran = self.make(&arguments)?;
        let failed = failed(&ran.stderr);
        let missing = objects
            .iter()
            .filter(|object| failed.contains(object.as_str()) || !self.folder.join(object).is_file());
        Ok(Compiled {
            missing: missing.cloned().collect(),
            is_clean: ran.code == Some(0),
            warnings: ran.stderr.lines().filter_map(warning).collect(),
            words: words(&ran.stderr),
        })
    }

    /// The lines that the compiler sees of an object's file and of its headers.
    pub fn lines_of(&self, object: &str) -> Result<Seen, Trouble> {
        let text = format!("{}.i", object.trim_end_matches(".o"));
        self.make(std::slice::from_ref(&text))?;
        let path = self.folder.join(&text);
        let seen = fs::read(&path).map(|text| seen(&text)).unwrap_or_default();
        // It may be some MB, and is of no use any more.
        let _ = fs::remove_file(&path);
        Ok(seen)
    }

    fn must(&self, arguments: &[&str]) -> Result<(), Trouble> {
        let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let ran = self.make(&arguments)?;
        if ran.code == Some(0) {
            return Ok(());
        }
        let said = words(&ran.stderr);
        Err(Trouble(format!("`make {}` failed:\n{said}", arguments.join(" "))))
    }

    fn make(&self, arguments: &[String]) -> Result<Ran, Trouble> {
        let mut command = Command::new("make");
        command
            .arg("-s")
            .arg("-C")
            .arg(self.folder)
            .arg(FLAGS)
            .args(arguments);
        // A make around this run has nothing to say about it.
        for name in [
            "MAKEFLAGS",
            "MFLAGS",
            "MAKELEVEL",
            "KBUILD_OUTPUT",
            "O",
            "KCFLAGS",
        ] {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C");
        let ran = process::run(&mut command, b"", PATIENCE, self.stop);
        let ran = ran.map_err(|error| Trouble(format!("make cannot be run: {error}")))?;
        match ran.was_ended {
            true => Err(Trouble("make was ended before it was through".to_owned())),
            false => Ok(ran),
        }
    }
}

/// The targets of lines such as `make[2]: *** [scripts/Makefile.build:250: mm/a.o] Error 1`.
fn failed(stderr: &[u8]) -> BTreeSet<String> {
    let target = |line: &[u8]| -> Option<String> {
        let (_, rest) = line.split_once_str("*** [")?;
        let (rule, _) = rest.rsplit_once_str("] Error")?;
        let target = rule.rsplit_once_str(": ").map_or(rule, |(_, target)| target);
        Some(target.to_str_lossy().into_owned())
    };
    stderr.lines().filter_map(target).collect()
}

/// `mm/a.c: warning: text` of `mm/a.c:12:3: warning: text`.
fn warning(line: &[u8]) -> Option<String> {
    let (place, text) = line.split_once_str(": warning: ")?;
    let file = place.split(|&byte| byte == b':').next()?;
    let file = file.strip_prefix(b"./").unwrap_or(file);
    let plain = |text: &[u8]| -> String { text.to_str_lossy().chars().filter(|c| !c.is_control()).collect() };
    Some(format!("{}: warning: {}", plain(file), plain(text)))
}

/// What a compiler said, from the first error on.
fn words(stderr: &[u8]) -> String {
    let is_error = |line: &&[u8]| {
        [": error: ", "error:", "***", "not found", "No such"]
            .iter()
            .any(|word| line.contains_str(word))
    };
    let lines: Vec<&[u8]> = stderr.lines().collect();
    let compiler = lines.iter().position(|line| line.contains_str(": error: "));
    let first = compiler.or_else(|| lines.iter().position(is_error)).unwrap_or(0);
    let shown = lines.iter().skip(first).take(SHOWN);
    let plain = |line: &&[u8]| -> String {
        let text = line.to_str_lossy();
        text.chars()
            .map(|c| if c == '\t' { ' ' } else { c })
            .filter(|c| !c.is_control())
            .collect()
    };
    shown.map(plain).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAKEFILE: &str = "\
defconfig:\n\techo CONFIG_A=y > .config\n\
olddefconfig:\n\tgrep -v CONFIG_GONE .config > .new; mv .new .config\n\
%.o: %.c\n\tgcc $(KCFLAGS) -Werror=implicit-function-declaration -c -o $@ $<\n\
%.i: %.c\n\tgcc $(KCFLAGS) -E -o $@ $<\n";

    #[test]
    fn objects_are_compiled_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("Makefile", MAKEFILE);
        write(
            "a.c",
            "int a(void);\nint a(void) { return 1; }\n#ifdef X\nint x;\n#endif\n",
        );
        write("b.c", "int b(void) { return c(); }\n");
        write("d.c", "int d(void) { return 0; }\n");
        let kernel = Kernel {
            folder: folder.path(),
            jobs: 2,
            stop: &|| false,
        };
        let options = ["B", "GONE"].map(String::from).into();
        assert_eq!(kernel.configure(None, &options), Ok(vec!["GONE".to_owned()]));
        let compiled = kernel.compile(&["a.o", "b.o", "d.o"].map(String::from)).unwrap();
        assert_eq!(compiled.missing, ["b.o"]);
        assert!(
            compiled.words.contains("implicit declaration of function"),
            "{}",
            compiled.words
        );
        assert!(
            compiled
                .warnings
                .iter()
                .any(|text| text.starts_with("d.c: warning: no previous prototype"))
        );
        let seen = kernel.lines_of("a.o").unwrap();
        let lines = seen.get(&bstr::BString::from("a.c")).unwrap();
        assert!(lines.contains(&2) && !lines.contains(&4), "{lines:?}");
        write("Makefile", "all:\n");
        let trouble = kernel.configure(None, &options).unwrap_err();
        assert!(trouble.0.contains("make defconfig` failed"), "{}", trouble.0);
    }
}
