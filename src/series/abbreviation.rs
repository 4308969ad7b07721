//! How many digits of an object's name an `index` line shows: as many as git would.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Odb, Oid, Repository};

/// git shows at least this many digits, unless `core.abbrev` says otherwise.
const USUAL: usize = 7;
/// The digits of a whole name.
const ALL: usize = 40;

/// Shortens names of objects.
pub(super) struct Abbreviation<'a> {
    minimum: usize,
    stored: Option<Odb<'a>>,
    new: BTreeSet<Oid>,
}

impl<'a> Abbreviation<'a> {
    /// For a repository on disk, if any, with the objects that are about to be added to it.
    pub(super) fn new(
        repo: Option<&'a Repository>,
        core_abbrev: Option<&str>,
        new: impl IntoIterator<Item = Oid>,
    ) -> Result<Self, git2::Error> {
        let automatic = || {
            let packed = repo.map_or(0, |repo| packed_objects(&repo.commondir().join("objects")));
            // Among 2^n objects two are expected to share n/2 bits, and a digit has four.
            let bits = u64::BITS - packed.leading_zeros();
            (bits.max(1).div_ceil(2) as usize).max(USUAL)
        };
        Ok(Self {
            minimum: configured(core_abbrev).unwrap_or_else(automatic),
            stored: repo.map(Repository::odb).transpose()?,
            new: new.into_iter().collect(),
        })
    }

    /// The shortest form of `id` that names no other object.
    pub(super) fn of(&self, id: Oid) -> String {
        let hex = id.to_string();
        let length = (self.minimum..ALL).find(|&length| self.is_unique(id, &hex, length));
        hex[..length.unwrap_or(ALL)].to_owned()
    }

    fn is_unique(&self, id: Oid, hex: &str, length: usize) -> bool {
        let alone_on_disk = match &self.stored {
            None => true,
            Some(odb) => match odb.exists_prefix(id, length) {
                Ok(found) => found == id,
                Err(error) => error.code() != ErrorCode::Ambiguous,
            },
        };
        // Whatever shares a prefix with `id` stands next to it.
        let shares =
            |other: Option<&Oid>| other.is_some_and(|other| other.to_string()[..length] == hex[..length]);
        alone_on_disk
            && !shares(self.new.range(..id).next_back())
            && !shares(self.new.range(id..).find(|other| **other != id))
    }
}

/// The number that `core.abbrev` asks for; `None` when git counts for itself.
fn configured(value: Option<&str>) -> Option<usize> {
    let value = value?;
    if ["no", "off", "false"].contains(&value.to_ascii_lowercase().as_str()) {
        return Some(ALL);
    }
    let digits: usize = value.parse().ok()?;
    (digits >= 4).then_some(digits.min(ALL))
}

/// The objects in the packs of a repository and of those it borrows from; loose ones don't count.
fn packed_objects(objects: &Path) -> u64 {
    let mut seen = HashSet::new();
    let mut waiting = vec![objects.to_owned()];
    let mut count = 0;
    while let Some(objects) = waiting.pop() {
        let Ok(place) = fs::canonicalize(&objects) else {
            continue;
        };
        if seen.insert(place) {
            count += in_packs(&objects.join("pack"));
            waiting.extend(alternates(&objects));
        }
    }
    count
}

fn alternates(objects: &Path) -> Vec<PathBuf> {
    let text = fs::read_to_string(objects.join("info/alternates")).unwrap_or_default();
    text.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| objects.join(line))
        .collect()
}

fn in_packs(dir: &Path) -> u64 {
    let (mut count, covered) = multi_pack_index(&dir.join("multi-pack-index")).unwrap_or_default();
    let Ok(entries) = fs::read_dir(dir) else {
        return count;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let path = entry.path();
        let is_index = path.extension().is_some_and(|extension| extension == "idx");
        if is_index && !covered.contains(name.as_encoded_bytes()) {
            count += pack_index(&path).unwrap_or_default();
        }
    }
    count
}

/// The number of objects in a pack, from the last entry of its index's fan-out table.
fn pack_index(path: &Path) -> Option<u64> {
    let mut file = fs::File::open(path).ok()?;
    let mut head = [0; 8];
    file.read_exact(&mut head).ok()?;
    // Version 1 has no header: the table comes first.
    let table = if head[..4] == *b"\xfftOc" { 8 } else { 0 };
    read_u32(&mut file, table + 255 * 4)
}

/// The number of objects in a multi-pack-index, and the pack indices that it stands for.
fn multi_pack_index(path: &Path) -> Option<(u64, HashSet<Vec<u8>>)> {
    let mut file = fs::File::open(path).ok()?;
    let mut head = [0; 12];
    file.read_exact(&mut head).ok()?;
    if head[..4] != *b"MIDX" {
        return None;
    }
    let mut table = vec![0; (usize::from(head[6]) + 1) * 12];
    file.read_exact(&mut table).ok()?;
    let starts: Vec<(&[u8], u64)> = table
        .chunks_exact(12)
        .filter_map(|row| Some((&row[..4], u64::from_be_bytes(row[4..].try_into().ok()?))))
        .collect();
    let chunk = |name: &[u8]| {
        let at = starts.iter().position(|(id, _)| *id == name)?;
        Some((starts[at].1, starts.get(at + 1)?.1))
    };
    let (fan_out, _) = chunk(b"OIDF")?;
    let count = read_u32(&mut file, fan_out.checked_add(255 * 4)?)?;
    let (start, end) = chunk(b"PNAM")?;
    file.seek(SeekFrom::Start(start)).ok()?;
    let mut names = Vec::new();
    file.take(end.checked_sub(start)?).read_to_end(&mut names).ok()?;
    let names = names.split(|&byte| byte == 0).map(<[u8]>::to_vec);
    Some((count, names.collect()))
}

fn read_u32(file: &mut fs::File, at: u64) -> Option<u64> {
    let mut number = [0; 4];
    file.seek(SeekFrom::Start(at)).ok()?;
    file.read_exact(&mut number).ok()?;
    Some(u64::from(u32::from_be_bytes(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_read_as_git_reads_it() {
        assert_eq!(configured(Some("12")), Some(12));
        assert_eq!(configured(Some("99")), Some(40));
        assert_eq!(configured(Some("no")), Some(40));
        assert_eq!(configured(Some("auto")), None);
        assert_eq!(configured(None), None);
    }

    #[test]
    fn new_objects_make_each_other_longer() {
        let id = |text: &str| Oid::from_str(&format!("{text:0<40}")).unwrap();
        let ids = [id("1234567a"), id("1234567b"), id("2")];
        let abbreviation = Abbreviation::new(None, None, ids).unwrap();
        assert_eq!(abbreviation.of(ids[0]), "1234567a");
        assert_eq!(abbreviation.of(ids[1]), "1234567b");
        assert_eq!(abbreviation.of(ids[2]), "2000000");
    }
}
