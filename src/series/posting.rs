//! What is sent at once: a series of more than a handful of patches is cut by subsystem.

use std::ops::Range;

use super::driver::split;
use super::facts::Advisor;
use super::grouping::Group;
use super::mail::slug;
use crate::plan::Phase;
use bstr::ByteSlice;

/// Groups that are sent together.
pub(super) struct Batch {
    /// Empty when there is one batch only.
    pub(super) unit: String,
    /// The folder it is written to, below the output folder.
    pub(super) folder: Option<String>,
    pub(super) groups: Range<usize>,
}

/// Orders the groups so that each batch is a range of them, and names the batches.
///
/// With at most `most` groups there is one batch. Otherwise there is one for what introduces an
/// interface, one or more for each subsystem, and one for what retires an interface.
pub(super) fn batches(groups: &mut Vec<Group>, most: usize, advisor: &dyn Advisor) -> Vec<Batch> {
    let all = 0..groups.len();
    if groups.len() <= most.max(1) {
        return vec![Batch {
            unit: String::new(),
            folder: None,
            groups: all,
        }];
    }
    let unit = |group: &Group| match (group.phase, group.files.first()) {
        (Phase::Introduce, _) => "interface".to_owned(),
        (Phase::Retire, _) => "removal".to_owned(),
        (Phase::Convert, Some(file)) => advisor.subsystem(file.path.as_bstr()),
        (Phase::Convert, None) => String::new(),
    };
    let mut units: Vec<(Group, String)> = groups
        .drain(..)
        .map(|group| {
            let unit = unit(&group);
            (group, unit)
        })
        .collect();
    // The sort is stable: within a subsystem the groups keep their order.
    units.sort_by(|(a, unit_a), (b, unit_b)| (a.phase, unit_a).cmp(&(b.phase, unit_b)));
    let mut batches: Vec<Batch> = Vec::new();
    for (group, unit) in units {
        let at = groups.len();
        groups.push(group);
        match batches.last_mut() {
            Some(batch) if batch.unit == unit && batch.groups.len() < most.max(1) => {
                batch.groups.end = at + 1;
            }
            _ => batches.push(Batch {
                folder: None,
                unit,
                groups: at..at + 1,
            }),
        }
    }
    let width = batches.len().to_string().len().max(2);
    for (index, batch) in batches.iter_mut().enumerate() {
        let name = slug(split(batch.unit.as_bytes().as_bstr()).1.to_str_lossy().as_ref());
        let name = if name.is_empty() { "part".to_owned() } else { name };
        let number = index + 1;
        batch.folder = Some(format!("{number:0width$}-{}", name.trim_start_matches('.')));
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::FileChange;
    use bstr::BString;

    struct Nobody;

    impl Advisor for Nobody {
        fn prefix(&self, _: &[BString]) -> String {
            String::new()
        }

        fn maintainers(&self, _: &[BString]) -> Vec<String> {
            Vec::new()
        }
    }

    fn group(phase: Phase, path: &str) -> Group {
        let file = FileChange {
            path: path.into(),
            before: b"a".as_slice().into(),
            after: b"b".as_slice().into(),
        };
        Group {
            phase,
            unit: String::new(),
            files: vec![file],
            sites: Vec::new(),
            notes: Vec::new(),
        }
    }

    #[test]
    fn many_patches_go_by_subsystem() {
        let mut groups = vec![group(Phase::Introduce, "mm/a.c")];
        for index in 0..5 {
            groups.push(group(Phase::Convert, &format!("drivers/gpu/drm/{index}.c")));
            groups.push(group(Phase::Convert, &format!("drivers/net/{index}.c")));
        }
        groups.push(group(Phase::Retire, "mm/a.c"));
        let found = batches(&mut groups, 3, &Nobody);
        let names: Vec<_> = found.iter().filter_map(|batch| batch.folder.as_deref()).collect();
        assert_eq!(
            names,
            [
                "01-interface",
                "02-drm",
                "03-drm",
                "04-net",
                "05-net",
                "06-removal"
            ]
        );
        assert!(found.iter().all(|batch| batch.groups.len() <= 3));
        assert_eq!(found[5].groups, 11..12);
        assert_eq!(groups[1].files[0].path, "drivers/gpu/drm/0.c");
    }

    #[test]
    fn a_hostile_subsystem_stays_in_the_folder() {
        struct Hostile;
        impl Advisor for Hostile {
            fn prefix(&self, _: &[BString]) -> String {
                String::new()
            }
            fn maintainers(&self, _: &[BString]) -> Vec<String> {
                Vec::new()
            }
            fn subsystem(&self, _: &bstr::BStr) -> String {
                "../../..\n".into()
            }
        }
        let mut groups = vec![group(Phase::Convert, "a"), group(Phase::Convert, "b")];
        let found = batches(&mut groups, 1, &Hostile);
        assert_eq!(found[0].folder.as_deref(), Some("01-part"));
    }
}
