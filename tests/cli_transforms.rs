//! The command line as far as it needs no tree: listing and showing transforms, messages about broken ones, exit codes.

mod cli_common;

use std::fs::OpenOptions;
use std::io::Read;
use std::process::Stdio;

use cli_common::{Ran, finish, respin, respin_in, write};

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().expect("a scratch folder")
}

#[test]
fn list_names_the_built_in_transforms() {
    let here = scratch();
    let ran = respin(here.path(), &["list"]).exits(0);
    for name in ["rename ", "vm_insert_kmem_page "] {
        assert!(ran.stdout.lines().any(|line| line.starts_with(name)));
    }
    assert!(ran.stderr.is_empty());

    let ran = respin(here.path(), &["list", "--json"]).exits(0);
    let listing: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(listing["schema"], "respin.list/1");
    let transforms = listing["transforms"].as_array().expect("a list");
    assert!(transforms.iter().any(|transform| transform["name"] == "rename"));
}

#[test]
fn show_resolves_the_parameters() {
    let here = scratch();
    let arguments = ["show", "rename", "--set", "from=a", "--json"];
    let ran = respin(here.path(), &arguments).exits(0);
    let shown: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(shown["parameters"]["from"], "a");
    assert_eq!(shown["parameters"]["to"], serde_json::Value::Null);
    assert_eq!(shown["parameters"]["wrap"], true);

    let ran = respin(here.path(), &["show", "vm_insert_kmem_page"]).exits(0);
    assert!(ran.stdout.contains("# vm_insert_kmem_page"));
}

#[test]
fn usage_errors_say_what_to_do() {
    let here = scratch();
    let run = |arguments: &[&str]| respin(here.path(), arguments).exits(2);
    run(&["show", "renam"]).says(&["unknown-transform", "did you mean `rename`?"]);
    run(&["show", "frobnicate"]).says(&["there is no transform `frobnicate`", "respin list"]);
    run(&["show", "x.cocci"]).says(&["there is no file x.cocci"]);
    run(&["show", "rename", "--set", "form=a"]).says(&["did you mean `from`?"]);
    run(&["show", "rename", "--set", "from"]).says(&["`--set KEY=VALUE`"]);
    run(&["show", "rename", "--set", "from=vm-insert"])
        .says(&["`vm-insert` holds `-`, so it is not a C identifier"]);
    run(&["show", "rename", "--set", "to=while"]).says(&["`while` means something else in C"]);
    run(&["show", "rename", "--set", "wrap=yes"]).says(&["neither true nor false"]);
    run(&["list", "--transforms", "nowhere"]).says(&["can't list the transforms in nowhere"]);
    run(&["verify", "x"]).says(&["`x` is neither a folder nor a range"]);
    run(&["lsit"]).says(&["a similar subcommand exists: 'list'"]);
    run(&["man", "frobnicate"]).says(&["respin has no command `frobnicate`"]);
    run(&[]).says(&["Usage: respin"]);
}

#[test]
fn a_broken_manifest_is_shown_with_its_line() {
    let here = scratch();
    let good = "name = \"mine\"\nsummary = \"s\"\npass = \"rename\"\n";
    write(
        here.path(),
        "t/mine/transform.toml",
        format!("{good}spilt = \"none\"\n"),
    );
    let show = |arguments: &[&str]| respin(here.path(), arguments).exits(2).stderr;
    let shown = show(&["show", "t/mine"]);
    assert_eq!(
        shown,
        "error[unknown-key]: unknown key `spilt`\n \
         --> t/mine/transform.toml:4:1\n  \
         |\n\
         4 | spilt = \"none\"\n  \
         | ^^^^^ did you mean `split`?\n  \
         |\n  \
         = help: known here: name, summary, pass, split, parameters\n"
    );
    assert_eq!(shown, show(&["show", "mine", "--transforms", "t"]));

    // It doesn't hide the others.
    write(here.path(), "t/fine/transform.toml", good.replace("mine", "fine"));
    let ran = respin(here.path(), &["list", "--transforms", "t"]).exits(2);
    assert!(
        ran.stdout.contains("\nrename ") && ran.stdout.contains("fine "),
        "{}",
        ran.stdout
    );

    write(here.path(), "t/mine/transform.toml", good);
    write(
        here.path(),
        "t/mine/commit-message.txt",
        "a\n\n{form}() -> {to}()\n",
    );
    let shown = show(&["show", "t/mine"]);
    assert!(shown.contains("t/mine/commit-message.txt:3:1"), "{shown}");
    assert!(shown.contains("did you mean `{from}`?"), "{shown}");

    write(
        here.path(),
        "t/mine/transform.toml",
        good.replace("rename", "fault-handlre"),
    );
    let shown = show(&["show", "t/mine"]);
    assert!(shown.contains("did you mean `fault-handler`?"), "{shown}");
    write(here.path(), "empty/x", "");
    let shown = show(&["show", "empty"]);
    assert!(shown.contains("there is no empty/transform.toml"), "{shown}");
}

#[test]
fn a_device_or_a_link_to_itself_is_no_transform() {
    let here = scratch();
    std::fs::create_dir(here.path().join("zero")).expect("a folder");
    let link = |to: &str| {
        let manifest = here.path().join("zero/transform.toml");
        let _ = std::fs::remove_file(&manifest);
        std::os::unix::fs::symlink(to, manifest).expect("a link");
        respin(here.path(), &["show", "./zero"]).exits(2)
    };
    link("/dev/zero").says(&["zero/transform.toml is not a regular file"]);
    link("transform.toml").says(&["can't read ./zero/transform.toml"]);
    link("nowhere").says(&["there is no ./zero/transform.toml"]);
}

#[test]
fn completions_and_manual_pages() {
    let here = scratch();
    for shell in ["bash", "zsh", "fish"] {
        let ran = respin(here.path(), &["completions", shell]).exits(0);
        assert!(ran.stdout.contains("respin"));
    }
    let page = respin(here.path(), &["man"]).exits(0).stdout;
    assert!(page.contains(".TH respin 1"), "{page}");
    let page = respin(here.path(), &["man", "list"]).exits(0).stdout;
    assert!(page.contains("transforms"), "{page}");
}

#[test]
fn a_reader_that_goes_away_is_success() {
    let here = scratch();
    let arguments = ["show", "vm_insert_kmem_page"];
    // More than a pipe holds, so that respin is still writing when the reader goes away.
    write(
        here.path(),
        "t/big/transform.toml",
        "name = \"big\"\nsummary = \"s\"\npass = \"rename\"\n",
    );
    write(here.path(), "t/big/README.md", "x\n".repeat(400_000));
    let mut child = respin_in(here.path())
        .args(["show", "t/big"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("respin runs");
    let mut first = [0; 4];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("some output");
    drop(stdout);
    let output = child.wait_with_output().expect("respin ends");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");

    // Standard output closed from the start.
    let closed = format!(
        "exec {} {} >&-",
        env!("CARGO_BIN_EXE_respin"),
        arguments.join(" ")
    );
    let output = std::process::Command::new("sh").args(["-c", &closed]).output();
    assert_eq!(output.expect("sh runs").status.code(), Some(0));

    let full = OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    finish(respin_in(here.path()).args(arguments).stdout(full))
        .exits(2)
        .says(&["can't write to standard output"]);
    let full = OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    finish(respin_in(here.path()).arg("--help").stdout(full))
        .exits(2)
        .says(&["can't write to standard output"]);
}

#[test]
fn colours_follow_flag_and_environment() {
    let here = scratch();
    let colored = |ran: &Ran| ran.stdout.contains('\x1b') || ran.stderr.contains('\x1b');
    let run = |arguments: &[&str], environment: &[(&str, &str)]| {
        let mut command = respin_in(here.path());
        colored(&finish(command.args(arguments).envs(environment.iter().copied())))
    };
    assert!(!run(&["list"], &[]));
    assert!(run(&["list", "--color", "always"], &[]));
    assert!(run(&["list", "--color", "always"], &[("NO_COLOR", "1")]));
    assert!(run(&["show", "renam", "--color", "always"], &[]));
    assert!(!run(&["show", "renam"], &[]));
    assert!(!run(&["list", "--color", "never"], &[("CLICOLOR_FORCE", "1")]));
}
