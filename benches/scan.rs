//! Speed of listing a tree and of finding the files that hold a word, on all cores.
//!
//! Works on the kernel tree in RESPIN_BENCH_TREE; without it, on the small tree of this project, whose figures say nothing
//! about kernels.

#![allow(
    missing_docs,
    reason = "the macros of criterion make functions without documentation"
)]

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use respin::scan::{FileKind, RequiredWords, candidates};
use respin::worktree::Worktree;

fn scan(criterion: &mut Criterion) {
    let kernel = std::env::var_os("RESPIN_BENCH_TREE");
    let small = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/trees/small");
    let name = if kernel.is_some() { "kernel" } else { "small-tree" };
    let folder = kernel.map_or(small, Into::into);
    let open = || Worktree::open(&folder, None).expect("a tree");
    let words = RequiredWords::any_of(["vm_insert_page"]);
    let mut group = criterion.benchmark_group(name);
    group.sample_size(10);
    group.bench_function("list", |bencher| {
        bencher.iter(|| black_box(open().list(&[]).expect("a listing").len()));
    });
    group.bench_function("scan-c", |bencher| {
        bencher.iter(|| candidates(&open(), &[], &words, |path| FileKind::of(path).is_c()).expect("a scan"));
    });
    group.bench_function("scan-all", |bencher| {
        bencher.iter(|| candidates(&open(), &[], &words, |_| true).expect("a scan"));
    });
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
