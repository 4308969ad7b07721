//! The prefix of a path in a tree without history: a table of folders, and rules for what it does not know.

use std::sync::LazyLock;

/// Words at the end of a file's name that say which part of a driver it is.
const PARTS: &[&str] = &[
    "core", "main", "base", "drv", "driver", "i2c", "spi", "mmio", "common",
];

/// The table, as it stands in the file.
const TABLE: &str = include_str!("table.txt");

/// One line of the table.
#[derive(Debug)]
struct Entry {
    folders: Vec<&'static str>,
    here: &'static str,
    below: &'static str,
    words: Vec<&'static str>,
}

static ENTRIES: LazyLock<Vec<Entry>> = LazyLock::new(|| TABLE.lines().filter_map(entry).collect());

fn entry(line: &'static str) -> Option<Entry> {
    if line.starts_with('#') {
        return None;
    }
    let mut columns = line.split('|').map(str::trim);
    let folders: Vec<_> = columns.next()?.split('/').collect();
    let here = columns.next()?;
    let below = columns.next()?;
    Some(Entry {
        folders,
        here,
        below: if below.is_empty() { here } else { below },
        words: columns.next().unwrap_or_default().split_whitespace().collect(),
    })
}

/// What a table can say about a path.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Guess {
    pub prefix: String,
    /// Whether the table knows the folder, and its people agree on a style.
    pub known: bool,
}

/// The prefix of a path.
pub(super) fn guess(path: &str) -> Guess {
    let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty()).collect();
    let Some((file, folders)) = names.split_last() else {
        return Guess {
            prefix: "treewide:".to_owned(),
            known: false,
        };
    };
    let best = ENTRIES
        .iter()
        .filter_map(|entry| Some((entry.fits(folders, file)?, entry)))
        .max_by_key(|(rank, _)| *rank);
    let Some((_, entry)) = best else {
        return Guess {
            prefix: unknown(folders, file),
            known: false,
        };
    };
    let template = if folders.len() > entry.folders.len() {
        entry.below
    } else {
        entry.here
    };
    let (template, known) = match template.strip_prefix("? ") {
        Some(template) => (template, false),
        None => (template, true),
    };
    Guess {
        prefix: entry.expand(template, folders, file),
        known,
    }
}

impl Entry {
    /// How well the entry fits: names, then literal ones among them.
    fn fits(&self, folders: &[&str], file: &str) -> Option<(usize, usize)> {
        let (last, before) = self.folders.split_last()?;
        let literal = self.folders.iter().filter(|name| **name != "*").count();
        if let Some(start) = last.strip_suffix('*').filter(|start| !start.is_empty()) {
            let fits = folders == before && file.starts_with(start);
            return fits.then_some((self.folders.len(), literal));
        }
        let fits = folders.len() >= self.folders.len()
            && self
                .folders
                .iter()
                .zip(folders)
                .all(|(pattern, name)| *pattern == "*" || pattern == name);
        fits.then_some((self.folders.len(), literal))
    }

    fn expand(&self, template: &str, folders: &[&str], file: &str) -> String {
        let depth = self.folders.len();
        let is_folder = depth <= folders.len();
        let below = if is_folder { &folders[depth..] } else { &[] };
        let stem = self.stem(template, folders, file);
        let raw = raw_stem(file).to_owned();
        let star = self
            .folders
            .iter()
            .zip(folders)
            .find(|(pattern, _)| **pattern == "*");
        let value = |name: &str| -> String {
            match name {
                "stem" => stem.clone(),
                "first" => stem.split(['-', '_']).next().unwrap_or_default().to_owned(),
                "STEM" => stem.to_ascii_uppercase(),
                "file" => raw.clone(),
                "name" => without_part(&raw).to_owned(),
                "dir" => below.first().map_or(stem.clone(), |dir| (*dir).to_owned()),
                "unit" => below.get(1).map_or(stem.clone(), |dir| (*dir).to_owned()),
                "last" => folders.last().map_or(stem.clone(), |dir| (*dir).to_owned()),
                _ => star.map_or(String::new(), |(_, name)| (*name).to_owned()),
            }
        };
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            out.push_str(before);
            let value = value(name);
            if value.is_empty() {
                // A Kconfig or Makefile belongs to the folder: its part of the prefix goes.
                let end = out.trim_end_matches([' ', '(', '/', '-']);
                out.truncate(end.len());
                if out.ends_with(':') {
                    return out;
                }
                out.push(':');
                return out;
            }
            if !drop_repeated(&mut out, &value) {
                out.push_str(&value);
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// The file's name without what the folder and the prefix say anyway.
    fn stem(&self, template: &str, folders: &[&str], file: &str) -> String {
        let lower = template.to_ascii_lowercase();
        let said = |word: &str| {
            let word = word.to_ascii_lowercase();
            self.words.contains(&word.as_str())
                || folders
                    .iter()
                    .flat_map(|folder| folder.split(['-', '_']))
                    .any(|name| name == word)
                || lower
                    .split(|c: char| !c.is_ascii_alphanumeric())
                    .any(|name| name == word)
        };
        let raw = raw_stem(file);
        let mut stem = raw;
        while let Some(at) = stem.find(['-', '_']).filter(|at| said(&stem[..*at])) {
            stem = &stem[at + 1..];
        }
        while let Some(at) = stem.rfind(['-', '_']) {
            let word = &stem[at + 1..];
            let chip = stem[..at].contains(|c: char| c.is_ascii_digit());
            let of_chip = chip && self.words.iter().any(|lost| lost.strip_prefix('#') == Some(word));
            if !said(word) && !of_chip && !PARTS.contains(&word) {
                break;
            }
            stem = &stem[..at];
        }
        if stem.is_empty() { raw } else { stem }.to_owned()
    }
}

/// The name without its ending; nothing for files that build a folder.
fn raw_stem(file: &str) -> &str {
    let builds = ["Kconfig", "Makefile", "Kbuild", "README", "TODO"];
    if builds.iter().any(|name| file.starts_with(name)) {
        return "";
    }
    match file.split_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

/// A file's name without a last word such as `core`.
pub(super) fn without_part(stem: &str) -> &str {
    match stem.rsplit_once(['-', '_']) {
        Some((before, word)) if PARTS.contains(&word) => before,
        _ => stem,
    }
}

/// Folders that no table knows: the two names below the first one say most.
fn unknown(folders: &[&str], file: &str) -> String {
    let stem = raw_stem(file);
    match folders {
        [] if file == "MAINTAINERS" => "MAINTAINERS:".to_owned(),
        [] if stem.is_empty() => "kbuild:".to_owned(),
        [] => format!("{stem}:"),
        ["drivers"] => "drivers:".to_owned(),
        ["drivers", subsystem] if stem.is_empty() || stem == *subsystem => format!("{subsystem}:"),
        ["drivers", subsystem] => format!("{subsystem}: {stem}:"),
        ["drivers", subsystem, driver, ..] => format!("{subsystem}: {driver}:"),
        [top] => format!("{top}:"),
        [top, folder, ..] => format!("{top}/{folder}:"),
    }
}

/// Takes the separator away when the same word stands before it: not `(pmbus/pmbus)` but `(pmbus)`.
fn drop_repeated(out: &mut String, value: &str) -> bool {
    let repeated = ["/", ": "].iter().find(|separator| {
        let before = out.strip_suffix(**separator);
        before
            .and_then(|before| before.get(before.len().checked_sub(value.len())?..))
            .is_some_and(|word| word.eq_ignore_ascii_case(value))
    });
    if let Some(separator) = repeated {
        out.truncate(out.len() - separator.len());
    }
    repeated.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_have_their_style() {
        for (path, expected) in [
            ("drivers/gpu/drm/i915/i915_driver.c", "drm/i915:"),
            ("drivers/net/ethernet/intel/ice/ice_main.c", "ice:"),
            ("sound/soc/codecs/rt5640.c", "ASoC: rt5640:"),
            ("mm/vmalloc.c", "mm/vmalloc:"),
            ("arch/x86/mm/init.c", "x86/mm:"),
            ("Documentation/process/howto.rst", "docs: process:"),
            ("drivers/input/keyboard/gpio_keys.c", "Input: gpio_keys -"),
            ("drivers/hwmon/lm75.c", "hwmon: (lm75)"),
            ("drivers/hwmon/pmbus/pmbus.c", "hwmon: (pmbus)"),
            ("drivers/crypto/ccp/ccp-ops.c", "crypto: ccp -"),
            ("drivers/i2c/busses/i2c-imx.c", "i2c: imx:"),
            ("drivers/gpio/gpio-pl061.c", "gpio: pl061:"),
            ("drivers/cpufreq/scpi-cpufreq.c", "cpufreq: scpi:"),
            ("drivers/pci/pcie/aer.c", "PCI/AER:"),
            ("drivers/md/dm-cache-target.c", "dm cache:"),
            (
                "drivers/power/supply/bq24190_charger.c",
                "power: supply: bq24190:",
            ),
            (
                "drivers/power/supply/surface_charger.c",
                "power: supply: surface_charger:",
            ),
            ("drivers/iio/imu/bmi160/bmi160_core.c", "iio: imu: bmi160:"),
            ("drivers/net/wireless/ath/ath10k/core.c", "wifi: ath10k:"),
            ("arch/riscv/kernel/traps.c", "riscv:"),
            ("arch/novel/kernel/traps.c", "novel/kernel:"),
            ("io_uring/io_uring.c", "io_uring:"),
            // Kconfig and Makefile belong to the folder.
            ("drivers/gpio/Kconfig", "gpio:"),
            ("drivers/hwmon/Kconfig", "hwmon:"),
            ("drivers/crypto/Makefile", "crypto:"),
            ("drivers/input/keyboard/Makefile", "Input:"),
            // What no table knows.
            ("drivers/novel/thing/a.c", "novel: thing:"),
            ("drivers/novel/a.c", "novel: a:"),
            ("Makefile", "kbuild:"),
            ("MAINTAINERS", "MAINTAINERS:"),
            ("novel/folder/a.c", "novel/folder:"),
        ] {
            assert_eq!(guess(path).prefix, expected, "{path}");
        }
    }

    #[test]
    fn who_differs_is_doubtful() {
        assert!(guess("drivers/gpio/gpio-pl061.c").known);
        assert!(!guess("drivers/novel/a.c").known);
        assert!(!guess("drivers/net/veth.c").known);
        assert!(!guess("").known);
    }

    #[test]
    fn the_table_is_well_formed() {
        let lines = TABLE
            .lines()
            .filter(|line| !line.starts_with('#') && !line.is_empty());
        assert_eq!(lines.clone().count(), ENTRIES.len());
        let mut folders: Vec<_> = ENTRIES.iter().map(|entry| entry.folders.join("/")).collect();
        folders.sort();
        let doubled: Vec<_> = folders.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(doubled.is_empty(), "{doubled:?}");
        for line in lines {
            let entry = entry(line).expect(line);
            let names = [
                "stem", "first", "file", "name", "STEM", "dir", "unit", "last", "*",
            ];
            for template in [entry.here, entry.below] {
                let inner: Vec<_> = template
                    .split('{')
                    .skip(1)
                    .filter_map(|part| part.split_once('}'))
                    .collect();
                assert_eq!(inner.len(), template.matches(['{', '}']).count() / 2, "{line}");
                assert!(inner.iter().all(|(name, _)| names.contains(name)), "{line}");
                assert!(template.ends_with([':', '-', ')']), "{line}");
            }
        }
    }

    #[test]
    fn strange_paths_give_something() {
        let long = "a/".repeat(10_000);
        for path in [
            "/",
            "//x",
            ".",
            "..",
            "drivers/.c",
            "drivers/gpio/-",
            "drivers/gpio/gpio-",
            "drivers/hid/é.c",
            &long,
        ] {
            let _ = guess(path);
        }
    }
}
