//! Which options of a kernel's configuration a file needs, as far as Makefiles and Kconfig files say it plainly.

use std::collections::BTreeSet;

use bstr::{BStr, ByteSlice};

/// Options behind options are followed this far.
const DEPTH: usize = 6;
/// More options are not collected for one file.
const MOST: usize = 64;

/// The options that `path` needs, without `CONFIG_`; `read` gives the files of the tree.
///
/// What Makefiles compute and what Kconfig negates is not followed: the configuration that comes of it tells what is missing.
pub fn needs(path: &BStr, read: &dyn Fn(&str) -> Option<Vec<u8>>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Ok(path) = path.to_str() else {
        return found;
    };
    let (mut folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let Some((stem, _)) = name.rsplit_once('.') else {
        return found;
    };
    let mut wanted = format!("{stem}.o");
    let mut kconfigs = Vec::new();
    loop {
        let at = |name: &str| {
            if folder.is_empty() {
                name.to_owned()
            } else {
                format!("{folder}/{name}")
            }
        };
        if let Some(text) = read(&at("Kbuild")).or_else(|| read(&at("Makefile"))) {
            options_of(&text, &wanted, &mut found);
        }
        kconfigs.extend(
            ["Kconfig", "Kconfig.debug"]
                .iter()
                .filter_map(|name| read(&at(name))),
        );
        let Some((above, last)) = folder
            .rsplit_once('/')
            .or((!folder.is_empty()).then_some(("", folder)))
        else {
            break;
        };
        wanted = format!("{last}/");
        folder = above;
    }
    let mut fresh: Vec<String> = found.iter().cloned().collect();
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for option in &fresh {
            for text in &kconfigs {
                depends(text, option, &mut next);
            }
        }
        fresh = next
            .into_iter()
            .filter(|option| found.len() < MOST && found.insert(option.clone()))
            .collect();
    }
    found
}

/// Follows an object through lists such as `foo-y += a.o` up to an `obj-$(CONFIG_FOO) += foo.o`.
fn options_of(makefile: &[u8], object: &str, found: &mut BTreeSet<String>) {
    let text = makefile.to_str_lossy().replace("\\\n", " ");
    let lists: Vec<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.split('#').next()?.split_once('='))
        .map(|(target, objects)| {
            (
                target.trim_end_matches([' ', '\t', ':', '+', '?']).trim(),
                objects,
            )
        })
        .collect();
    let mut wanted = vec![object.to_owned()];
    let mut at = 0;
    while let Some(object) = wanted.get(at).cloned() {
        at += 1;
        for (target, objects) in &lists {
            if !objects.split_whitespace().any(|word| word == object) {
                continue;
            }
            let Some((module, kind)) = target.split_once("-$(").or_else(|| target.rsplit_once('-')) else {
                continue;
            };
            if let Some(option) = kind.strip_prefix("CONFIG_") {
                found.insert(option.trim_end_matches(')').to_owned());
            }
            let composite = format!("{module}.o");
            if !matches!(module, "obj" | "lib") && !wanted.contains(&composite) && wanted.len() < MOST {
                wanted.push(composite);
            }
        }
    }
}

/// What `config OPTION` depends on: its own `depends on`, and the `if` around it.
fn depends(kconfig: &[u8], option: &str, found: &mut Vec<String>) {
    let text = kconfig.to_str_lossy().replace("\\\n", " ");
    let mut around: Vec<String> = Vec::new();
    let mut is_inside = false;
    for line in text.lines() {
        let line = line.trim();
        let (word, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        match word {
            "if" => around.push(rest.to_owned()),
            "endif" => drop(around.pop()),
            "config" | "menuconfig" => {
                is_inside = rest.trim() == option;
                if is_inside {
                    around.iter().for_each(|condition| plain(condition, found));
                }
            }
            "menu" | "endmenu" | "choice" | "endchoice" | "source" => is_inside = false,
            "depends" if is_inside => plain(rest.trim_start_matches("on").trim(), found),
            _ => {}
        }
    }
}

/// The options of a condition that must be on; of an alternative the first one.
fn plain(condition: &str, found: &mut Vec<String>) {
    for part in condition.split("&&") {
        let first = part.split("||").next().unwrap_or_default();
        let word = first.trim_matches([' ', '\t', '(', ')']);
        let is_option = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_uppercase())
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        };
        if is_option(word) {
            found.push(word.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_followed_through_makefiles_and_kconfig() {
        let read = |path: &str| {
            let text = match path {
                "drivers/net/foo/Makefile" => {
                    "obj-$(CONFIG_FOO) += foo.o # x\nfoo-y := a.o \\\n\tb.o\nfoo-$(CONFIG_FOO_X) += c.o\n"
                }
                "drivers/net/Makefile" => "obj-$(CONFIG_VENDOR) += foo/\n",
                "drivers/Makefile" => "obj-y += net/\n",
                "drivers/net/foo/Kconfig" => {
                    "config FOO\n\ttristate\n\tdepends on PCI && (ARM || COMPILE_TEST)\n\tdepends on !BAR\nconfig FOO_X\n\tbool \"x\"\n"
                }
                "drivers/net/Kconfig" => {
                    "menuconfig NETDEVICES\n\tdepends on NET\nif NETDEVICES\nconfig VENDOR\n\tbool\nendif\n"
                }
                _ => return None,
            };
            Some(text.as_bytes().to_vec())
        };
        let needs = |path: &str| {
            needs(path.into(), &read)
                .into_iter()
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(needs("drivers/net/foo/b.c"), "ARM FOO NET NETDEVICES PCI VENDOR");
        assert_eq!(
            needs("drivers/net/foo/c.c"),
            "ARM FOO FOO_X NET NETDEVICES PCI VENDOR"
        );
        assert_eq!(needs("lib/x.c"), "");
        assert_eq!(needs("README"), "");
    }

    #[test]
    fn lists_that_go_in_circles_end() {
        let read = |path: &str| {
            (path == "Makefile").then(|| b"a-y := b.o\nb-y := a.o\nobj-$(CONFIG_A) += a.o\n".to_vec())
        };
        assert!(needs("a.c".into(), &read).contains("A"));
    }
}
