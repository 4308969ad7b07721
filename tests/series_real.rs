//! A series over a real kernel: `RESPIN_KERNEL=DIR cargo test --release --test series_real -- --ignored --nocapture`.
//!
//! DIR is a git tree; it is only read. A clone of it goes to TMPDIR.

mod series_support;

use std::path::Path;
use std::time::Instant;

use respin::pipeline::{self, Request, Where};
use respin::plan::{Atom, FileChange, Phase, Plan};
use respin::series::{Base, Options, build, write};
use respin::transform::{Pass, RenameParameters, Split};
use respin::worktree::Worktree;
use series_support::fixture::{Habits, Words, covers};
use series_support::{Git, options, without_version};

/// A rename, cut into one atom for each file: what git does with it does not depend on whether it builds.
fn renamed(tree: &Path, from: &str) -> Plan {
    let parameters = RenameParameters {
        from: from.into(),
        to: format!("{from}_anew"),
        comments: true,
        strings: true,
        documentation: true,
        realign: true,
        wrap: true,
    };
    let request = Request {
        place: Where {
            tree: tree.to_owned(),
            revision: None,
            paths: Vec::new(),
            jobs: None,
        },
        pass: Pass::Rename(parameters),
        staged: false,
        include_unsafe: false,
    };
    let plan = pipeline::run(&request, &|_| {}).unwrap().plan;
    let atom = |file: FileChange| {
        let sites = plan
            .sites
            .iter()
            .enumerate()
            .filter(|(_, site)| site.path == file.path);
        Atom {
            phase: Phase::Convert,
            sites: sites.map(|(at, _)| at).collect(),
            files: vec![file],
            notes: Vec::new(),
        }
    };
    Plan {
        atoms: plan.total().into_iter().map(atom).collect(),
        ..plan
    }
}

#[test]
#[ignore = "needs a kernel"]
fn a_kernel_takes_its_series() {
    let Some(kernel) = std::env::var_os("RESPIN_KERNEL") else {
        return;
    };
    let kernel = Git::new(Path::new(&kernel));
    let scratch = tempfile::tempdir().unwrap();
    let from = std::env::var("RESPIN_NAME").unwrap_or("vm_insert_page".into());
    let clone = scratch.path().join("clone");
    let git = Git::new(scratch.path());
    git.run(&[
        "clone",
        "-q",
        "-s",
        kernel.dir.to_str().unwrap(),
        clone.to_str().unwrap(),
    ]);
    let clone = Git::new(&clone);
    let base = clone.text(&["rev-parse", "HEAD"]);
    let plan = renamed(&kernel.dir, &from);
    for split in Split::ALL {
        let worktree = Worktree::open(&kernel.dir, None).unwrap();
        let start = Instant::now();
        let options = Options { split, ..options() };
        let series = build(&Base::of(&worktree).unwrap(), &plan, &options, &Words, &Habits).unwrap();
        let built = start.elapsed();
        let out = scratch.path().join(split.name());
        let files = write(&series, &out, None, false).unwrap();
        println!(
            "{}: {} files in {} patches, {} postings: built in {built:?}, {:?}",
            split.name(),
            plan.total().len(),
            series.patches.len(),
            series.postings.len(),
            series.diagnostics,
        );
        if std::env::var_os("RESPIN_BUILD_ONLY").is_some() {
            continue;
        }
        if series.patches.len() > 40 && std::env::var_os("RESPIN_ALL").is_none() {
            continue;
        }
        clone.run(&["checkout", "-q", "--detach", &base]);
        let covers = covers(&series);
        let mut args = vec!["am", "-q"];
        let options = series.am_options();
        args.extend(options.iter().map(String::as_str));
        let patches = files.iter().enumerate().filter(|(at, _)| !covers.contains(at));
        args.extend(patches.map(|(_, path)| path.to_str().unwrap()));
        clone.run(&args);
        assert_eq!(
            clone.text(&["rev-parse", "HEAD"]),
            series.patches.last().unwrap().commit
        );
        if series.postings.len() > 1 {
            continue;
        }
        let theirs = scratch.path().join(format!("{}-git", split.name()));
        let base_option = format!("--base={base}");
        let mut args = vec!["format-patch", "-q", "-o", theirs.to_str().unwrap(), &base_option];
        args.extend(["--to=D <d@example.org>", "--cc=list@example.org"]);
        if !covers.is_empty() {
            args.push("--cover-letter");
        }
        args.push(&base);
        clone.run(&args);
        for (at, file) in files.iter().enumerate().filter(|(at, _)| !covers.contains(at)) {
            let mail = std::fs::read(file).unwrap();
            let their = std::fs::read(theirs.join(file.file_name().unwrap())).unwrap();
            let is_same = without_version(&mail) == without_version(&their);
            let has_sound = series.patches.iter().any(|patch| patch.recipients.to.len() > 1);
            assert!(is_same || has_sound, "{at} {file:?}");
        }
    }
}
