"""What the scripts that try respin on real trees have in common: they run programs, compare mails, and count what failed."""

import os
import re
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
IDENTITY = ("-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
failures = []


def check(name, good, detail=""):
    print(f"  {'ok  ' if good else 'FAIL'} {name}{': ' + detail if detail else ''}", flush=True)
    if not good:
        failures.append(name)


def finish():
    if failures:
        sys.exit(f"{len(failures)} checks failed: " + "; ".join(failures))
    print("all checks passed")


def run(*command, good=(0,), cwd=None, env=None, data=None):
    """Runs a command; another exit code than a good one ends everything, as nothing after it would mean anything."""
    done = subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        input=data,
        stdin=None if data is not None else subprocess.DEVNULL,
        capture_output=True,
    )
    if done.returncode not in good:
        sys.exit(
            f"{command}: exit code {done.returncode}\n"
            + (done.stdout[-2000:] + done.stderr[-4000:]).decode(errors="replace")
        )
    return done


def respin_binary():
    """RESPIN, or a release build; commits and mails get a person of their own."""
    for role in ("AUTHOR", "COMMITTER"):
        os.environ.update({f"GIT_{role}_NAME": "Test", f"GIT_{role}_EMAIL": "test@example.org"})
    if binary := os.environ.get("RESPIN"):
        return Path(binary).resolve()
    run("cargo", "build", "--quiet", "--release", "--manifest-path", PROJECT / "Cargo.toml")
    return Path(os.environ.get("CARGO_TARGET_DIR", PROJECT / "target")) / "release/respin"


def clone_of_touched(tree, patches, clone):
    """A clone with nothing checked out but what patches touch, and the attributes, which say how git finds the function
    that a hunk header names. The other 80,000 files of a kernel would only take time."""
    touched = set()
    for patch in patches:
        touched.update(re.findall(rb"^diff --git a/(\S+) b/", patch.read_bytes(), re.M))
    run("git", "clone", "--quiet", "--shared", "--no-checkout", tree, clone)
    run("git", "-C", clone, "sparse-checkout", "set", "--no-cone", "--stdin",
        data=b".gitattributes\n" + b"".join(b"/" + path + b"\n" for path in sorted(touched)))
    run("git", "-C", clone, "checkout", "--quiet")
    return run("git", "-C", clone, "rev-parse", "HEAD").stdout.decode().strip()


def comparable(patch):
    """A patch without what differs by its nature: commit id, date, Message-Id, recipients, version of git."""
    head, _, body = patch.partition(b"\n\n")
    head = re.sub(rb"\n[ \t]+", b" ", head)
    kept = [line for line in head.split(b"\n") if not re.match(rb"(From [0-9a-f]{40} |Date:|Message-I[dD]:|To:|Cc:)", line)]
    return b"\n".join(kept) + b"\n\n" + re.sub(rb"\n-- \n.*\n", b"\n-- \n", body)


def first_difference(ours, theirs):
    for number, (mine, other) in enumerate(zip(ours.split(b"\n"), theirs.split(b"\n")), 1):
        if mine != other:
            return f"line {number}: {mine!r} and {other!r}"
    return "" if ours == theirs else "one is longer"


def complaints(report):
    """What a report of `respin verify --json` says: new complaints of checkpatch.pl, other problems, patches it was run on."""
    found, others, done = [], [], 0
    for patch in report["patches"]:
        for one in patch["checks"]:
            done += one["name"] == "checkpatch" and one["result"] != "not-done"
            for finding in one["findings"]:
                text = f"{patch['name']}: {finding.get('path', '')}: {finding['message']}"
                if not finding["problem"]:
                    continue
                if one["name"] != "checkpatch":
                    others.append(text)
                else:
                    found.append(text)
    return found, others, done
