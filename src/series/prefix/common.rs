//! One prefix for several files: what their prefixes have in common, or their folders.

use bstr::{BStr, BString, ByteSlice};

use super::history::History;
use super::{Confidence, Prefix, guess, of_file};

/// Files of a patch that are looked at; more of them say nothing new.
const MOST_FILES: usize = 400;

/// The prefix for a change of these files.
pub(super) fn of_files(paths: &[BString], history: &History) -> Prefix {
    let mut chosen: Vec<&BStr> = paths
        .iter()
        .map(|path| path.as_bstr())
        .filter(|path| is_code(path))
        .collect();
    if chosen.is_empty() {
        chosen = paths.iter().map(|path| path.as_bstr()).collect();
    }
    let step = chosen.len().div_ceil(MOST_FILES).max(1);
    let found: Vec<Prefix> = chosen
        .iter()
        .step_by(step)
        .map(|path| of_file(path, history))
        .collect();
    let Some(first) = found.first() else {
        return treewide("there are no files");
    };
    let confidence = found
        .iter()
        .map(|prefix| prefix.confidence)
        .min()
        .unwrap_or(first.confidence);
    if found.iter().all(|prefix| prefix.text == first.text) {
        return Prefix {
            confidence,
            ..first.clone()
        };
    }
    let texts: Vec<&str> = found.iter().map(|prefix| prefix.text.as_str()).collect();
    if let Some(text) = shared(&texts) {
        return Prefix {
            text,
            confidence: confidence.min(Confidence::Fair),
            because: format!("what the prefixes of {} files have in common", texts.len()),
        };
    }
    if let Some(prefix) = of_most(&texts) {
        return prefix;
    }
    match folder_of_all(&chosen) {
        Some(folder) => Prefix {
            text: folder_prefix(folder),
            confidence: Confidence::Doubtful,
            because: format!("the folder of all files, {folder}"),
        },
        None => of_two(&texts).unwrap_or_else(|| treewide("the files have no folder in common")),
    }
}

pub(super) fn treewide(because: &str) -> Prefix {
    Prefix {
        text: "treewide:".to_owned(),
        confidence: Confidence::Doubtful,
        because: because.to_owned(),
    }
}

/// Headers, documents and build files follow the code, which says where a change belongs.
fn is_code(path: &BStr) -> bool {
    let name = path
        .rfind_byte(b'/')
        .map_or(path.as_bytes(), |at| &path[at + 1..]);
    let code = [&b".c"[..], b".S", b".rs", b".y", b".l"];
    let builds = [&b"Kconfig"[..], b"Makefile", b"Kbuild"];
    !path.starts_with(b"Documentation/")
        && !path.starts_with(b"include/")
        && !builds.iter().any(|start| name.starts_with(start))
        && code.iter().any(|end| name.ends_with(end))
}

/// The parts of a prefix, each with the separator behind it.
fn parts(prefix: &str) -> Vec<(&str, &str)> {
    let mut parts = Vec::new();
    let mut rest = prefix;
    while !rest.is_empty() {
        let slash = rest.find('/').map(|at| (at, "/"));
        let colon = rest.find(": ").map(|at| (at, ": "));
        let next = [slash, colon].into_iter().flatten().min();
        match next {
            Some((at, separator)) => {
                parts.push((&rest[..at], separator));
                rest = &rest[at + separator.len()..];
            }
            None => {
                let end = rest.trim_end_matches([':', '-', ' ']);
                parts.push((end, &rest[end.len()..]));
                break;
            }
        }
    }
    parts
}

/// The leading parts that all prefixes have, in the spelling of the first one.
fn shared(prefixes: &[&str]) -> Option<String> {
    let (first, others) = prefixes.split_first()?;
    let first = parts(first);
    let mut length = first.len();
    for other in others {
        let same = first
            .iter()
            .zip(parts(other))
            .take_while(|((a, _), (b, _))| a.eq_ignore_ascii_case(b))
            .count();
        length = length.min(same);
    }
    let (last, before) = first[..length].split_last()?;
    let mut text: String = before
        .iter()
        .flat_map(|(part, separator)| [*part, *separator])
        .collect();
    text.push_str(last.0);
    // A parenthesis that was cut open is no prefix.
    if text.matches('(').count() != text.matches(')').count() {
        return None;
    }
    text.push(':');
    Some(text)
}

/// The prefix of four files in five, when the fifth is a bystander.
fn of_most(prefixes: &[&str]) -> Option<Prefix> {
    let head = |prefix: &str| parts(prefix).first().map(|(part, _)| part.to_ascii_lowercase());
    let mut heads: Vec<(usize, String)> = Vec::new();
    for name in prefixes.iter().filter_map(|prefix| head(prefix)) {
        match heads.iter_mut().find(|(_, known)| *known == name) {
            Some((count, _)) => *count += 1,
            None => heads.push((1, name)),
        }
    }
    let (count, name) = heads.into_iter().max_by_key(|(count, _)| *count)?;
    if count * 5 < prefixes.len() * 4 {
        return None;
    }
    let most: Vec<&str> = prefixes
        .iter()
        .copied()
        .filter(|prefix| head(prefix).as_ref() == Some(&name))
        .collect();
    Some(Prefix {
        text: shared(&most)?,
        confidence: Confidence::Doubtful,
        because: format!("{count} of {} files", prefixes.len()),
    })
}

/// Both prefixes, as in `mm, slab:`, when there are two; the one of more files comes first.
fn of_two(prefixes: &[&str]) -> Option<Prefix> {
    let head = |prefix: &str| parts(prefix).first().map(|(part, _)| part.to_ascii_lowercase());
    let first = head(prefixes.first()?);
    let (ours, rest): (Vec<&str>, Vec<&str>) = prefixes.iter().partition(|prefix| head(prefix) == first);
    let other = head(rest.first()?);
    if rest.iter().any(|prefix| head(prefix) != other) {
        return None;
    }
    let is_less = rest.len() > ours.len();
    let (ours, rest) = (shared(&ours)?, shared(&rest)?);
    let (most, least) = if is_less { (rest, ours) } else { (ours, rest) };
    Some(Prefix {
        text: format!("{}, {least}", most.trim_end_matches(':')),
        confidence: Confidence::Doubtful,
        because: "the files are of two places".to_owned(),
    })
}

/// The deepest folder that holds all files, when it says more than `drivers` does.
fn folder_of_all<'a>(paths: &[&'a BStr]) -> Option<&'a BStr> {
    let (first, others) = paths.split_first()?;
    let mut folder = &first[..first.rfind_byte(b'/')?];
    for other in others {
        while !(other.starts_with(folder) && other.get(folder.len()) == Some(&b'/')) {
            folder = &folder[..folder.rfind_byte(b'/')?];
        }
    }
    let vague = [
        &b"drivers"[..],
        b"arch",
        b"include",
        b"include/linux",
        b"include/uapi/linux",
        b"Documentation",
    ];
    (!vague.contains(&folder.as_bytes())).then(|| folder.as_bstr())
}

fn folder_prefix(folder: &BStr) -> String {
    let folder = folder.to_str_lossy();
    let text = guess::guess(&format!("{folder}/Makefile")).prefix;
    if text.len() > 1 {
        return text;
    }
    let last = folder.rsplit('/').next().unwrap_or(&folder);
    format!("{last}:")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(paths: &[&str]) -> (String, Confidence) {
        let paths: Vec<BString> = paths.iter().map(|path| BString::from(*path)).collect();
        let found = of_files(&paths, &History::default());
        (found.text, found.confidence)
    }

    #[test]
    fn parts_that_all_share_are_kept() {
        for (prefixes, expected) in [
            (&["drm/i915/gt:", "drm/i915:"][..], Some("drm/i915:")),
            (&["drm/a:", "drm: b:"], Some("drm:")),
            (&["ASoC: a:", "ASoC: b:"], Some("ASoC:")),
            (&["Input: a -", "Input: b -"], Some("Input:")),
            (&["hwmon: (a)", "hwmon: (b)"], Some("hwmon:")),
            (&["hwmon: (p/a)", "hwmon: (p/b)"], None),
            (&["USB: a:", "usb: b:"], Some("USB:")),
            (&["net: a: b:", "net: a: c:"], Some("net: a:")),
            (&["a:", "b:"], None),
            (&[], None),
        ] {
            assert_eq!(shared(prefixes).as_deref(), expected, "{prefixes:?}");
        }
    }

    #[test]
    fn files_of_one_place_have_its_prefix() {
        assert_eq!(of(&["drivers/gpio/gpio-a1.c"]).0, "gpio: a1:");
        assert_eq!(
            of(&["drivers/gpio/gpio-a1.c", "drivers/gpio/gpio-b2.c"]).0,
            "gpio:"
        );
        assert_eq!(
            of(&["drivers/gpu/drm/i915/i915_gem.c", "drivers/gpu/drm/vc4/vc4_bo.c"]).0,
            "drm:"
        );
        // Headers and build files follow the code.
        assert_eq!(
            of(&[
                "include/linux/mm.h",
                "Documentation/mm/x.rst",
                "drivers/gpio/gpio-a1.c",
                "drivers/gpio/Kconfig"
            ])
            .0,
            "gpio: a1:"
        );
        assert_eq!(of(&["Documentation/process/a.rst"]).0, "docs: process:");
        assert_eq!(of(&["include/linux/mm.h", "include/linux/mm_types.h"]).0, "mm:");
        assert_eq!(of(&["include/linux/fs.h", "include/linux/pci.h"]).0, "fs, pci:");
    }

    #[test]
    fn files_of_many_places_are_treewide_and_doubtful() {
        assert_eq!(
            of(&["drivers/gpio/gpio-a1.c", "mm/memory.c", "sound/core/pcm.c"]),
            ("treewide:".to_owned(), Confidence::Doubtful)
        );
        assert_eq!(of(&[]), ("treewide:".to_owned(), Confidence::Doubtful));
        assert_eq!(
            of(&["kernel/fork.c", "mm/memory.c", "mm/mmap.c"]),
            ("mm, fork:".to_owned(), Confidence::Doubtful)
        );
        assert_eq!(
            of(&["drivers/net/veth.c", "drivers/net/tun.c"]),
            ("net:".to_owned(), Confidence::Doubtful)
        );
        // One bystander among many.
        let most = ["drivers/gpio/gpio-a.c"; 9];
        let paths: Vec<&str> = most.iter().copied().chain(["mm/memory.c"]).collect();
        assert_eq!(of(&paths), ("gpio: a:".to_owned(), Confidence::Doubtful));
    }

    #[test]
    fn very_many_files_are_sampled() {
        let paths: Vec<String> = (0..20_000).map(|n| format!("drivers/gpio/gpio-{n}.c")).collect();
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        assert_eq!(of(&paths).0, "gpio:");
    }
}
