//! How added code is laid out: tabs of eight columns, lines of eighty, continuation under the open parenthesis.

/// Columns that a line may take.
pub const WIDTH: usize = 80;

/// Columns that no line may take.
const LONGEST: usize = 100;

/// Columns of a tab.
const TAB: usize = 8;

/// The column behind `text`, if it starts in `column`, both from 0.
pub fn column_behind(text: &[u8], mut column: usize) -> usize {
    for &byte in text {
        match byte {
            b'\n' => column = 0,
            b'\t' => column += TAB - column % TAB,
            // A byte that goes on a character of UTF-8 takes no column.
            0x80..=0xbf => {}
            _ => column += 1,
        }
    }
    column
}

/// White space up to a column: tabs as far as they go, then blanks.
pub fn up_to(column: usize) -> String {
    "\t".repeat(column / TAB) + &" ".repeat(column % TAB)
}

/// A call as lines without the first line's indentation: `head` ends in the open parenthesis, `tail` begins with the
/// closing one. Arguments go on under the open parenthesis, or two tabs in from the call where they are too wide for that.
pub fn call(indentation: &str, head: &str, arguments: &[String], tail: &str) -> String {
    let start = column_behind(indentation.as_bytes(), 0);
    let align = column_behind(head.as_bytes(), start);
    let one_line = format!("{head}{}{tail}", arguments.join(", "));
    if column_behind(one_line.as_bytes(), start) <= WIDTH {
        return one_line;
    }
    let aligned = filled(start, align, head, arguments, tail);
    let hanging = filled(start, start + 2 * TAB, head, arguments, tail);
    let widths = longest(&hanging, start)..longest(&aligned, start);
    match [WIDTH, LONGEST].iter().any(|limit| widths.contains(limit)) {
        true => hanging,
        false => aligned,
    }
}

/// As many arguments on a line as fit; those of further lines begin in `column`.
fn filled(start: usize, column: usize, head: &str, arguments: &[String], tail: &str) -> String {
    let mut out = head.to_owned();
    let mut end = column_behind(head.as_bytes(), start);
    for (position, argument) in arguments.iter().enumerate() {
        let is_last = position + 1 == arguments.len();
        let piece = format!("{argument}{}", if is_last { tail } else { "," });
        let wanted = end + usize::from(position > 0) + piece.chars().count();
        if position > 0 && wanted > WIDTH {
            out.push('\n');
            out.push_str(&up_to(column));
            end = column;
        } else if position > 0 {
            out.push(' ');
            end += 1;
        }
        out.push_str(&piece);
        end += piece.chars().count();
    }
    out
}

/// The columns of the longest line; the first one begins in `start`.
fn longest(text: &str, start: usize) -> usize {
    let mut from = start;
    let widths = text
        .split('\n')
        .map(|line| column_behind(line.as_bytes(), std::mem::take(&mut from)));
    widths.max().unwrap_or(start)
}

/// The white space that the line of `offset` begins with.
pub fn indentation(text: &[u8], offset: usize) -> &[u8] {
    let start = line_start(text, offset);
    let blank = text[start..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    &text[start..start + blank]
}

/// The first byte of the line of `offset`.
pub fn line_start(text: &[u8], offset: usize) -> usize {
    memchr::memrchr(b'\n', &text[..offset.min(text.len())]).map_or(0, |at| at + 1)
}

/// One past the line break of the line of `offset`.
pub fn line_end(text: &[u8], offset: usize) -> usize {
    let offset = offset.min(text.len());
    memchr::memchr(b'\n', &text[offset..]).map_or(text.len(), |at| offset + at + 1)
}

/// Moves all lines but the first from one indentation to another; a line that is not indented so stays.
pub fn reindent(text: &str, from: &str, to: &str) -> String {
    let mut lines = text.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push('\n');
        match line.strip_prefix(from) {
            Some(rest) => {
                out.push_str(to);
                out.push_str(rest);
            }
            None => out.push_str(line),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(list: &[&str]) -> Vec<String> {
        list.iter().map(|argument| argument.to_string()).collect()
    }

    #[test]
    fn a_call_that_fits_stays_on_one_line() {
        let made = call("\t", "return f(", &arguments(&["a", "b"]), ");");
        assert_eq!(made, "return f(a, b);");
    }

    #[test]
    fn arguments_go_on_under_the_parenthesis() {
        let list = arguments(&[
            "vma",
            "vma->vm_start",
            "object->pages + offset",
            "user_count_of_pages",
        ]);
        assert_eq!(
            call("\t", "return vm_insert_range(", &list, ");"),
            "return vm_insert_range(vma, vma->vm_start, object->pages + offset,\n\t\t\t       user_count_of_pages);"
        );
    }

    #[test]
    fn arguments_that_are_too_wide_for_that_hang() {
        let list = arguments(&[
            "vma",
            "vmf->address",
            "__pa(pvti) >> PAGE_SHIFT",
            "pgprot_decrypted(vma->vm_page_prot)",
        ]);
        assert_eq!(
            call("\t\t\t", "return vmf_insert_pfn_prot(", &list, ");"),
            "return vmf_insert_pfn_prot(vma, vmf->address,\n\t\t\t\t\t__pa(pvti) >> PAGE_SHIFT,\n\
             \t\t\t\t\tpgprot_decrypted(vma->vm_page_prot));"
        );
        // Some of it is better than nothing.
        let wide = arguments(&["vma", &"x".repeat(72)]);
        let made = call("\t", "return vm_insert_range(", &wide, ");");
        assert!(made.contains("vma,\n\t\t\txxx"), "{made}");
        let wide = arguments(&["vma", &"x".repeat(80)]);
        let made = call("\t", "return vm_insert_range(", &wide, ");");
        assert!(made.contains("vma,\n\t\t\t       xxx"), "{made}");
    }

    #[test]
    fn columns_count_tabs() {
        assert_eq!(column_behind(b"\ta\tb", 0), 17);
        assert_eq!(up_to(19), "\t\t   ");
        assert_eq!(indentation(b"a\n\t  b", 5), b"\t  ");
    }

    #[test]
    fn lines_move_as_a_whole() {
        assert_eq!(reindent("a {\n\t\tb;\n\t}", "\t", ""), "a {\n\tb;\n}");
    }
}
