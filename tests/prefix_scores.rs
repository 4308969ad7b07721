//! Guessed prefixes against those of the public history: testdata/scores/prefixes.tsv.

use std::fs;

use respin::series::prefix::{Confidence, History, of_file};

/// What is recorded in testdata/scores/prefixes-guessed.tsv: a change there needs its reason in the commit.
#[test]
fn guessed_prefixes_agree_with_the_public_history() {
    let folder = format!("{}/testdata/scores", env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(format!("{folder}/prefixes.tsv")).expect("the table");
    let recorded = fs::read_to_string(format!("{folder}/prefixes-guessed.tsv")).expect("the record");
    let lines: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
        .collect();
    let (mut agree, mut seen, mut most, mut doubtful) = (0, 0, 0, 0);
    for line in &lines {
        let [path, _, of_subjects, others] = line[..] else {
            panic!("four columns: {line:?}");
        };
        let found = of_file(path.into(), &History::default());
        let in_subjects = of_subjects.split(" | ").any(|prefix| prefix == found.text);
        agree += usize::from(in_subjects || others.split(" | ").any(|prefix| prefix == found.text));
        seen += usize::from(in_subjects);
        most += usize::from(of_subjects.split(" | ").next() == Some(&found.text));
        doubtful += usize::from(found.confidence == Confidence::Doubtful);
    }
    let figures = format!("{}\t{agree}\t{seen}\t{most}\t{doubtful}", lines.len());
    println!("files, agree, of these in a subject found, the most used one, listed as doubtful: {figures}");
    assert!(agree * 10 >= lines.len() * 9, "{figures}");
    assert_eq!(recorded.lines().last(), Some(figures.as_str()));
}
