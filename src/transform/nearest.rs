//! The known word that a misspelt one most likely stands for.

/// The candidate closest to `word`, if one is close enough to be worth suggesting.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The distance is quadratic; nobody misspells a word of this length.
    if word.len() > 100 {
        return None;
    }
    let limit = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|&(distance, _)| distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggests_only_what_is_close() {
        let words = ["rename", "vm_insert_range", "vm_insert_kmem_page"];
        assert_eq!(nearest("renam", words), Some("rename"));
        assert_eq!(nearest("vm_insert_kmem_pgae", words), Some(words[2]));
        assert_eq!(nearest("frobnicate", words), None);
        assert_eq!(nearest(&"r".repeat(1_000_000), words), None);
    }
}
