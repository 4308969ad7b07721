//! Patches that are compiled one after the other, in a scratch folder with the kernel's own make.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use bstr::{BStr, BString, ByteSlice};

use crate::edit::unified;
use crate::scan::FileKind;
use crate::series::Base;
use crate::series::incoming::Touched;
use crate::transform::Problem;
use crate::verify::build::{Kernel, Trouble};
use crate::verify::compiled::{Seen, unseen};
use crate::verify::finding::Finding;
use crate::verify::kbuild;

use super::verify::{Answer, Check, Verified, sides};

/// Headers are looked for in so many objects that a patch does not touch itself.
const MORE_OBJECTS: usize = 4;

/// How to build.
#[derive(Clone, Debug)]
pub struct BuildOrder {
    /// The configuration; make's defconfig without one.
    pub config: Option<PathBuf>,
    /// How many commands make runs at once.
    pub jobs: usize,
}

/// Compiles what the patches touch: first without them, then after each, up to the first one that breaks.
pub(super) fn build(
    order: &BuildOrder,
    base: &Base<'_>,
    patches: &[(usize, Option<Vec<Touched>>)],
    verified: &mut Verified,
    stop: &dyn Fn() -> bool,
) -> Result<(), Problem> {
    let scratch = tempfile::Builder::new()
        .prefix("respin-build-")
        .tempdir()
        .map_err(|error| Problem::new("io", format!("no scratch folder can be made: {error}")))?;
    if let Err(error) = base.check_out(scratch.path()) {
        let why = super::series::problem(error).diagnostic.message.clone();
        verified.leave_out(format!("Nothing was compiled: {why}."));
        return Ok(());
    }
    let kernel = Kernel {
        folder: scratch.path(),
        jobs: order.jobs,
        stop,
    };
    match Yard::open(&kernel, order, patches, verified) {
        Ok(mut yard) => yard.build_all(patches, verified),
        Err(Trouble(why)) => verified.leave_out(format!("Nothing was compiled: {why}")),
    }
    Ok(())
}

/// What is known of the tree while patches are applied to it.
struct Yard<'a> {
    kernel: &'a Kernel<'a>,
    /// Objects that could be compiled before the first patch, or are new.
    objects: BTreeSet<String>,
    warnings: BTreeSet<String>,
}

impl<'a> Yard<'a> {
    /// Configures the tree and compiles it as it is without the patches.
    fn open(
        kernel: &'a Kernel<'a>,
        order: &BuildOrder,
        patches: &[(usize, Option<Vec<Touched>>)],
        verified: &mut Verified,
    ) -> Result<Self, Trouble> {
        let touched = patches
            .iter()
            .filter_map(|(_, touched)| touched.as_ref())
            .flatten();
        let sources: BTreeSet<&BString> = touched
            .map(|file| &file.path)
            .filter(|path| object_of(path.as_bstr()).is_some())
            .collect();
        let read = |path: &str| fs::read(kernel.folder.join(path)).ok();
        let needs: BTreeMap<&BString, BTreeSet<String>> = sources
            .iter()
            .map(|&path| (path, kbuild::needs(path.as_bstr(), &read)))
            .collect();
        let options = needs.values().flatten().cloned().collect();
        let off = kernel.configure(order.config.as_deref(), &options)?;
        let there = sources
            .iter()
            .filter(|path| kernel.folder.join(path.to_path_lossy()).is_file());
        let objects: Vec<String> = there.filter_map(|path| object_of(path.as_bstr())).collect();
        let compiled = kernel.compile(&objects)?;
        if !objects.is_empty() && compiled.missing.len() == objects.len() {
            return Err(Trouble(format!(
                "none of the {} objects builds without the patches:\n{}",
                objects.len(),
                compiled.words
            )));
        }
        for (path, needs) in &needs {
            let object = object_of(path.as_bstr()).unwrap_or_default();
            if compiled.missing.contains(&object) {
                let lacking: Vec<String> = needs
                    .iter()
                    .filter(|option| off.contains(option))
                    .cloned()
                    .collect();
                let why = match lacking.is_empty() {
                    true => "it does not build without the patches either".to_owned(),
                    false => format!("CONFIG_{} cannot be set here", lacking.join(", CONFIG_")),
                };
                verified.not_done.push(format!("{path} was not compiled: {why}."));
            }
        }
        let objects = objects
            .into_iter()
            .filter(|object| !compiled.missing.contains(object));
        Ok(Self {
            kernel,
            objects: objects.collect(),
            warnings: compiled.warnings,
        })
    }

    fn build_all(&mut self, patches: &[(usize, Option<Vec<Touched>>)], verified: &mut Verified) {
        let mut broken: Option<&str> = None;
        for (index, touched) in patches {
            let answer = match (broken, touched) {
                (Some(why), _) => Answer::NotDone(format!("it was not compiled, as {why}")),
                (None, None) => {
                    broken = Some("an earlier patch does not apply");
                    Answer::NotDone("it was not compiled, as it does not apply".to_owned())
                }
                (None, Some(touched)) => match self.build(touched) {
                    Ok((findings, builds)) => {
                        if !builds {
                            broken = Some("an earlier patch breaks the build");
                        }
                        Answer::Done(findings)
                    }
                    Err(Trouble(why)) => {
                        broken = Some("the build ended before");
                        verified.is_incomplete = true;
                        Answer::NotDone(why)
                    }
                },
            };
            if let Some(patch) = verified.patches.get_mut(*index) {
                patch.answers.push((Check::Builds, answer));
            }
        }
        let objects = self.objects.len();
        verified.built = Some(objects);
    }

    /// Applies one patch and compiles; says what was found, and whether everything builds.
    fn build(&mut self, touched: &[Touched]) -> Result<(Vec<Finding>, bool), Trouble> {
        for file in touched {
            let path = file.path.to_path_lossy();
            put(self.kernel.folder, &path, file)
                .map_err(|error| Trouble(format!("{} cannot be written: {error}", path.display())))?;
            match (&file.before, &file.after, object_of(file.path.as_bstr())) {
                (None, Some(_), Some(object)) => drop(self.objects.insert(object)),
                (Some(_), None, Some(object)) => drop(self.objects.remove(&object)),
                _ => {}
            }
        }
        let objects: Vec<String> = self.objects.iter().cloned().collect();
        let compiled = self.kernel.compile(&objects)?;
        let mut findings = Vec::new();
        if !compiled.missing.is_empty() {
            let what = format!(
                "{} does not build:\n{}",
                compiled.missing.join(", "),
                compiled.words
            );
            findings.push(Finding::problem("does-not-build", what));
            return Ok((findings, false));
        }
        if !compiled.is_clean {
            let what = format!("make fails:\n{}", compiled.words);
            findings.push(Finding::problem("does-not-build", what));
            return Ok((findings, false));
        }
        for warning in &compiled.warnings {
            if self.warnings.insert(warning.clone()) {
                findings.push(Finding::problem("new-warning", warning.clone()));
            }
        }
        findings.extend(self.not_compiled(touched)?);
        Ok((findings, true))
    }

    /// The changed lines that this configuration leaves out.
    fn not_compiled(&self, touched: &[Touched]) -> Result<Vec<Finding>, Trouble> {
        let mut seen = Seen::new();
        let mut own: Vec<String> = touched
            .iter()
            .filter_map(|file| object_of(file.path.as_bstr()))
            .collect();
        own.retain(|object| self.objects.contains(object));
        let is_header = |file: &&Touched| FileKind::of(file.path.as_bstr()) == FileKind::Header;
        if touched.iter().any(|file| is_header(&file)) {
            let others = self.objects.iter().filter(|object| !own.contains(object));
            let others: Vec<String> = others.take(MORE_OBJECTS).cloned().collect();
            own.extend(others);
        }
        for object in &own {
            for (path, lines) in self.kernel.lines_of(object)? {
                if touched.iter().any(|file| file.path == path) {
                    seen.entry(path).or_default().extend(lines);
                }
            }
        }
        let mut findings = Vec::new();
        for file in touched
            .iter()
            .filter(|file| FileKind::of(file.path.as_bstr()).is_c())
        {
            let (before, after) = sides(file);
            let lines = changed(&before, &after);
            let left_out = unseen(&after, &lines, seen.get(&file.path));
            if let Some(first) = left_out.first() {
                let what = match seen.contains_key(&file.path) {
                    true => format!(
                        "changed, and not compiled by this configuration: lines {}",
                        runs(&left_out)
                    ),
                    false => "changed, and not compiled by this configuration".to_owned(),
                };
                findings.push(Finding::remark("not-compiled", what).at(file.path.clone(), *first));
            }
        }
        Ok(findings)
    }
}

/// The object that make compiles a file to; programs that run on the host have none.
fn object_of(path: &BStr) -> Option<String> {
    let path = path.to_str().ok()?;
    let host = ["tools/", "scripts/", "usr/", "Documentation/"];
    let stem = path.strip_suffix(".c").or_else(|| path.strip_suffix(".S"))?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,".contains(c);
    // make has no way to quote other characters in a target, and takes what starts with a dash for an option.
    let fits = stem.chars().all(is_plain) && !stem.starts_with('-');
    (fits && !host.iter().any(|folder| path.starts_with(folder))).then(|| format!("{stem}.o"))
}

/// The lines of the new text that are not in the old one.
fn changed(before: &[u8], after: &[u8]) -> BTreeSet<u32> {
    let hunks = unified::hunks(before, after, unified::Options { context: 0 });
    let lines = hunks.iter().flat_map(|hunk| hunk.new.clone());
    lines.map(|line| line as u32 + 1).collect()
}

/// `3, 5-7`.
fn runs(lines: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &line in lines {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == line => *last = line,
            _ => runs.push((line, line)),
        }
    }
    let run = |&(first, last): &(u32, u32)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    runs.iter().map(run).collect::<Vec<_>>().join(", ")
}

/// Writes what a patch makes of a file, never through a link that the tree holds.
fn put(folder: &Path, path: &Path, file: &Touched) -> io::Result<()> {
    let mut above = folder.to_owned();
    let mut parts: Vec<_> = path.components().collect();
    let name = parts.pop();
    for part in parts {
        above.push(part);
        match fs::symlink_metadata(&above) {
            Ok(meta) if meta.is_dir() => {}
            Ok(_) => return Err(io::Error::other("a folder above it is a link or a file")),
            Err(_) => fs::create_dir(&above)?,
        }
    }
    let Some(name) = name else {
        return Err(io::Error::other("it has no name"));
    };
    let target = above.join(name);
    if file.before.is_some() {
        fs::remove_file(&target)?;
    }
    let Some(after) = &file.after else {
        return Ok(());
    };
    if after.mode & 0o170_000 != 0o100_000 {
        return Err(io::Error::other("it is a link or another repository"));
    }
    // A new file only: what is there already, a link above all, is not written through.
    let mut new = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(&target)?;
    new.write_all(&after.data)?;
    fs::set_permissions(&target, fs::Permissions::from_mode(after.mode & 0o777))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::incoming::Content;

    #[test]
    fn lines_are_named_in_runs() {
        assert_eq!(runs(&[3, 5, 6, 7, 9]), "3, 5-7, 9");
        assert_eq!(changed(b"a\nb\n", b"a\nc\nd\n"), BTreeSet::from([2, 3]));
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let (tree, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let victim = outside.path().join("victim");
        fs::write(&victim, "kept").unwrap();
        std::os::unix::fs::symlink(&victim, tree.path().join("a.h")).unwrap();
        std::os::unix::fs::symlink(outside.path(), tree.path().join("d")).unwrap();
        let file = |path: &str| Touched {
            path: path.into(),
            before: None,
            after: Some(Content {
                mode: 0o100_644,
                data: b"new".to_vec().into(),
            }),
        };
        for path in ["a.h", "d/b.h"] {
            assert!(put(tree.path(), Path::new(path), &file(path)).is_err(), "{path}");
        }
        assert_eq!(fs::read(&victim).unwrap(), b"kept");
        assert!(!outside.path().join("b.h").exists());
        put(tree.path(), Path::new("e/c.h"), &file("e/c.h")).unwrap();
        assert_eq!(fs::read(tree.path().join("e/c.h")).unwrap(), b"new");
    }

    #[test]
    fn objects_are_those_of_the_kernel() {
        let object = |path: &str| object_of(path.into());
        assert_eq!(object("mm/memory.c").as_deref(), Some("mm/memory.o"));
        for path in ["tools/x.c", "a b/x.c", "-x/y.c", "x.h", "$(shell id)/x.c"] {
            assert_eq!(object(path), None, "{path}");
        }
    }
}
